/** First targets as they were found before: most requests go where others went, and all that they need of a plan is its first step. */

import { TextTable } from '../../actor/actor.js'
import type { Uri } from '../syntax/uri.js'
import type { Located, Means } from './locator.js'

interface Entry {
  readonly means: Means
  /** In ms: when the first of the answers that led to them is too old. */
  readonly until: number
  /** By draw. */
  readonly located: (Located | undefined)[]
}

/** Domains; with more of them all begin anew. */
const MOST_KEYS = 256

/** All of a URI that matters for where it leads. */
export function placeKey(uri: Uri): string {
  const transport = uri.params.get('transport') ?? ''
  const maddr = uri.params.get('maddr') ?? ''
  return `${uri.isSip ? '' : '?'}${uri.isSecure ? 's' : ''}:${uri.host}:${uri.port ?? ''};${transport};${maddr}`
}

export class FirstTargets {
  readonly #seed: number
  #entries: TextTable<Entry>

  constructor(seed: number) {
    this.#seed = seed
    this.#entries = new TextTable(seed)
  }

  get(key: string, draw: number, means: Means, now: number): Located | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.until > now && entry.means === means ? entry.located[draw] : undefined
  }

  put(key: string, draw: number, means: Means, until: number, now: number, located: Located): void {
    const before = this.#entries.get(key)
    if (before !== undefined && before.until > now && before.until <= until && before.means === means) {
      before.located[draw] = located
      return
    }
    if (this.#entries.size >= MOST_KEYS) this.clear()
    const entry: Entry = { means, until, located: [] }
    entry.located[draw] = located
    this.#entries.set(key, entry)
  }

  clear(): void {
    this.#entries = new TextTable(this.#seed)
  }
}
