/** A table whose keys are texts, often chosen by peers: the hash is seeded. */

import { hashOf, Table } from './table.js'

export class TextTable<Value> {
  readonly #seed: number
  readonly #telling: number | undefined
  readonly #table = new Table<string, Value>()

  /** `telling`: how many characters at the beginning of each key nobody else can choose, and tell it from others; all, unless given. */
  constructor(seed: number, telling?: number) {
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
    return hashOf(key, this.#seed, 0, this.#telling)
  }
}
