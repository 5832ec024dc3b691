import { expect } from 'chai'
import { type ActorRef, type Behavior, Kernel, showReason } from '../../apps/actor/actor.js'
import { obituary, Stage, type Word, word } from './stage.js'

describe('kernel', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())

  it('delivers later, never on the stack of the sender, in the order of sending', () => {
    const ref = stage.listener()
    for (const text of ['a', 'b', 'c']) stage.kernel.send(ref, word(text))
    expect(stage.log).to.deep.equal([])
    stage.settle()
    expect(stage.log).to.deep.equal(['a', 'b', 'c'])
  })

  it('keeps the order of each sender through more messages than the first ring holds', () => {
    const got = new Map<string, number[]>()
    const ref = stage.spawn<{ kind: 'n'; from: string; n: number }>(() => ({ from, n }) => {
      got.set(from, [...(got.get(from) ?? []), n])
    })
    for (const from of ['x', 'y']) {
      stage.spawn<Word>(self => () => {
        for (let n = 0; n < 3000; n++) self.send(ref, { kind: 'n', from, n })
      })
    }
    for (const { ref: sender } of [...stage.kernel.actors()].slice(1))
      stage.kernel.send(sender as ActorRef<Word>, word('go'))
    stage.settle()
    const inOrder = Array.from({ length: 3000 }, (_, n) => n)
    expect([...got.values()]).to.deep.equal([inOrder, inOrder])
  })

  it('becomes what a handler returns, and stays what it is when that is nothing', () => {
    const ref = stage.spawn<Word>(() => ({ text }) => {
      stage.log.push(`first ${text}`)
      if (text === 'turn') return second => void stage.log.push(`second ${second.text}`)
      return undefined
    })
    for (const text of ['a', 'turn', 'b', 'c']) stage.kernel.send(ref, word(text))
    stage.settle()
    expect(stage.log).to.deep.equal(['first a', 'first turn', 'second b', 'second c'])
  })

  it('throws from spawn what init throws, reports it, and leaves nothing of the actor', () => {
    const failing = (): ActorRef<Word> =>
      stage.spawn<Word>(self => {
        self.startTimer('t', 1000, word('late'))
        self.register('taken' as never)
        self.hold('p' as never, 1)
        self.defer(() => stage.log.push('cleaned'))
        throw new TypeError('bad start')
      })
    expect(failing).to.throw(TypeError, 'bad start')
    expect(stage.log).to.deep.equal(['cleaned'])
    expect(stage.crashes.map(({ reason }) => showReason(reason))).to.deep.equal(['TypeError: bad start'])
    expect(Object.values(stage.kernel.census())).to.deep.equal([0, 0, 0, 0, 0, 0, 0])
  })

  it('tells of an init that throws whoever has asked to be told of the end, and lets it live', () => {
    const failing: Behavior<Word> = {
      label: 'failing',
      init() {
        throw new TypeError('bad start')
      },
    }
    stage.spawn<Word>(self => {
      self.spawn(failing, undefined, { down: obituary })
      return ({ text }) => void stage.log.push(text)
    })
    stage.settle()
    expect(stage.log).to.deep.equal(['TypeError: bad start'])
    expect(stage.crashes.map(({ label }) => label)).to.deep.equal(['failing'])
  })

  it('ends only the actor whose handler throws, and reports its label, ref and error', () => {
    const other = stage.listener()
    const ref = stage.spawn<Word>(() => () => {
      throw new RangeError('oops')
    })
    stage.kernel.send(ref, word('x'))
    stage.kernel.send(other, word('still here'))
    stage.settle()
    expect(stage.kernel.isAlive(ref)).to.equal(false)
    expect(stage.log).to.deep.equal(['still here'])
    expect(stage.crashes.map(({ ref: who, label, reason }) => [who, label, showReason(reason)])).to.deep.equal([
      [ref, 'test', 'RangeError: oops'],
    ])
  })

  it('ends an actor that stops when its handler returns, and drops the mail that it has not seen', () => {
    const ref = stage.spawn<Word>(self => ({ text }) => {
      self.stop()
      stage.log.push(text)
    })
    for (const text of ['a', 'b', 'c']) stage.kernel.send(ref, word(text))
    stage.settle()
    expect(stage.log).to.deep.equal(['a'])
    expect(stage.kernel.census()).to.include({ actors: 0, messages: 0 })
  })

  it('may end in init', () => {
    const ref = stage.listener(self => self.stop())
    expect(stage.kernel.isAlive(ref)).to.equal(false)
  })

  it('drops and counts messages to actors that are gone, here or on nodes that nobody knows', () => {
    const ref = stage.listener()
    stage.end(ref)
    stage.kernel.send(ref, word('late'))
    stage.kernel.send((ref + 2 ** 45) as ActorRef<Word>, word('where?'))
    stage.settle()
    expect(stage.log).to.deep.equal([])
    expect(stage.kernel.dropped).to.equal(2)
  })

  it('refuses on the sender’s stack what a bounded mailbox has no room for, but never its own notices', () => {
    const refused: string[] = []
    const victim = stage.listener()
    const ref = stage.listener(
      self => {
        self.monitor(victim, () => word('down'))
        self.startTimer('t', 0, word('timer'))
      },
      { mailbox: { limit: 2, refused: ({ text }) => refused.push(text) } },
    )
    for (const text of ['a', 'b', 'c', 'd']) stage.kernel.send(ref, word(text))
    expect(refused).to.deep.equal(['c', 'd'])
    stage.kernel.exit(victim, { kind: 'killed' })
    stage.clock.advance(0)
    expect(stage.log).to.deep.equal(['a', 'b', 'down', 'timer'])
    stage.kernel.send(ref, word('e'))
    stage.settle()
    expect(stage.log.at(-1)).to.equal('e')
  })

  it('lets I/O and timers in while actors flood each other', async () => {
    const kernel = new Kernel()
    let turns = 0
    const ref = kernel.spawn<Word>(
      {
        label: 'flood',
        init: (_, self) => message => {
          turns++
          self.send(self.ref, message)
        },
      },
      undefined,
    )
    for (let i = 0; i < 10; i++) kernel.send(ref, word('x'))
    let timers = 0
    for (const start = performance.now(); turns < 10_000 && performance.now() - start < 60_000; timers++) {
      await new Promise<void>(resolve => setTimeout(resolve, 1))
    }
    kernel.close()
    expect(turns).to.be.at.least(10_000)
    expect(timers).to.be.above(0)
    expect(kernel.census()).to.include({ actors: 0, messages: 0 })
  })

  it('serves a quiet actor in its turn while another is flooded', () => {
    const busy = stage.spawn<Word>(() => () => void stage.log.push('busy'))
    const quiet = stage.listener()
    for (let i = 0; i < 10; i++) stage.kernel.send(busy, word('x'))
    stage.kernel.send(quiet, word('quiet'))
    for (let i = 0; i < 1000; i++) stage.kernel.send(busy, word('x'))
    stage.settle()
    expect(stage.log.indexOf('quiet')).to.equal(10)
  })

  it('never gives an incarnation twice, and says so when there are no more', () => {
    const kernel = new Kernel({ incarnation: 8190 })
    expect(kernel.nextIncarnation()).to.equal(8191)
    expect(() => kernel.nextIncarnation()).to.throw(RangeError)
  })
})
