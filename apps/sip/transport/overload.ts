/** Whether a thread has more to do than it can: then new work is refused, so that what was begun can be finished (§21.5.4). */

export interface OverloadOptions {
  /** ms that the event loop of a thread may be late, look after look; 1000 unless given. */
  readonly lag?: number
  /** Actors that a thread may have, which are its transactions and calls above all; 500,000 unless given. */
  readonly actors?: number
}

/** How a thread is doing. */
export interface Load {
  /** ms by which its event loop is late. */
  readonly lag: number
  readonly actors: number
}

/** ms between two looks at how the own thread is doing. */
const INTERVAL = 250

export class Overload {
  readonly #options: Required<OverloadOptions>
  readonly #measure: () => Load
  readonly #now: () => number
  readonly #busy: boolean[] = []
  readonly #loads: (Load | undefined)[] = []
  #own: Load = { lag: 0, actors: 0 }
  #isBusy = false
  #measured = Number.NEGATIVE_INFINITY

  /** `measure` tells of the own thread. Throws TypeError for numbers that make no sense. */
  constructor({ lag = 1000, actors = 500_000 }: OverloadOptions, measure: () => Load, now: () => number) {
    if (!(lag > 0) || !(actors > 0))
      throw new TypeError('overload needs a lag in ms and a number of actors, both above 0')
    this.#options = { lag, actors }
    this.#measure = measure
    this.#now = now
  }

  /** Another thread says how it is doing. */
  report(slot: number, load: Load): void {
    this.#busy[slot] = this.#isTooMuch(load, this.#loads[slot])
    this.#loads[slot] = load
  }

  /** What was last known of a thread, of the own one without a slot. */
  load(slot?: number): Load | undefined {
    if (slot !== undefined) return this.#loads[slot]
    this.#look()
    return this.#own
  }

  isOverloaded(slot: number): boolean {
    this.#look()
    return this.#isBusy || this.#busy[slot] === true
  }

  #look(): void {
    const now = this.#now()
    if (now - this.#measured < INTERVAL) return
    this.#measured = now
    const before = this.#own
    this.#own = this.#measure()
    this.#isBusy = this.#isTooMuch(this.#own, before)
  }

  /** One look alone that finds it late says that the machine stood still, and there may be nothing to do. */
  #isTooMuch({ lag, actors }: Load, before: Load | undefined): boolean {
    const wasLate = before !== undefined && before.lag > this.#options.lag
    return (wasLate && lag > this.#options.lag) || actors > this.#options.actors
  }
}
