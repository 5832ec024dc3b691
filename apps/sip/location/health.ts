/** Targets that did not answer lately: they are tried last for a while, so that a later request need not wait for them (RFC 3263 §4.3). */

import type { Target } from './target.js'

export interface TargetState extends Target {
  readonly failures: number
  readonly reason: string
  /** ms for which it is still tried last; 0 when it gets its next chance. */
  readonly restsFor: number
}

interface Entry {
  readonly target: Target
  readonly failures: number
  readonly reason: string
  /** The instant from which it is tried in its turn again, in ms. */
  readonly until: number
}

/** ms after the first failure; twice as long after each further one, up to the longest. */
const FIRST = 30_000
const LONGEST = 300_000
/** ms: what a Retry-After can ask for at the most. */
const LONGEST_ASKED = 3_600_000
const MOST_TARGETS = 1000

export class Health {
  readonly #entries = new Map<string, Entry>()

  get size(): number {
    return this.#entries.size
  }

  /** `retryAfter` in s (§21.5.4). */
  failed(target: Target, now: number, reason: string, retryAfter: number = 0): void {
    this.#forgetOld(now)
    const key = keyOf(target)
    const failures = (this.#entries.get(key)?.failures ?? 0) + 1
    const rest = Math.min(FIRST * 2 ** (failures - 1), LONGEST)
    const until = now + Math.max(rest, Math.min(retryAfter * 1000, LONGEST_ASKED))
    this.#entries.delete(key)
    this.#entries.set(key, { target, failures, reason, until })
  }

  worked(target: Target): void {
    if (this.#entries.size > 0) this.#entries.delete(keyOf(target))
  }

  isResting(target: Target, now: number): boolean {
    if (this.#entries.size === 0) return false
    const entry = this.#entries.get(keyOf(target))
    return entry !== undefined && entry.until > now
  }

  list(now: number): readonly TargetState[] {
    this.#forgetOld(now)
    return [...this.#entries.values()].map(({ target, failures, reason, until }) => {
      return { ...target, failures, reason, restsFor: Math.max(until - now, 0) }
    })
  }

  /** What has not failed again for long counts as new; when there are too many, so does the one that failed first. */
  #forgetOld(now: number): void {
    for (const [key, { until }] of this.#entries) {
      if (until + LONGEST <= now || this.#entries.size >= MOST_TARGETS) this.#entries.delete(key)
    }
  }
}

function keyOf({ transport, address, port }: Target): string {
  return `${transport} ${address} ${port}`
}
