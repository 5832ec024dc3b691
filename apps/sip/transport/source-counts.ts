/** How many connections of each source there are. */

import { TextTable } from '../../actor/actor.js'

export class SourceCounts {
  readonly #counts: TextTable<number>

  constructor(seed: number) {
    this.#counts = new TextTable(seed)
  }

  of(source: string): number {
    return this.#counts.get(source) ?? 0
  }

  add(source: string, more: 1 | -1): void {
    const count = this.of(source) + more
    if (count > 0) this.#counts.set(source, count)
    else this.#counts.delete(source)
  }
}
