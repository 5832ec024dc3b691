/** Answers of the DNS for as long as they hold: RFC 1035 §7.4, RFC 2308 §5 and §7, RFC 8767. */

import { TextTable } from '../../actor/actor.js'
import type { Answer, Question } from './plan.js'
import { canonicalName, type Reply } from './resolver.js'

export interface CachedAnswer {
  readonly answer: Answer
  /** In ms. */
  readonly until: number
}

/** In s: the least, the most, and what is taken where nothing was told. */
const FOUND = { least: 1, most: 86_400, otherwise: 60 } as const
const NOTHING = { least: 1, most: 900, otherwise: 30 } as const
/** RFC 9520 §3.2: not to ask again at once is a must. */
const FAILURE = 5
/** RFC 8767 §4: an old answer is better than none, for a day; it is tried to renew it after half a minute. */
const STALE = 30
const STALEST = 86_400

/** Entries of one generation: an entry that nobody has asked for during a whole generation is forgotten. */
const GENERATION = 5000

const nothing: Answer = { type: 'nothing' }
const failed: Answer = { type: 'failed' }

export function cacheKey({ type, name }: Question): string {
  return `${type} ${canonicalName(name)}`
}

export class AnswerCache {
  readonly #seed: number
  #young: TextTable<CachedAnswer>
  #old: TextTable<CachedAnswer>

  /** `seed` makes the hash unpredictable for those who choose the names. */
  constructor(seed: number) {
    this.#seed = seed
    this.#young = new TextTable(seed)
    this.#old = new TextTable(seed)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string, now: number): CachedAnswer | undefined {
    const entry = this.#find(key)
    return entry !== undefined && entry.until > now ? entry : undefined
  }

  /** Keeps what a reply says, and returns it as an answer; instead of a failure the answer that it had before. */
  put(key: string, reply: Reply, now: number): Answer {
    switch (reply.kind) {
      case 'found':
        for (const { question, answer, ttl } of reply.also) {
          const other = cacheKey(question)
          if (this.get(other, now) === undefined) this.#set(other, answer, now, clamp(ttl, FOUND))
        }
        return this.#set(key, reply.answer, now, clamp(reply.ttl, FOUND))
      case 'nxdomain':
      case 'nodata':
        return this.#set(key, nothing, now, clamp(reply.ttl, NOTHING))
      case 'failed': {
        const before = this.#find(key)
        const isUsable = before !== undefined && before.answer !== failed && before.until + STALEST * 1000 > now
        return isUsable ? this.#set(key, before.answer, now, STALE) : this.#set(key, failed, now, FAILURE)
      }
    }
  }

  clear(): void {
    this.#young = new TextTable(this.#seed)
    this.#old = new TextTable(this.#seed)
  }

  #find(key: string): CachedAnswer | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#keep(key, old)
    return old
  }

  #set(key: string, answer: Answer, now: number, seconds: number): Answer {
    this.#keep(key, { answer, until: now + seconds * 1000 })
    return answer
  }

  #keep(key: string, entry: CachedAnswer): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new TextTable(this.#seed)
    }
    this.#young.set(key, entry)
  }
}

function clamp(ttl: number | undefined, { least, most, otherwise }: typeof FOUND | typeof NOTHING): number {
  return Math.min(Math.max(ttl ?? otherwise, least), most)
}
