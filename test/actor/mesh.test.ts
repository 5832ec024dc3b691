import { MessageChannel } from 'node:worker_threads'
import { expect } from 'chai'
import { type ActorRef, type CrashReport, Kernel, killed, type Receive, type Self } from '../../apps/actor/actor.js'
import { Mesh } from '../../apps/actor/mesh.js'
import { obituary, type Word, word } from './stage.js'

/** One node of two that share this thread. */
class Side {
  readonly kernel: Kernel
  readonly mesh: Mesh
  readonly log: string[] = []
  readonly crashes: CrashReport[] = []

  constructor(incarnation: number) {
    this.kernel = new Kernel({ incarnation, crashed: report => this.crashes.push(report) })
    this.mesh = new Mesh(this.kernel)
  }

  spawn(init: (self: Self<Word>) => void = () => undefined): ActorRef<Word> {
    const receive: Receive<Word> = ({ text }) => void this.log.push(text)
    return this.kernel.spawn<Word>(
      {
        label: 'side',
        init: (_, self) => {
          init(self)
          return receive
        },
      },
      undefined,
    )
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 2000) throw new Error(`it did not happen: ${condition}`)
    await new Promise<void>(resolve => setImmediate(resolve))
  }
}

describe('mesh', () => {
  let near: Side
  let far: Side
  let channel: MessageChannel
  beforeEach(() => {
    near = new Side(3)
    far = new Side(8000)
    channel = new MessageChannel()
    near.mesh.join(8000, channel.port1)
    far.mesh.join(3, channel.port2)
  })
  afterEach(() => {
    for (const { kernel, mesh } of [near, far]) {
      mesh.close()
      kernel.close()
      expect(Object.values(kernel.census())).to.deep.equal([0, 0, 0, 0, 0, 0, 0])
    }
  })

  it('posts one batch for many messages, in their order', async () => {
    let posts = 0
    const post = channel.port1.postMessage.bind(channel.port1)
    channel.port1.postMessage = (batch: unknown) => {
      posts++
      post(batch)
    }
    const ref = far.spawn()
    for (let i = 0; i < 60; i++) near.kernel.send(ref, word(String(i)))
    await until(() => far.log.length === 60)
    expect(far.log).to.deep.equal(Array.from({ length: 60 }, (_, i) => String(i)))
    expect(posts).to.equal(1)
  })

  it('counts as backlog what is not handled yet', async () => {
    const ref = far.spawn()
    for (let i = 0; i < 5; i++) near.kernel.send(ref, word('x'))
    expect(near.mesh.backlog(8000)).to.equal(5)
    await until(() => near.mesh.backlog(8000) === 0)
    expect(far.log).to.have.lengthOf(5)
    expect(near.mesh.backlog(1234)).to.equal(0)
  })

  it('falls silent when there is nothing to say', async () => {
    near.kernel.send(far.spawn(), word('x'))
    await until(() => far.log.length === 1 && near.mesh.backlog(8000) === 0)
    let heard = 0
    for (const port of [channel.port1, channel.port2]) port.on('message', () => heard++)
    for (let i = 0; i < 20; i++) await new Promise<void>(resolve => setImmediate(resolve))
    expect(heard).to.equal(0)
  })

  it('tells the end of an actor after what it sent, and leaves no watch', async () => {
    let last: ActorRef<Word> | undefined
    const target = far.spawn(self => self.defer(() => last && self.send(last, word('last words'))))
    last = near.spawn(self => void self.monitor(target, obituary))
    await until(() => far.mesh.watches === 1)
    near.kernel.exit(target, killed)
    await until(() => near.log.length === 2)
    expect(near.log).to.deep.equal(['last words', 'killed'])
    expect([near.mesh.watches, far.mesh.watches]).to.deep.equal([0, 0])
  })

  it('says noproc of an actor that is gone', async () => {
    const gone = far.spawn()
    far.kernel.exit(gone, killed)
    await until(() => !far.kernel.isAlive(gone))
    near.spawn(self => void self.monitor(gone, obituary))
    await until(() => near.log.length === 1)
    expect(near.log).to.deep.equal(['noproc'])
  })

  it('forgets a watch that is undone, or whose watcher has ended', async () => {
    const target = far.spawn()
    let undo: (() => void) | undefined
    near.spawn(self => {
      undo = self.monitor(target, obituary)
    })
    const mortal = near.spawn(self => void self.monitor(target, obituary))
    await until(() => far.mesh.watches === 2)
    undo?.()
    near.kernel.exit(mortal, killed)
    await until(() => far.mesh.watches === 0)
    expect(near.mesh.watches).to.equal(0)
  })

  it('links across, both ways, until unlinked', async () => {
    const target = far.spawn()
    const linked = near.spawn(self => self.link(target))
    let unlink: (() => void) | undefined
    const unlinked = near.spawn(self => {
      self.link(target)
      unlink = () => self.unlink(target)
    })
    const trapper = near.spawn(self => {
      self.trapExit(obituary)
      self.link(target)
    })
    const cause = near.spawn(self => self.link(far.spawn()))
    unlink?.()
    await until(() => near.mesh.backlog(8000) === 0)
    far.kernel.exit(target, killed)
    await until(() => near.log.length === 1)
    expect([linked, unlinked, trapper].map(ref => near.kernel.isAlive(ref))).to.deep.equal([false, true, true])
    expect(near.log).to.deep.equal(['killed'])
    near.kernel.exit(cause, killed)
    await until(() => [...far.kernel.actors()].length === 0)
  })

  it('links to an actor that is gone end with noproc', async () => {
    const gone = far.spawn()
    far.kernel.exit(gone, killed)
    await until(() => !far.kernel.isAlive(gone))
    near.spawn(self => {
      self.trapExit(obituary)
      self.link(gone)
    })
    await until(() => near.log.length === 1)
    expect(near.log).to.deep.equal(['noproc'])
  })

  it('tells everybody that a node is down, once, whichever side closes the port', async () => {
    const target = far.spawn()
    const visitor = near.spawn()
    far.spawn(self => void self.monitor(visitor, obituary))
    const linked = near.spawn(self => {
      self.monitor(target, obituary)
      self.link(target)
    })
    near.spawn(self => void self.monitor(target, ({ kind }) => word(`seen ${kind}`)))
    const asked = near.kernel.ask(target as ActorRef<never>, { kind: 'x' } as never, 60_000)
    await until(() => far.mesh.watches === 4)
    far.mesh.close()
    await until(() => near.log.length === 2 && !near.kernel.isAlive(linked))
    expect(near.log).to.deep.equal(['nodedown', 'seen nodedown'])
    expect(await asked).to.deep.equal({ kind: 'down', reason: { kind: 'nodedown' } })
    expect([near.mesh.watches, far.mesh.watches, near.kernel.census().asks]).to.deep.equal([0, 0, 0])
    near.spawn(self => void self.monitor(target, ({ kind }) => word(`later ${kind}`)))
    await until(() => near.log.length === 3)
    expect(near.log[2]).to.equal('later nodedown')
  })

  it('drops what cannot be cloned, reports it, and posts the rest', async () => {
    const ref = far.spawn()
    near.kernel.send(ref, word('before'))
    near.kernel.send(ref as ActorRef<unknown>, { kind: 'word', text: () => 'a function' })
    near.kernel.send(ref, word('after'))
    await until(() => far.log.length === 2)
    expect(far.log).to.deep.equal(['before', 'after'])
    expect(near.crashes.map(({ ref: to, label }) => [to, label])).to.deep.equal([[ref, 'undeliverable']])
    await until(() => near.mesh.backlog(8000) === 0)
  })
})
