/** Timers of one duration fall due in the order in which they were started: one timer of Node, for the first, does for all. */

import type { Due } from './clock.js'

export class QueuedTimer {
  /** In none once it has fired or is stopped. */
  queue: TimerQueue | undefined
  previous: QueuedTimer | undefined
  next: QueuedTimer | undefined = undefined
  readonly at: number
  readonly due: Due

  constructor(queue: TimerQueue, previous: QueuedTimer | undefined, at: number, due: Due) {
    this.queue = queue
    this.previous = previous
    this.at = at
    this.due = due
  }
}

/** Sets the timer of Node that fires the queue after so many ms, or earlier. */
export type Wait = (after: number, queue: TimerQueue) => NodeJS.Timeout

export class TimerQueue {
  readonly #now: () => number
  readonly #wait: Wait
  readonly #emptied: () => void
  #first: QueuedTimer | undefined
  #last: QueuedTimer | undefined
  #timer: NodeJS.Timeout | undefined

  /** `emptied` is told when the last timer has left. */
  constructor(now: () => number, wait: Wait, emptied: () => void) {
    this.#now = now
    this.#wait = wait
    this.#emptied = emptied
  }

  add(at: number, due: Due): QueuedTimer {
    const last = this.#last
    const added = new QueuedTimer(this, last, at, due)
    if (last === undefined) this.#first = added
    else last.next = added
    this.#last = added
    if (this.#timer === undefined) this.#await(added)
    return added
  }

  /** That of Node stays until it fires, or nobody waits any more: mostly the next one is due soon after. */
  remove(timer: QueuedTimer): void {
    const { previous, next } = timer
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    timer.queue = undefined
    // One that is gone, but old, would keep all alive that came after it until the next large collection.
    timer.previous = undefined
    timer.next = undefined
    if (this.#first === undefined) this.#end()
  }

  #await({ at }: QueuedTimer): void {
    this.#timer = this.#wait(Math.max(1, at - this.#now()), this)
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#emptied()
  }

  /** A timer of Node may fire a part of a ms early. */
  fire(): void {
    const now = this.#now()
    try {
      for (let first = this.#first; first !== undefined && first.at <= now; first = this.#first) {
        this.remove(first)
        first.due.fire()
      }
    } finally {
      if (this.#first !== undefined) this.#await(this.#first)
    }
  }
}
