import { expect } from 'chai'
import fc from 'fast-check'
import { VirtualClock } from '../../apps/actor/actor.js'

describe('virtual clock', () => {
  it('moves only when told to, and every timer sees its own instant', () => {
    const clock = new VirtualClock(1000)
    const seen: number[] = []
    for (const after of [30, 10, 20]) clock.start(after, { fire: () => seen.push(clock.now()) })
    expect([clock.now(), clock.pending, clock.nextAt()]).to.deep.equal([1000, 3, 1010])
    clock.advance(25)
    expect(seen).to.deep.equal([1010, 1020])
    expect([clock.now(), clock.pending, clock.nextAt()]).to.deep.equal([1025, 1, 1030])
  })

  it('fires timers that timers start, within the same advance', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const due = {
      fire(): void {
        seen.push(clock.now())
        if (seen.length < 5) clock.start(10, due)
      },
    }
    clock.start(10, due)
    clock.advance(100)
    expect(seen).to.deep.equal([10, 20, 30, 40, 50])
    expect(clock.now()).to.equal(100)
  })

  it('runs what is due soon before time moves on', () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    clock.start(10, { fire: () => clock.soon(() => seen.push(`soon ${clock.now()}`)) })
    clock.start(20, { fire: () => seen.push(`timer ${clock.now()}`) })
    clock.advance(50)
    expect(seen).to.deep.equal(['soon 10', 'timer 20'])
  })

  it('stops a timer once, early or late', () => {
    const clock = new VirtualClock()
    let fired = 0
    const early = clock.start(10, { fire: () => fired++ })
    const late = clock.start(10, { fire: () => fired++ })
    clock.stop(early)
    clock.stop(early)
    expect(clock.pending).to.equal(1)
    clock.advance(10)
    clock.stop(late)
    expect([fired, clock.pending, clock.nextAt()]).to.deep.equal([1, 0, undefined])
  })

  it('fires in the order of instants, and of starts where they are equal; never what was stopped', () => {
    const timers = fc.array(fc.record({ after: fc.nat(20), stop: fc.boolean() }), { maxLength: 60 })
    fc.assert(
      fc.property(timers, list => {
        const clock = new VirtualClock()
        const fired: number[] = []
        const handles = list.map(({ after }, index) => clock.start(after, { fire: () => fired.push(index) }))
        for (const [index, { stop }] of list.entries()) {
          const handle = handles[index]
          if (stop && handle !== undefined) clock.stop(handle)
        }
        clock.advance(20)
        const expected = list
          .map(({ after, stop }, index) => ({ after, stop, index }))
          .filter(({ stop }) => !stop)
          .sort((a, b) => a.after - b.after || a.index - b.index)
        expect(fired).to.deep.equal(expected.map(({ index }) => index))
        expect(clock.pending).to.equal(0)
      }),
    )
  })
})
