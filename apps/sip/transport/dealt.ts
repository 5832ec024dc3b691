/** What was dealt lately, as far as memory goes: a request that is repeated is no new work, however busy we are. */

import { hashOf } from '../../actor/actor.js'

/** Requests that are known at once; newer ones take the places of older ones. */
const PLACES = 1 << 16
/** Characters of a request that tell it from others: the Request-URI and the branch are among them. */
const TELLING = 300

export class Dealt {
  readonly #places = new Uint32Array(PLACES)

  add(text: string): void {
    const hash = hashOf(text.slice(0, TELLING), 0)
    this.#places[hash % PLACES] = hash
  }

  has(text: string): boolean {
    const hash = hashOf(text.slice(0, TELLING), 0)
    return this.#places[hash % PLACES] === hash
  }
}
