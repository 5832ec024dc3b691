/** Runs a machine by itself: its timers fire in order of time, without a clock. */

import type { Machine } from '../../../apps/actor/machine.js'
import { show } from './machine-table.js'

interface Timed {
  readonly kind: string
  readonly timer?: string
  readonly after?: number
}

/** `log` holds each effect but `start` and `stop`, as `ms effect`. */
export class TimedRun<State extends { readonly name: string }, Event, Effect extends Timed> {
  state: State
  now = 0
  readonly log: string[] = []
  readonly running: Map<string, number> = new Map()
  readonly #machine: Machine<State, Event, Effect>
  readonly #fired: (timer: string) => Event

  constructor(machine: Machine<State, Event, Effect>, initial: State, fired: (timer: string) => Event) {
    this.#machine = machine
    this.state = initial
    this.#fired = fired
  }

  feed(event: Event): this {
    const step = this.#machine(this.state, event)
    this.state = step.state
    for (const effect of step.effects) {
      const { kind, timer, after } = effect
      if (kind === 'start' && timer !== undefined && after !== undefined) this.running.set(timer, this.now + after)
      else if (kind === 'stop' && timer !== undefined) this.running.delete(timer)
      else this.log.push(`${this.now} ${show(effect)}`)
    }
    return this
  }

  /** Lets `ms` pass; every timer due by then fires. */
  pass(ms: number): this {
    const until = this.now + ms
    for (;;) {
      const [next] = [...this.running].sort((one, other) => one[1] - other[1])
      if (next === undefined || next[1] > until) break
      this.now = next[1]
      this.running.delete(next[0])
      this.feed(this.#fired(next[0]))
    }
    this.now = until
    return this
  }
}
