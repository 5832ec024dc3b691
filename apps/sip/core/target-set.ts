/** Where else a request may go: URIs by q, none of them twice (§8.1.3.4, §19.1.4). */

import type { Address } from '../syntax/address.js'
import type { Uri } from '../syntax/uri.js'
import { uriEquals } from '../syntax/uri-equality.js'

/** Targets that wait at a time: a response may name very many. */
const MOST = 100

export class TargetSet {
  /** All that were ever in it. */
  readonly #known: Uri[]
  #waiting: readonly Address[] = []

  constructor(first: Uri) {
    this.#known = [first]
  }

  /** Adds those that are new. */
  add(addresses: readonly Address[]): this {
    const fresh = [...this.#waiting]
    for (const address of addresses) {
      if (fresh.length < MOST && this.#isNew(address.uri)) {
        fresh.push(address)
        this.#known.push(address.uri)
      }
    }
    // Of equals, those that were named first come first.
    this.#waiting = fresh.sort((one, other) => other.q - one.q)
    return this
  }

  take(): Uri | undefined {
    const [first, ...others] = this.#waiting
    this.#waiting = others
    return first?.uri
  }

  #isNew(uri: Uri): boolean {
    return !this.#known.some(known => uriEquals(known, uri))
  }
}
