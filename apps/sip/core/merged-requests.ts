/** What makes merged requests known: one request that has come here by two ways (§8.2.2.2). */

import type { Request } from '../syntax/message.js'

/** Places at the least. */
const SMALLEST = 1024
/** In place of the time until which a transaction is known to last. */
const ONGOING = 0

/** What a request is known by, and every other one that is the same. */
export interface Fingerprint {
  readonly one: number
  readonly other: number
}

/**
 * The ongoing transactions that were opened outside dialogs, as fingerprints of 64 bits outside the heap: a busy server
 * has hundreds of thousands that only wait for Timer J. Those that are over are forgotten within two turns.
 */
export class MergedRequests {
  readonly #seed: number
  #young = new Fingerprints(0)
  #old = new Fingerprints(0)

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Whether there is nothing to turn. */
  get isEmpty(): boolean {
    return this.#young.size + this.#old.size === 0
  }

  /** Keeps a request, which is the first of its transaction; undefined when another one that is ongoing has brought it here. Times in ms. */
  add(request: Request, now: number): Fingerprint | undefined {
    const fingerprint = this.#fingerprint(request)
    const { one, other } = fingerprint
    if (isLasting(this.#old.get(one, other), now) || isLasting(this.#young.get(one, other), now)) return undefined
    this.#young.set(one, other, ONGOING)
    return fingerprint
  }

  /** Its transaction is over from then on. */
  lasts({ one, other }: Fingerprint, until: number): void {
    const table = this.#young.get(one, other) === undefined ? this.#old : this.#young
    if (table.get(one, other) !== undefined) table.set(one, other, stampOf(until))
  }

  /** Forgets what was over at the turn before this one. */
  turn(now: number): void {
    const { young, old } = { young: this.#young, old: this.#old }
    this.#old = young
    // As many will come as came: a table that grows is filled anew each time.
    this.#young = new Fingerprints(young.size)
    old.forEach((one, other, until) => {
      if (isLasting(until, now)) this.#young.set(one, other, until)
    })
  }

  /** From tag, Call-ID and CSeq. The seed keeps others from making two that are the same. */
  #fingerprint({ from, callId, cseq }: Request): Fingerprint {
    let one = this.#seed
    let other = ~this.#seed
    for (const text of [callId, from.tag ?? '', cseq.method]) {
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at)
        one = Math.imul(one ^ code, 0x01000193)
        other = Math.imul(other + code, 0x85ebca6b) ^ (other >>> 15)
      }
      one = Math.imul(one ^ 0x100, 0x01000193)
      other = Math.imul(other + 0x100, 0x85ebca6b)
    }
    one = Math.imul(one ^ cseq.number, 0x01000193)
    other = Math.imul(other + cseq.number, 0x85ebca6b)
    return { one: one ^ (one >>> 15), other: (other ^ (other >>> 13)) | 1 }
  }
}

/** Whole ms that fit into 32 bits, and are not ONGOING; they begin anew every 50 days. */
function stampOf(time: number): number {
  return Math.ceil(time) | 0 || 1
}

function isLasting(until: number | undefined, now: number): boolean {
  return until !== undefined && (until === ONGOING || ((until - stampOf(now)) | 0) > 0)
}

/** A hash table from pairs of numbers, of which the second is never 0, to a number. */
class Fingerprints {
  #entries: Int32Array
  #mask: number
  size = 0

  /** For so many at the least. */
  constructor(expected: number) {
    const places = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(2 * expected + 1)))
    this.#entries = new Int32Array(3 * places)
    this.#mask = places - 1
  }

  get(one: number, other: number): number | undefined {
    const at = this.#find(one, other)
    return this.#entries[at + 1] === 0 ? undefined : this.#entries[at + 2]
  }

  set(one: number, other: number, value: number): void {
    const at = this.#find(one, other)
    const isNew = this.#entries[at + 1] === 0
    this.#entries[at] = one
    this.#entries[at + 1] = other
    this.#entries[at + 2] = value
    if (isNew && ++this.size * 2 > this.#mask) this.#grow()
  }

  forEach(visit: (one: number, other: number, value: number) => void): void {
    const entries = this.#entries
    for (let at = 0; at < entries.length; at += 3) {
      const other = entries[at + 1] ?? 0
      if (other !== 0) visit(entries[at] ?? 0, other, entries[at + 2] ?? 0)
    }
  }

  /** Where the pair is, or would be. */
  #find(one: number, other: number): number {
    let at = one & this.#mask
    for (;;) {
      const found = this.#entries[3 * at + 1]
      if (found === 0 || (found === other && this.#entries[3 * at] === one)) return 3 * at
      at = (at + 1) & this.#mask
    }
  }

  #grow(): void {
    const larger = new Fingerprints(this.size)
    this.forEach((one, other, value) => {
      larger.set(one, other, value)
    })
    this.#entries = larger.#entries
    this.#mask = larger.#mask
  }
}
