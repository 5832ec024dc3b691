import { expect } from 'chai'
import { QueuedTimer, TimerQueue } from '../../apps/actor/timer-queue.js'

/** A queue of 500 ms, fired by hand; what its clock is told is written down. */
function queued() {
  const told: string[] = []
  let now = 0
  const queue = new TimerQueue(500, {
    now: () => now,
    wait: () => setTimeout(() => undefined, 0),
    excuse: () => false,
    emptied: () => void told.push('emptied'),
    ended: () => void told.push('ended'),
  })
  const start = (name: string): QueuedTimer => {
    const timer = new QueuedTimer(now + 500, { fire: () => void told.push(name) })
    queue.add(timer)
    return timer
  }
  const fire = (after: number): void => {
    now += after
    queue.fire()
  }
  return { queue, start, fire, told }
}

describe('timers of one duration', () => {
  it('let go of each other when they leave, by firing or before', () => {
    const { queue, start, fire, told } = queued()
    const timers = ['first', 'second', 'third', 'fourth'].map(start)
    const [, second] = timers
    if (second !== undefined) queue.remove(second)
    fire(500)
    expect(told).to.deep.equal(['first', 'third', 'fourth', 'ended'])
    for (const timer of timers) expect(timer).to.include({ queue: undefined, previous: undefined, next: undefined })
  })

  it('are forgotten by the clock once the last has fired, or when it is told so after all were stopped', () => {
    const { queue, start, fire, told } = queued()
    start('first')
    fire(499)
    expect(told.splice(0)).to.deep.equal([])
    fire(1)
    expect(told.splice(0)).to.deep.equal(['first', 'ended'])
    queue.remove(start('stopped'))
    expect(told.splice(0)).to.deep.equal(['emptied'])
    queue.end()
    expect(told).to.deep.equal(['ended'])
  })
})
