/** Who may say how much: a token bucket per source, and a ban for those who go on nevertheless. */

import { bitsOf, isInNets } from './reach.js'
import { sourceOf } from './source-net.js'

export interface AdmissionOptions {
  /** Messages a second that a source may send on the long run. */
  readonly rate: number
  /** Messages that it may send at once; twice the rate unless given. */
  readonly burst?: number
  /** ms for which nothing of a source is heard that had so many messages refused as it may send at once; 60 s unless given. */
  readonly ban?: number
  /**
   * Octets of responses over UDP for each octet that a source has sent, so that nobody can have us flood a victim whose
   * address is made up; as many as there are unless given, 10 leaves room for repetitions.
   */
  readonly amplification?: number
  /** Networks that may send as much as they like, such as `192.0.2.0/24`. */
  readonly trusted?: readonly string[]
}

/** A source that is not heard at the moment. */
export interface Ban {
  /** An address, or a network of IPv6 such as `2001:db8:0:1::/64`. */
  readonly address: string
  /** Why, with the numbers, for people. */
  readonly reason: string
  /** ms from now. */
  readonly left: number
}

interface Bucket {
  tokens: number
  /** When `tokens` were right, on the clock of the kernel. */
  at: number
  refused: number
  bannedUntil: number
  /** Octets that responses to it may have. */
  credit: number
}

/** Octets of credit that a source can have at the most. */
const MOST_CREDIT = 1_000_000
/** Sources that are known at once; UDP addresses can be made up. */
const SOURCES = 20_000
/** ms between two searches for those that can be forgotten. */
const SWEEP = 1000

export class Admission {
  /** Messages that were not heard. */
  refused = 0
  /** Responses over UDP that were not sent. */
  withheld = 0
  readonly #amplification: number
  readonly #rate: number
  readonly #burst: number
  readonly #ban: number
  readonly #trusted: readonly string[]
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()
  #swept = Number.NEGATIVE_INFINITY

  /** Throws TypeError for numbers and networks that make no sense. */
  constructor(options: AdmissionOptions, now: () => number) {
    const { rate, burst = 2 * rate, ban = 60_000, trusted = [], amplification = Number.POSITIVE_INFINITY } = options
    if (!(rate > 0) || !(burst >= 1) || !(ban >= 0) || !(amplification >= 1)) {
      throw new TypeError(
        'admission needs a rate above 0 messages a second, a burst and an amplification of at least 1, and a ban in ms',
      )
    }
    this.#amplification = amplification
    this.#rate = rate
    this.#burst = burst
    this.#ban = ban
    this.#trusted = trusted.map(bitsOf)
    this.#now = now
  }

  /** `octets` are those of a datagram. */
  admits(address: string, octets: number): boolean {
    const now = this.#now()
    const source = sourceOf(address)
    // One that we trust may be in a network that we do not.
    if (source !== address && this.#isTrusted(address)) return true
    const bucket = this.#buckets.get(source) ?? this.#meet(address, source, now)
    if (bucket === undefined) return true
    if (bucket.bannedUntil > now) return this.#refuse()
    bucket.credit = Math.min(bucket.credit + octets * this.#amplification, MOST_CREDIT)
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#rate)
    bucket.at = now
    if (bucket.tokens >= 1) {
      bucket.tokens--
      if (bucket.tokens > this.#burst / 2) bucket.refused = 0
      return true
    }
    if (++bucket.refused >= this.#burst) {
      bucket.bannedUntil = now + this.#ban
      bucket.refused = 0
    }
    return this.#refuse()
  }

  /** Whether a source has sent enough for a response over UDP of so many octets. */
  deserves(address: string, octets: number): boolean {
    if (this.#amplification === Number.POSITIVE_INFINITY) return true
    if (this.#isTrusted(address)) return true
    const bucket = this.#buckets.get(sourceOf(address))
    // Not heard of, and not since there was no room: a Via has named somebody who has nothing to do with it.
    if (bucket === undefined && this.#buckets.size >= SOURCES) return true
    if (bucket === undefined || bucket.credit < octets) {
      this.withheld++
      return false
    }
    bucket.credit -= octets
    return true
  }

  get bans(): readonly Ban[] {
    const now = this.#now()
    const reason = `more than ${this.#rate} messages a second, ${this.#burst} at once, and as many again`
    return [...this.#buckets]
      .filter(([, { bannedUntil }]) => bannedUntil > now)
      .map(([address, { bannedUntil }]) => ({ address, reason, left: bannedUntil - now }))
  }

  /** An address, or what a ban has said. */
  pardon(address: string): void {
    this.#buckets.delete(address.includes('/') ? address : sourceOf(address))
  }

  #isTrusted(address: string): boolean {
    return this.#trusted.length > 0 && isInNets(address, this.#trusted)
  }

  #refuse(): boolean {
    this.refused++
    return false
  }

  /** A source that is new gets a full bucket; none when it is trusted, or when there is no room for more. */
  #meet(address: string, source: string, now: number): Bucket | undefined {
    if (this.#isTrusted(address)) return undefined
    if (this.#buckets.size >= SOURCES) this.#forget(now)
    if (this.#buckets.size >= SOURCES) return undefined
    const bucket = { tokens: this.#burst, at: now, refused: 0, bannedUntil: 0, credit: 0 }
    this.#buckets.set(source, bucket)
    return bucket
  }

  /** Those whose buckets are full again need not be known. It looks at all, so not for each that is new. */
  #forget(now: number): void {
    if (now - this.#swept < SWEEP) return
    this.#swept = now
    for (const [address, { tokens, at, bannedUntil }] of this.#buckets) {
      const full = tokens + ((now - at) / 1000) * this.#rate >= this.#burst
      if (full && bannedUntil <= now) this.#buckets.delete(address)
    }
  }
}
