/** Nonces that say themselves when they were made and for what, so that the server keeps nothing: RFC 7616 §3.3, §5.4. */

import { newTag, type Random } from '../../syntax/ids.js'
import { isSame, seal } from './hash.js'

export class Nonces {
  readonly #key: string

  constructor(random: Random) {
    this.#key = newTag(random) + newTag(random) + newTag(random)
  }

  /** `bound` is what it is good for; `now` in ms. */
  make(bound: string, now: number, random: Random): string {
    const head = `${Math.floor(now).toString(36)}-${newTag(random)}`
    return `${head}-${this.#seal(head, bound)}`
  }

  /** When it was made; undefined for what was not made here, or for something else. */
  madeAt(nonce: string, bound: string): number | undefined {
    const at = nonce.lastIndexOf('-')
    if (!isSame(nonce.slice(at + 1), this.#seal(nonce.slice(0, at), bound))) return undefined
    return Number.parseInt(nonce, 36)
  }

  #seal(head: string, bound: string): string {
    return seal(this.#key, `${head} ${bound}`)
  }
}
