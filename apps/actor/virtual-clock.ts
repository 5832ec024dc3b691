/** A clock that stands still until it is advanced: 32 s of timers take as long as their handlers run. */

import type { Clock, Due, TimerHandle } from './clock.js'

interface Entry {
  readonly at: number
  readonly order: number
  due: Due | undefined
}

export class VirtualClock implements Clock {
  #now: number
  #order = 0
  #live = 0
  readonly #heap: Entry[] = []
  readonly #soon: (() => void)[] = []

  constructor(start = 0) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  start(after: number, due: Due): TimerHandle {
    const entry: Entry = { at: this.#now + after, order: this.#order++, due }
    this.#live++
    this.#rise(entry)
    return entry as object as TimerHandle
  }

  stop(handle: TimerHandle): void {
    const entry = handle as object as Entry
    if (entry.due === undefined) return
    entry.due = undefined
    this.#live--
  }

  soon(task: () => void): void {
    this.#soon.push(task)
  }

  /** Timers that will still fire. */
  get pending(): number {
    return this.#live
  }

  /** Runs all that is ready now, without moving time. */
  settle(): void {
    for (let task = this.#soon.shift(); task !== undefined; task = this.#soon.shift()) task()
  }

  /** Moves time on by `ms`, firing every timer at its own instant and settling after each. */
  advance(ms: number): void {
    const end = this.#now + ms
    this.settle()
    for (let at = this.nextAt(); at !== undefined && at <= end; at = this.nextAt()) {
      this.#now = Math.max(this.#now, at)
      const due = this.#sink()
      this.#live--
      due?.fire()
      this.settle()
    }
    this.#now = end
  }

  /** When the next timer falls due, or undefined when there is none. */
  nextAt(): number | undefined {
    while (this.#heap.length > 0 && this.#heap[0]?.due === undefined) this.#sink()
    return this.#heap[0]?.at
  }

  #rise(entry: Entry): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !before(entry, above)) break
      heap[index] = above
      heap[parent] = entry
      index = parent
    }
  }

  /** Takes the earliest entry out; its due is cleared so that a late `stop` is harmless. */
  #sink(): Due | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return undefined
    if (heap.length > 0) {
      let index = 0
      for (;;) {
        let child = 2 * index + 1
        const right = heap[child + 1]
        let least = heap[child]
        if (least === undefined) break
        if (right !== undefined && before(right, least)) {
          child++
          least = right
        }
        if (before(last, least)) break
        heap[index] = least
        index = child
      }
      heap[index] = last
    }
    const due = first.due
    first.due = undefined
    return due
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
