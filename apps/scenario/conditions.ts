/** What a network does to the datagrams on it: at random by profile, and by rule. */

import type { SeededRandom } from './seeded-random.js'

export interface Conditions {
  /** ms that a message takes. */
  readonly delay: number
  /** ms that it may take longer; what was sent later then comes earlier at times. */
  readonly jitter: number
  /** From 0 to 1: how many datagrams get lost, and how many come twice. */
  readonly loss: number
  readonly duplication: number
}

export type ProfileName = 'clean' | 'lossy' | 'chaos'

export const profiles: Readonly<Record<ProfileName, Conditions>> = {
  clean: { delay: 1, jitter: 0, loss: 0, duplication: 0 },
  lossy: { delay: 20, jitter: 20, loss: 0.1, duplication: 0.05 },
  chaos: { delay: 20, jitter: 400, loss: 0.3, duplication: 0.2 },
}

/** What a rule is about: a method, a status, or whatever the function says of the text. */
export type Subject = string | number | ((text: string) => boolean)

export interface RuleOptions {
  /** Only the nth that it is about, from 1; all of them unless given. */
  readonly nth?: number
  /** Only from or to this address. */
  readonly from?: string
  readonly to?: string
}

/** What happens to a datagram: the ms after which each copy arrives; none for a lost one. */
export interface Fate {
  readonly arrivals: readonly number[]
  /** The sender is told that it could not be sent. */
  readonly error?: string
}

type Action = 'drop' | 'copy' | 'refuse' | { readonly delay: number }

interface Rule extends RuleOptions {
  readonly subject: Subject
  readonly action: Action
  seen: number
}

/** Decides what becomes of each datagram. */
export class Weather {
  readonly #conditions: Conditions
  readonly #random: SeededRandom
  readonly #rules: Rule[] = []

  constructor(conditions: Conditions, random: SeededRandom) {
    this.#conditions = conditions
    this.#random = random
  }

  rule(action: Action, subject: Subject, options: RuleOptions): void {
    this.#rules.push({ ...options, subject, action, seen: 0 })
  }

  /** ms that whatever is never lost takes. */
  get delay(): number {
    return this.#conditions.delay
  }

  fate(text: string, from: string, to: string): Fate {
    const action = this.#ruling(text, from, to)
    const { loss, duplication } = this.#conditions
    const lost = this.#random.fraction() < loss
    const copied = this.#random.fraction() < duplication
    const first = this.#travel()
    if (action === 'drop') return { arrivals: [] }
    if (action === 'refuse') return { arrivals: [], error: 'send ENETUNREACH' }
    if (action === 'copy') return { arrivals: [first, this.#travel()] }
    if (action !== undefined) return { arrivals: [action.delay] }
    if (lost) return { arrivals: [] }
    return { arrivals: copied ? [first, this.#travel()] : [first] }
  }

  #travel(): number {
    const { delay, jitter } = this.#conditions
    return delay + Math.round(jitter * this.#random.fraction())
  }

  /** Every rule counts what it is about; the first one whose turn it is decides. */
  #ruling(text: string, from: string, to: string): Action | undefined {
    let action: Action | undefined
    for (const rule of this.#rules) {
      if ((rule.from ?? from) !== from || (rule.to ?? to) !== to || !isAbout(rule.subject, text)) continue
      rule.seen++
      if (rule.nth === undefined || rule.nth === rule.seen) action ??= rule.action
    }
    return action
  }
}

function isAbout(subject: Subject, text: string): boolean {
  if (typeof subject === 'function') return subject(text)
  return text.startsWith(typeof subject === 'number' ? `SIP/2.0 ${subject} ` : `${subject} `)
}
