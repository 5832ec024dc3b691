/** What was dealt lately, as far as memory goes: a request that is repeated is no new work, however busy we are. */

import { hashOf } from '../../actor/actor.js'

/** Requests that are known at once; newer ones take the places of older ones. */
const PLACES = 1 << 16
/** Characters that tell a request from others: those of its branch, or of its beginning where it has none. */
const BRANCH = 60
const BEGINNING = 300

export class Dealt {
  readonly #places = new Uint32Array(PLACES)

  add(text: string): void {
    const hash = hashOf(telling(text), 0)
    this.#places[hash % PLACES] = hash
  }

  has(text: string): boolean {
    const hash = hashOf(telling(text), 0)
    return this.#places[hash % PLACES] === hash
  }
}

/** All that comes passes here, so that not an octet more is looked at than must be. */
function telling(text: string): string {
  const branch = text.indexOf('branch=')
  return branch < 0 ? text.slice(0, BEGINNING) : text.slice(branch, branch + BRANCH)
}
