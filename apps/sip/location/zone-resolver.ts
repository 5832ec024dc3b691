/** A resolver that answers from records given as data: for tests, and for networks without a DNS. */

import type { Clock } from '../../actor/actor.js'
import type { Question } from './plan.js'
import { canonicalName, type Reply, type Resolver } from './resolver.js'

/** By `TYPE name`. A name that is here with some type only has no records of the others; one that is not here does not exist. */
export type Zone = Readonly<Record<string, Reply | 'silence'>>

export class ZoneResolver implements Resolver {
  /** `TYPE name` of each question that came, in order. */
  readonly asked: string[] = []
  readonly #zone: Map<string, Reply | 'silence'>
  readonly #names: ReadonlySet<string>
  readonly #clock: Clock
  readonly #delay: number
  #open = true

  /** `delay` is how many ms each answer takes. */
  constructor(zone: Zone, clock: Clock, delay: number = 0) {
    this.#zone = new Map(Object.entries(zone))
    this.#names = new Set(Object.keys(zone).map(key => key.slice(key.indexOf(' ') + 1)))
    this.#clock = clock
    this.#delay = delay
  }

  /** What a question is answered with from now on. */
  set(question: string, reply: Reply | 'silence'): void {
    this.#zone.set(question, reply)
  }

  resolve({ type, name }: Question, done: (reply: Reply) => void): void {
    const bare = canonicalName(name)
    const key = `${type} ${bare}`
    this.asked.push(key)
    const reply = this.#zone.get(key) ?? { kind: this.#names.has(bare) ? 'nodata' : 'nxdomain', ttl: undefined }
    if (reply === 'silence') return
    this.#clock.start(this.#delay, { fire: () => this.#open && done(reply) })
  }

  close(): void {
    this.#open = false
  }
}
