/** A table whose keys are texts, often chosen by peers: the hash is seeded. */

import { hashOf, Table } from './table.js'

/** How many characters at the beginning and at the end of each key tell it from others well enough. */
interface Telling {
  /** Nobody else should be able to choose these, or one could have all keys in one chain. */
  readonly first: number
  readonly last: number
}

export class TextTable<Value> {
  readonly #seed: number
  readonly #telling: Telling | undefined
  readonly #table = new Table<string, Value>()

  /** All of a key is hashed, unless `telling` says that less will do. */
  constructor(seed: number, telling?: Telling) {
    this.#seed = seed
    this.#telling = telling
  }

  get size(): number {
    return this.#table.size
  }

  get(key: string): Value | undefined {
    return this.#table.get(key, this.#hash(key))
  }

  set(key: string, value: Value): void {
    this.#table.set(key, this.#hash(key), value)
  }

  delete(key: string): boolean {
    return this.#table.delete(key, this.#hash(key))
  }

  values(): IterableIterator<Value> {
    return this.#table.values()
  }

  #hash(key: string): number {
    const telling = this.#telling
    if (telling === undefined) return hashOf(key, this.#seed)
    return hashOf(key, hashOf(key, this.#seed, 0, telling.first), Math.max(0, key.length - telling.last))
  }
}
