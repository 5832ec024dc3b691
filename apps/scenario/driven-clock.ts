/** A virtual clock that moves by itself whenever nothing is left to do at its present instant. */

import { type Clock, type Due, type TimerHandle, VirtualClock } from '../actor/actor.js'

/** Turns of the event loop without any progress after which whoever still waits waits for ever. */
const PATIENCE = 2000

export class DrivenClock implements Clock {
  readonly #clock = new VirtualClock()
  /** Grows with everything that the kernel, the network or a scenario asks of the clock. */
  #asked = 0

  now(): number {
    return this.#clock.now()
  }

  start(after: number, due: Due): TimerHandle {
    this.#asked++
    return this.#clock.start(after, due)
  }

  stop(handle: TimerHandle): void {
    this.#clock.stop(handle)
  }

  soon(task: () => void): void {
    this.#asked++
    this.#clock.soon(task)
  }

  /** Timers that will still fire. */
  get pending(): number {
    return this.#clock.pending
  }

  /**
   * Moves time on until the work is done, instant by instant; promise jobs run between two instants. Rejects when
   * the work waits for something that cannot happen any more.
   */
  async drive<T>(work: Promise<T>): Promise<T> {
    let over = false
    const done = work.finally(() => {
      over = true
    })
    done.catch(() => undefined)
    await this.#run(() => over)
    if (!over) throw new Error('waits for something that never happens')
    return done
  }

  /** Moves time on until no timer is left, or `limit` ms have passed; true when none is. */
  async exhaust(limit: number): Promise<boolean> {
    const end = this.now() + limit
    await this.#run(() => this.now() >= end || (this.pending === 0 && this.#idle > 1))
    return this.pending === 0
  }

  #idle = 0

  async #run(over: () => boolean): Promise<void> {
    this.#idle = 0
    for (;;) {
      this.#clock.settle()
      const asked = this.#asked
      await turn()
      if (over()) return
      if (this.#asked !== asked) continue
      const at = this.#clock.nextAt()
      if (at !== undefined) {
        this.#idle = 0
        this.#clock.advance(at - this.now())
      } else if (++this.#idle > PATIENCE) return
    }
  }
}

/** All promise jobs, and those that they lead to, have run when this resolves. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
