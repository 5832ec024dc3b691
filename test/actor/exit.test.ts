import { expect } from 'chai'
import {
  type ActorRef,
  type ExitReason,
  errorReason,
  isQuiet,
  killed,
  nodedown,
  normal,
  type Self,
  shutdown,
} from '../../apps/actor/actor.js'
import { obituary, Stage, type Word, word } from './stage.js'

describe('exit', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())

  const broken = errorReason(new Error('broken'))

  it('is quiet only when normal or shutdown', () => {
    expect([normal, shutdown, killed, nodedown, broken].map(isQuiet)).to.deep.equal([true, true, false, false, false])
  })

  it('has a reason for whatever is thrown', () => {
    expect(errorReason('text')).to.deep.equal({ kind: 'error', name: 'Error', message: 'text', stack: '' })
    expect(errorReason(new RangeError('r'))).to.include({ kind: 'error', name: 'RangeError', message: 'r' })
  })

  it('comes in the order of the mailbox', () => {
    const ref = stage.listener()
    stage.kernel.send(ref, word('before'))
    stage.kernel.exit(ref, shutdown)
    stage.kernel.send(ref, word('after'))
    stage.settle()
    expect(stage.log).to.deep.equal(['before'])
  })

  it('runs what was deferred once, the latest first, and goes on when one throws', () => {
    const ref = stage.listener(self => {
      self.defer(({ kind }) => stage.log.push(`first ${kind}`))
      self.defer(() => {
        throw new Error('in defer')
      })
      self.defer(({ kind }) => stage.log.push(`second ${kind}`))
    })
    stage.end(ref)
    stage.end(ref)
    expect(stage.log).to.deep.equal(['second shutdown', 'first shutdown'])
    expect(stage.crashes.map(({ reason }) => reason)).to.have.lengthOf(1)
  })

  describe('as an order', () => {
    const trapping = (self: Self<Word>): void => self.trapExit(obituary)
    const rows: [reason: ExitReason, trap: boolean, alive: boolean, log: string[]][] = [
      [normal, false, true, []],
      [shutdown, false, false, []],
      [killed, false, false, []],
      [normal, true, true, ['normal']],
      [shutdown, true, true, ['shutdown']],
      [broken, true, true, ['Error: broken']],
      [killed, true, false, []],
    ]
    for (const [reason, trap, alive, log] of rows) {
      it(`${reason.kind} ${alive ? 'leaves' : 'ends'} an actor that ${trap ? 'traps' : 'does not trap'} exits`, () => {
        const ref = stage.listener(trap ? trapping : undefined)
        stage.end(ref, reason)
        expect(stage.kernel.isAlive(ref)).to.equal(alive)
        expect(stage.log).to.deep.equal(log)
      })
    }
  })

  describe('through a link', () => {
    /** Two actors, the second linked to the first by itself. */
    function pair(setup: (self: Self<Word>) => void = () => undefined): [ActorRef<Word>, ActorRef<Word>] {
      const one = stage.listener()
      const other = stage.listener(self => {
        self.link(one)
        setup(self)
      })
      return [one, other]
    }

    it('does not spread when normal, but those that trap see it', () => {
      const one = stage.spawn<Word>(self => () => self.stop())
      const plain = stage.listener(self => self.link(one))
      const trapper = stage.listener(self => {
        self.link(one)
        self.trapExit(obituary)
      })
      stage.kernel.send(one, word('go'))
      stage.settle()
      expect([one, plain, trapper].map(ref => stage.kernel.isAlive(ref))).to.deep.equal([false, true, true])
      expect(stage.log).to.deep.equal(['normal'])
    })

    for (const reason of [shutdown, killed, broken]) {
      it(`spreads ${reason.kind} from either side`, () => {
        const [one, other] = pair()
        stage.end(one, reason)
        expect(stage.kernel.isAlive(other)).to.equal(false)
        const [third, fourth] = pair()
        stage.end(fourth, reason)
        expect(stage.kernel.isAlive(third)).to.equal(false)
      })
    }

    it('can be trapped even when the reason is killed, as an order cannot', () => {
      const [one, other] = pair(self => self.trapExit(obituary))
      stage.end(one, killed)
      expect(stage.kernel.isAlive(other)).to.equal(true)
      expect(stage.log).to.deep.equal(['killed'])
      stage.end(other, killed)
      expect(stage.kernel.isAlive(other)).to.equal(false)
    })

    it('reaches a whole group, however it is linked', () => {
      const refs: ActorRef<Word>[] = []
      for (let i = 0; i < 10; i++) {
        refs.push(
          stage.listener(self => {
            for (const ref of refs) self.link(ref)
          }),
        )
      }
      stage.end(refs[4] ?? refs[0] ?? stage.listener(), broken)
      expect(refs.filter(ref => stage.kernel.isAlive(ref))).to.deep.equal([])
    })

    it('does not come after unlink, even if it was under way', () => {
      const one = stage.listener()
      const other = stage.spawn<Word>(self => {
        self.link(one)
        return () => self.unlink(one)
      })
      stage.kernel.send(other, word('unlink'))
      stage.kernel.exit(one, broken)
      stage.settle()
      expect(stage.kernel.isAlive(other)).to.equal(true)
    })

    it('to an actor that is gone ends with noproc, to an unknown node with nodedown', () => {
      const gone = stage.listener()
      stage.end(gone)
      for (const target of [gone, (gone + 2 ** 45) as ActorRef<Word>]) {
        stage.listener(self => {
          self.trapExit(obituary)
          self.link(target)
        })
      }
      stage.settle()
      expect(stage.log).to.deep.equal(['noproc', 'nodedown'])
    })

    it('binds a child that is spawned with link', () => {
      let child: ActorRef<Word> | undefined
      const parent = stage.spawn<Word>(self => {
        child = self.spawn<Word>({ label: 'child', init: () => () => undefined }, undefined, { link: true })
        return () => undefined
      })
      stage.end(parent)
      expect(child !== undefined && stage.kernel.isAlive(child)).to.equal(false)
    })
  })
})
