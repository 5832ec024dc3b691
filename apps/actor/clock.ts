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

const LONGEST = 2 ** 31 - 1

/** The real clock. Node groups timers of equal duration, so a start and a stop cost about 0.3 µs. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now()
  }

  start(after: number, due: Due): TimerHandle {
    return setTimeout(fire, Math.min(after, LONGEST), due) as object as TimerHandle
  }

  stop(handle: TimerHandle): void {
    clearTimeout(handle as object as NodeJS.Timeout)
  }

  soon(task: () => void): void {
    setImmediate(task)
  }
}

function fire(due: Due): void {
  due.fire()
}
