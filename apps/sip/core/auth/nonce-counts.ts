/**
 * Which counts of which nonces have been used: a replayed request is one whose count is known (RFC 7616 §3.4, §5.5).
 * Only nonces used with the right credentials get here. Two generations: a nonce lives no longer than one, so the one
 * before the last can go; when too many come, it goes early, and nonces from its time are taken for stale.
 */

import { apart } from '../../syntax/apart.js'

/** Counts may overtake each other by this much, as requests do on their way. */
const WINDOW = 32

interface Used {
  highest: number
  /** One bit for each count from the highest down. */
  seen: number
}

export class NonceCounts {
  readonly #lifetime: number
  readonly #most: number
  #latest = new Map<string, Used>()
  #former: ReadonlyMap<string, Used> = new Map()
  #turned = Number.NEGATIVE_INFINITY
  #oldest = Number.NEGATIVE_INFINITY

  /** `lifetime` is that of a nonce in ms; `most` bounds the entries of a generation. */
  constructor(lifetime: number, most: number) {
    this.#lifetime = lifetime
    this.#most = most
  }

  get size(): number {
    return this.#latest.size + this.#former.size
  }

  /** Takes note of a use. False when it is none to be accepted: used before, or too old to tell. */
  use(nonce: string, madeAt: number, count: number, now: number): boolean {
    if (now - this.#turned >= this.#lifetime) this.#turn(now)
    if (madeAt < this.#oldest) return false
    const used = this.#latest.get(nonce) ?? this.#former.get(nonce)
    if (used !== undefined) return advance(used, count)
    if (this.#latest.size >= this.#most) {
      this.#oldest = Math.max(this.#oldest, this.#turned)
      this.#turn(now)
      if (madeAt < this.#oldest) return false
    }
    this.#latest.set(apart(nonce), { highest: count, seen: 1 })
    return true
  }

  #turn(now: number): void {
    this.#former = this.#latest
    this.#latest = new Map()
    this.#turned = now
  }
}

function advance(used: Used, count: number): boolean {
  const ahead = count - used.highest
  if (ahead > 0) {
    used.highest = count
    used.seen = ahead >= WINDOW ? 1 : (used.seen << ahead) | 1
    return true
  }
  const bit = 1 << -ahead
  if (-ahead >= WINDOW || (used.seen & bit) !== 0) return false
  used.seen |= bit
  return true
}
