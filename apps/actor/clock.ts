/** Time as the kernel sees it: the system's clock, or a virtual one that only moves when told to. */

import { performance } from 'node:perf_hooks'
import { QueuedTimer, type Timekeeper, TimerQueue } from './timer-queue.js'

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

/** Then it waits so many ms more, once, so that what came in meanwhile is heard first and may stop it. */
const RESPITE = 100

/** Durations whose timers have all left, and that are kept for the next one. */
const IDLE = 8

/** The longest that a timer of Node runs, in ms; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1

/** The real clock. A start and a stop cost about 0.15 µs. */
export class SystemClock implements Clock {
  readonly now: () => number
  readonly #queues = new Map<number, TimerQueue>()
  /** Some are in use again. */
  readonly #idle: TimerQueue[] = []
  readonly #keeper: Timekeeper

  /** `now` in ms, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
    this.#keeper = {
      now,
      wait,
      excuse: (timer, at) => this.#excuse(timer, at),
      emptied: queue => this.#rest(queue),
      ended: queue => this.#forget(queue),
    }
  }

  start(after: number, due: Due): TimerHandle {
    const ms = Number.isNaN(after) ? 1 : Math.max(1, after)
    const timer = new QueuedTimer(this.now() + ms, due)
    // Few durations are common, and a part of a ms is no reason for a queue of its own.
    this.#queueOf(Math.ceil(ms)).add(timer)
    return timer as object as TimerHandle
  }

  stop(handle: TimerHandle): void {
    const timer = handle as object as QueuedTimer
    timer.queue?.remove(timer)
  }

  soon(task: () => void): void {
    setImmediate(task)
  }

  #queueOf(duration: number): TimerQueue {
    const known = this.#queues.get(duration)
    if (known !== undefined) return known
    const queue = new TimerQueue(duration, this.#keeper)
    this.#queues.set(duration, queue)
    return queue
  }

  #excuse(timer: QueuedTimer, now: number): boolean {
    if (timer.isExcused || now - timer.at <= LATE) return false
    timer.isExcused = true
    timer.at = now + RESPITE
    this.#queueOf(RESPITE).add(timer)
    return true
  }

  #forget(queue: TimerQueue): void {
    if (this.#queues.get(queue.duration) === queue) this.#queues.delete(queue.duration)
  }

  /** Durations that a peer can choose do not pile up. */
  #rest(queue: TimerQueue): void {
    if (this.#idle.includes(queue)) return
    if (this.#idle.push(queue) <= IDLE) return
    const oldest = this.#idle.shift()
    if (oldest?.isEmpty) oldest.end()
  }
}

function wait(after: number, queue: TimerQueue): NodeJS.Timeout {
  return setTimeout(fire, Math.min(after, LONGEST), queue)
}

function fire(queue: TimerQueue): void {
  queue.fire()
}
