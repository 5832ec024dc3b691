/** What makes merged requests known: one request that has come here by two ways (§8.2.2.2). */

import type { Request } from '../syntax/message.js'

/** Places at the least. */
const SMALLEST = 1024
/** In place of a fingerprint that was taken out: searches go on behind it. */
const GONE = 1

/**
 * The ongoing transactions that were opened outside dialogs, as fingerprints of 64 bits outside the heap: a busy server
 * has hundreds of thousands that only wait for Timer J. Each is kept for one turn at the least and for two at the most.
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

  /** Keeps a request, which is the first of its transaction; true when another one that is ongoing has brought it here. */
  add(request: Request): boolean {
    const [one, other] = this.#fingerprint(request)
    return this.#old.has(one, other) || !this.#young.add(one, other)
  }

  /** Its transaction is over. */
  delete(request: Request): void {
    const [one, other] = this.#fingerprint(request)
    this.#young.delete(one, other)
    this.#old.delete(one, other)
  }

  /** Forgets what was there at the turn before this one. */
  turn(): void {
    this.#old = this.#young
    // As many will come as came: a table that grows is filled anew each time.
    this.#young = new Fingerprints(this.#old.size)
  }

  /** From tag, Call-ID and CSeq. The seed keeps others from making two that are the same. */
  #fingerprint({ from, callId, cseq }: Request): readonly [number, number] {
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
    return [(one ^ (one >>> 15)) >>> 0, ((other ^ (other >>> 13)) | 2) >>> 0]
  }
}

/** A hash table of pairs of numbers; the second is never 0 nor GONE. */
class Fingerprints {
  #pairs: Uint32Array
  #mask: number
  size = 0

  /** For so many at the least. */
  constructor(expected: number) {
    const places = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(2 * expected + 1)))
    this.#pairs = new Uint32Array(2 * places)
    this.#mask = places - 1
  }

  has(one: number, other: number): boolean {
    return this.#pairs[this.#find(one, other) + 1] !== 0
  }

  /** False when it is there already. */
  add(one: number, other: number): boolean {
    const at = this.#find(one, other)
    if (this.#pairs[at + 1] !== 0) return false
    this.#pairs[at] = one
    this.#pairs[at + 1] = other
    if (++this.size * 2 > this.#mask) this.#grow()
    return true
  }

  /** It is known not to be there, and that there is room. */
  #put(one: number, other: number): void {
    const at = this.#find(one, other)
    this.#pairs[at] = one
    this.#pairs[at + 1] = other
    this.size++
  }

  delete(one: number, other: number): void {
    const at = this.#find(one, other)
    if (this.#pairs[at + 1] !== 0) this.#pairs[at + 1] = GONE
  }

  /** Where the pair is, or would be. */
  #find(one: number, other: number): number {
    let at = one & this.#mask
    for (;;) {
      const found = this.#pairs[2 * at + 1]
      if (found === 0 || (found === other && this.#pairs[2 * at] === one)) return 2 * at
      at = (at + 1) & this.#mask
    }
  }

  #grow(): void {
    const pairs = this.#pairs
    this.#pairs = new Uint32Array(2 * pairs.length)
    this.#mask = pairs.length - 1
    this.size = 0
    for (let at = 0; at < pairs.length; at += 2) {
      const other = pairs[at + 1] ?? 0
      if (other > GONE) this.#put(pairs[at] ?? 0, other)
    }
  }
}
