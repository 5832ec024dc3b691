/** Time as the kernel sees it: the system's clock, or a virtual one that only moves when told to. */

import { performance } from 'node:perf_hooks'

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

/** The real clock. Node groups timers of equal duration, so a start and a stop cost about 0.3 µs. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now()
  }

  start(after: number, due: Due): TimerHandle {
    if (after > LONGEST) return new LongTimer(after, due) as object as TimerHandle
    return setTimeout(fire, after, due) as object as TimerHandle
  }

  stop(handle: TimerHandle): void {
    if (handle instanceof LongTimer) handle.stop()
    else clearTimeout(handle as object as NodeJS.Timeout)
  }

  soon(task: () => void): void {
    setImmediate(task)
  }
}

/** One after the other, for what takes longer than 24.8 days. */
class LongTimer implements Due {
  readonly #due: Due
  #left: number
  #part: NodeJS.Timeout

  constructor(after: number, due: Due) {
    this.#due = due
    this.#left = after - LONGEST
    this.#part = setTimeout(fire, LONGEST, this)
  }

  fire(): void {
    if (this.#left <= 0) return this.#due.fire()
    const part = Math.min(this.#left, LONGEST)
    this.#left -= part
    this.#part = setTimeout(fire, part, this)
  }

  stop(): void {
    clearTimeout(this.#part)
  }
}

function fire(due: Due): void {
  due.fire()
}
