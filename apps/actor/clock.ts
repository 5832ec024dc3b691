/** Time as the kernel sees it: the system's clock, or a virtual one that only moves when told to. */

import { performance } from 'node:perf_hooks'
import { type QueuedTimer, TimerQueue } from './timer-queue.js'

/** Something that falls due. An object and not a closure, so that a timer costs one allocation. */
export interface Due {
  fire(): void
}

export interface Clock {
  /** Milliseconds, never going back. */
  now(): number
  /** Fires `due` once, `after` ms from now; returns the handle that `stop` takes. */
  start(after: number, due: Due): TimerHandle
  stop(handle: TimerHandle): void
  /** Runs `task` as soon as the current one is done, letting input in first. */
  soon(task: () => void): void
}

declare const timerHandle: unique symbol
export type TimerHandle = object & { readonly [timerHandle]: true }

/** A timer that is so many ms late fires after a machine that stood still, or among more work than can be done. */
const LATE = 250

/** Then it waits so many ms more. */
const RESPITE = 100

/**
 * For a timer that was to fire at `at`: starts it anew if it is late, so that what came in meanwhile is heard first and may
 * stop it. Whoever asks does so once for each timer.
 */
export function respite(clock: Clock, at: number, due: Due): TimerHandle | undefined {
  return clock.now() - at > LATE ? clock.start(RESPITE, due) : undefined
}

/** The longest that a timer of Node runs, in ms; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1

/** The real clock. A start and a stop cost about 0.15 µs. */
export class SystemClock implements Clock {
  readonly now: () => number
  readonly #queues = new Map<number, TimerQueue>()

  /** `now` in ms, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  start(after: number, due: Due): TimerHandle {
    const ms = Number.isNaN(after) ? 1 : Math.max(1, after)
    // Few durations are common, and a part of a ms is no reason for a queue of its own.
    const duration = Math.ceil(ms)
    let queue = this.#queues.get(duration)
    if (queue === undefined) {
      queue = new TimerQueue(this.now, wait, () => this.#queues.delete(duration))
      this.#queues.set(duration, queue)
    }
    return queue.add(this.now() + ms, due) as object as TimerHandle
  }

  stop(handle: TimerHandle): void {
    const timer = handle as object as QueuedTimer
    timer.queue?.remove(timer)
  }

  soon(task: () => void): void {
    setImmediate(task)
  }
}

function wait(after: number, queue: TimerQueue): NodeJS.Timeout {
  return setTimeout(fire, Math.min(after, LONGEST), queue)
}

function fire(queue: TimerQueue): void {
  queue.fire()
}
