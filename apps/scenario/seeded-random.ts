/** Randomness from a seed (splitmix32): the same seed gives the same numbers on every machine. */

import type { Random } from '../sip/sip.js'

export class SeededRandom implements Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32
  }

  /** Another source, so that drawing from one does not disturb the other. */
  fork(): SeededRandom {
    return new SeededRandom(this.uint32())
  }
}
