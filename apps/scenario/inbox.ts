/** What has come to a peer, matched against what it expects: in any order, each message once, strictly. */

import type { Clock, TimerHandle } from '../actor/actor.js'
import type { Message } from '../sip/sip.js'
import { summary } from '../sip/trace/summary.js'
import { type Arrived, type Expectation, type Expected, toExpectation } from './expectation.js'
import { ScenarioFailure } from './failure.js'

/** What has come, with the way to answer it. */
export interface Arrival<Line> extends Arrived {
  readonly line: Line
  /** ms of the clock. */
  readonly at: number
}

/** A message, or octets that are none. */
type Found = Message | string

interface Waiting {
  readonly wanted: readonly Expectation<unknown>[]
  /** By index of `wanted`. */
  readonly found: (Found | undefined)[]
  readonly within: number
  readonly timer: TimerHandle
  readonly resolve: (found: readonly (Found | undefined)[]) => void
  readonly reject: (failure: ScenarioFailure) => void
}

export class Inbox<Line> {
  readonly #peer: string
  readonly #clock: Clock
  readonly #taken: (arrival: Arrival<Line>) => void
  #arrivals: Arrival<Line>[] = []
  /** Retransmissions that nobody has asked for yet. */
  #copies: Arrival<Line>[] = []
  /** When each text came, by text. */
  readonly #times = new Map<string, number[]>()
  /** Optional ones that were given up, and may still come late. */
  #late: Expectation<unknown>[] = []
  #latest: Arrival<Line> | undefined
  #latestCopy: Arrival<Line> | undefined
  #waiting: Waiting | undefined

  /** `taken` is told of each message that satisfies an expectation. */
  constructor(peer: string, clock: Clock, taken: (arrival: Arrival<Line>) => void) {
    this.#peer = peer
    this.#clock = clock
    this.#taken = taken
  }

  /** A message has come. */
  push(arrival: Arrival<Line>): void {
    const times = this.#times.get(arrival.text)
    if (times === undefined) {
      this.#times.set(arrival.text, [arrival.at])
      this.#arrivals.push(arrival)
      this.#latest = arrival
    } else {
      times.push(arrival.at)
      this.#copies.push(arrival)
      this.#latestCopy = arrival
    }
    this.#match()
  }

  /** When this text came, retransmissions included, in ms of the clock. */
  times(text: string): readonly number[] {
    return this.#times.get(text) ?? []
  }

  /** Resolves with the messages in the order of `expected`. Rejects with ScenarioFailure. */
  expect(expected: readonly Expected[], within: number): Promise<readonly (Found | undefined)[]> {
    if (this.#waiting !== undefined) throw new TypeError(`${this.#peer} is still waiting for something else`)
    const wanted = expected.map(toExpectation)
    return new Promise((resolve, reject) => {
      const timer = this.#clock.start(within, { fire: () => this.#overdue() })
      this.#waiting = { wanted, found: wanted.map(() => undefined), within, timer, resolve, reject }
      this.#match()
    })
  }

  /** Throws ScenarioFailure for a message that nobody expected. */
  checkEmpty(): void {
    this.#forgetLate()
    const [first] = this.#arrivals
    if (first !== undefined) throw this.#unexpected(first, [])
  }

  /** Forgets what has come, retransmissions too. */
  clear(): void {
    this.#arrivals = []
    this.#copies = []
  }

  #match(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    while (!this.#isComplete(waiting)) {
      const copy = this.#copies.findIndex(arrival => this.#claim(waiting, arrival, true))
      if (copy >= 0) {
        this.#copies.splice(copy, 1)
        continue
      }
      this.#forgetLate()
      const [next] = this.#arrivals
      if (next === undefined) return
      if (!this.#claim(waiting, next, false)) return this.#end(waiting, this.#unexpected(next, this.#open(waiting)))
      this.#arrivals.shift()
    }
    this.#end(waiting, undefined)
  }

  /** Gives a message to the expectation that asks for most, if any does. */
  #claim({ wanted, found }: Waiting, arrival: Arrival<Line>, copy: boolean): boolean {
    let best = -1
    for (const [at, expectation] of wanted.entries()) {
      if (found[at] !== undefined || expectation.again !== copy) continue
      if (expectation.why(arrival) !== undefined) continue
      if (best < 0 || expectation.weight > (wanted[best]?.weight ?? 0)) best = at
    }
    if (best < 0) return false
    found[best] = arrival.message ?? arrival.text
    this.#taken(arrival)
    return true
  }

  /** Takes out what comes late but was allowed to, each once. */
  #forgetLate(): void {
    this.#arrivals = this.#arrivals.filter(arrival => {
      const at = this.#late.findIndex(expectation => expectation.why(arrival) === undefined)
      if (at >= 0) this.#late.splice(at, 1)
      return at < 0
    })
  }

  #isComplete({ wanted, found }: Waiting): boolean {
    return wanted.every((expectation, at) => expectation.optional || found[at] !== undefined)
  }

  #open({ wanted, found }: Waiting): Expectation<unknown>[] {
    return wanted.filter((_, at) => found[at] === undefined)
  }

  #end(waiting: Waiting, failure: ScenarioFailure | undefined): void {
    this.#clock.stop(waiting.timer)
    this.#waiting = undefined
    if (failure !== undefined) return waiting.reject(failure)
    this.#late.push(...this.#open(waiting))
    waiting.resolve(waiting.found)
  }

  #overdue(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    const open = this.#open(waiting).filter(({ optional }) => !optional)
    const titles = open.map(({ title }) => title)
    this.#end(
      waiting,
      new ScenarioFailure({
        peer: this.#peer,
        what: `${titles.join(' and ')} did not come within ${waiting.within} ms`,
        expected: titles,
        ...this.#nearest(open),
      }),
    )
  }

  #nearest(open: readonly Expectation<unknown>[]): { readonly nearest?: { text: string; why: string[] } } {
    const copy = this.#latestCopy
    if (copy !== undefined && open.some(expectation => expectation.why(copy) === undefined)) {
      return { nearest: { text: copy.text, why: ['is a retransmission, which satisfies nothing new'] } }
    }
    const latest = this.#latest
    if (latest === undefined) return {}
    const why = open.map(expectation => expectation.why(latest) ?? 'was taken before')
    return { nearest: { text: latest.text, why } }
  }

  #unexpected(arrival: Arrival<Line>, open: readonly Expectation<unknown>[]): ScenarioFailure {
    const { text } = arrival
    const why = open.map(
      expectation => `${expectation.title}: ${expectation.why(arrival) ?? 'it is no retransmission'}`,
    )
    return new ScenarioFailure({
      peer: this.#peer,
      what: `${summary(text)} came unexpectedly`,
      expected: open.map(({ title }) => title),
      culprit: text,
      nearest: { text, why },
    })
  }
}
