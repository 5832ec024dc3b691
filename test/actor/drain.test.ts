import { expect } from 'chai'
import { type ChildSpec, drained, supervisor } from '../../apps/actor/actor.js'
import { Stage, type Word, word } from './stage.js'

describe('drain', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())

  it('is done at once when nobody lives', async () => {
    await drained(stage.kernel, 1000)
    expect(stage.clock.pending).to.equal(0)
  })

  it('ends the actors without a parent in good order and closes the kernel', async () => {
    const children = ['a', 'b'].map(
      (id): ChildSpec => ({
        id,
        restart: 'permanent',
        shutdown: 1000,
        start: self =>
          self.spawn<Word>(
            {
              label: id,
              init(_, own) {
                own.defer(({ kind }) => stage.log.push(`${id} ${kind}`))
                return () => undefined
              },
            },
            undefined,
          ),
      }),
    )
    const spec = { label: 'root', strategy: 'one_for_one', intensity: 1, period: 1, children } as const
    stage.kernel.spawn(supervisor, spec)
    const done = drained(stage.kernel, 5000)
    stage.settle()
    await done
    expect(stage.log).to.deep.equal(['b shutdown', 'a shutdown'])
    expect(stage.clock.now()).to.equal(0)
  })

  it('ends those that do not when its time is over', async () => {
    stage.listener(self => {
      self.trapExit(() => word('no'))
      self.defer(({ kind }) => stage.log.push(kind))
    })
    const done = drained(stage.kernel, 100)
    stage.clock.advance(99)
    expect(stage.log).to.deep.equal(['no'])
    stage.clock.advance(1)
    await done
    expect(stage.log).to.deep.equal(['no', 'shutdown'])
  })
})
