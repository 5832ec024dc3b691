/** A table whose keys are texts, often chosen by peers: the hash is seeded. */

import { hashOf, Table } from './table.js'

export class TextTable<Value> {
  readonly #seed: number
  readonly #table = new Table<string, Value>()

  constructor(seed: number) {
    this.#seed = seed
  }

  get size(): number {
    return this.#table.size
  }

  get(key: string): Value | undefined {
    return this.#table.get(key, hashOf(key, this.#seed))
  }

  set(key: string, value: Value): void {
    this.#table.set(key, hashOf(key, this.#seed), value)
  }

  delete(key: string): boolean {
    return this.#table.delete(key, hashOf(key, this.#seed))
  }

  values(): IterableIterator<Value> {
    return this.#table.values()
  }
}
