/** Timers of one duration fall due in the order in which they were started: one timer of Node, for the first, does for all. */

import type { Due } from './clock.js'

export class QueuedTimer {
  /** In none once it has fired or is stopped. */
  queue: TimerQueue | undefined = undefined
  previous: QueuedTimer | undefined = undefined
  next: QueuedTimer | undefined = undefined
  /** It was late, and waits a little longer. */
  isExcused = false
  at: number
  readonly due: Due

  constructor(at: number, due: Due) {
    this.at = at
    this.due = due
  }
}

/** The clock that has the queue. */
export interface Timekeeper {
  readonly now: () => number
  /** Sets the timer of Node that fires the queue after so many ms, or earlier. */
  readonly wait: (after: number, queue: TimerQueue) => NodeJS.Timeout
  /** For one that fires so late that the machine must have stood still: true when it is to fire later instead. */
  readonly excuse: (timer: QueuedTimer, now: number) => boolean
  /** The last timer has left before it fired. */
  readonly emptied: (queue: TimerQueue) => void
  /** Nothing is left of the queue. */
  readonly ended: (queue: TimerQueue) => void
}

export class TimerQueue {
  /** In ms. */
  readonly duration: number
  readonly #keeper: Timekeeper
  #first: QueuedTimer | undefined = undefined
  #last: QueuedTimer | undefined = undefined
  /** Set for the first, or for one that was. */
  #timer: NodeJS.Timeout | undefined = undefined

  constructor(duration: number, keeper: Timekeeper) {
    this.duration = duration
    this.#keeper = keeper
  }

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  add(timer: QueuedTimer): void {
    const last = this.#last
    timer.queue = this
    timer.previous = last
    this.#last = timer
    if (last !== undefined) {
      last.next = timer
      return
    }
    this.#first = timer
    if (this.#timer === undefined) this.#await(timer)
    else this.#timer.ref()
  }

  remove(timer: QueuedTimer): void {
    this.#take(timer)
    if (this.#first !== undefined) return
    // That of Node stays, though no program waits for it: mostly the next one is due soon after, and this takes no time.
    this.#timer?.unref()
    this.#keeper.emptied(this)
  }

  /** An empty one. */
  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#keeper.ended(this)
  }

  /** A timer of Node may fire a part of a ms early, or for a timer that has left. */
  fire(): void {
    const now = this.#keeper.now()
    try {
      for (let first = this.#first; first !== undefined && first.at <= now; first = this.#first) {
        this.#take(first)
        if (!this.#keeper.excuse(first, now)) first.due.fire()
      }
    } finally {
      this.#timer = undefined
      if (this.#first === undefined) this.#keeper.ended(this)
      else this.#await(this.#first)
    }
  }

  #take(timer: QueuedTimer): void {
    const { previous, next } = timer
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    timer.queue = undefined
    // One that is gone, but old, would keep all alive that came after it until the next large collection.
    timer.previous = undefined
    timer.next = undefined
  }

  #await({ at }: QueuedTimer): void {
    this.#timer = this.#keeper.wait(Math.max(1, at - this.#keeper.now()), this)
  }
}
