import { expect } from 'chai'
import { type ActorRef, announced, type Self, shutdown } from '../../apps/actor/actor.js'
import { obituary, Stage, type Word, word } from './stage.js'

describe('monitor', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())

  it('B-23 tells the end once, as a message of the watcher’s own, after all that the target sent', () => {
    let watcher: ActorRef<Word> | undefined
    const target = stage.spawn<Word>(self => () => {
      if (watcher !== undefined) self.send(watcher, word('last words'))
      throw new Error('bad')
    })
    watcher = stage.listener(self => void self.monitor(target, obituary))
    stage.kernel.send(target, word('go'))
    stage.settle()
    expect(stage.log).to.deep.equal(['last words', 'Error: bad'])
  })

  it('says noproc at once when the target is gone, nodedown when its node is unknown', () => {
    const gone = stage.listener()
    stage.end(gone)
    stage.listener(self => {
      self.monitor(gone, obituary)
      self.monitor((gone + 2 ** 45) as ActorRef<Word>, obituary)
    })
    stage.settle()
    expect(stage.log).to.deep.equal(['noproc', 'nodedown'])
  })

  it('says nothing once undone, not even what waits in the mailbox', () => {
    const target = stage.listener()
    stage.spawn<Word>(self => {
      const undo = self.monitor(target, obituary)
      self.send(self.ref, word('undo'))
      return ({ text }) => {
        stage.log.push(text)
        undo()
      }
    })
    stage.kernel.exit(target, shutdown)
    stage.settle()
    expect(stage.log).to.deep.equal(['undo'])
  })

  it('counts each monitor of the same target', () => {
    const target = stage.listener()
    stage.listener((self: Self<Word>) => {
      self.monitor(target, () => word('one'))
      self.monitor(target, () => word('two'))
    })
    stage.end(target)
    expect(stage.log).to.deep.equal(['one', 'two'])
  })

  it('is gone with its watcher', () => {
    let made = 0
    const target = stage.listener()
    const watcher = stage.listener(
      self =>
        void self.monitor(target, reason => {
          made++
          return obituary(reason)
        }),
    )
    stage.end(watcher)
    stage.end(target)
    expect(made).to.equal(0)
  })

  it('that cannot make its message crashes its watcher and nobody else', () => {
    const target = stage.listener()
    const watcher = stage.listener(
      self =>
        void self.monitor(target, () => {
          throw new Error('no message')
        }),
    )
    stage.end(target)
    expect(stage.kernel.isAlive(watcher)).to.equal(false)
    expect(stage.crashes.map(({ ref }) => ref)).to.deep.equal([watcher])
  })

  it('of a child comes with spawn, to a parent that still lives', () => {
    const parents = [0, 1].map(() =>
      stage.spawn<Word>(self => {
        self.spawn<Word>({ label: 'child', init: (_, child) => () => child.stop() }, undefined, { down: obituary })
        return ({ text }) => void stage.log.push(text)
      }),
    )
    const children = [...stage.kernel.actors()].filter(({ label }) => label === 'child')
    expect(children.map(({ parent }) => parent)).to.deep.equal(parents)
    if (parents[0] !== undefined) stage.end(parents[0])
    for (const { ref } of children) stage.kernel.send(ref as ActorRef<Word>, word('go'))
    stage.settle()
    expect(stage.log).to.deep.equal(['normal'])
  })

  it('tells the parent of no end that the child has announced, and all others of it', () => {
    let child: ActorRef<Word> | undefined
    stage.listener(self => {
      const ends = { label: 'child', init: (_: void, own: Self<Word>) => () => own.stop(announced) }
      child = self.spawn<Word>(ends, undefined, { down: obituary })
    })
    if (child === undefined) throw new Error('there is no child')
    const watched = child
    stage.listener(self => void self.monitor(watched, () => word('seen')))
    stage.kernel.send(watched, word('end'))
    stage.settle()
    expect(stage.log).to.deep.equal(['seen'])
  })
})
