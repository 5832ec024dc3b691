/** The headers a stack knows, found by name: any case, long or compact (§7.3.1, §7.3.3). Immutable. */

import { isToken } from './char-class.js'
import { defineHeader, type Header } from './header.js'
import { raw } from './header/plain.js'
import { routingHeaders } from './header/routing.js'
import type { HeaderValue } from './header-types.js'
import { defaultLimits, type Limits } from './limits.js'

/** A spelling that peers commonly use, and the header it means. */
interface Spelling {
  readonly text: string
  readonly header: Header<unknown>
}

export class Grammar {
  readonly limits: Limits
  private readonly headers: readonly Header<unknown>[]
  private readonly byName = new Map<string, Header<unknown>>()
  /** Spellings by length and first letter: nearly always one, found without hashing the name. */
  private readonly spellings: (readonly Spelling[] | undefined)[] = Array.from({ length: 1024 }, () => undefined)

  constructor(headers: readonly Header<unknown>[], limits: Limits = defaultLimits) {
    this.headers = headers
    this.limits = limits
    for (const header of headers) {
      this.byName.set(header.name, header)
      this.byName.set(header.key, header)
      this.spell(header.name, header)
      this.spell(header.key, header)
      if (header.compact !== undefined) {
        this.byName.set(header.compact, header)
        this.spell(header.compact, header)
      }
    }
  }

  /** Adds headers, or replaces those of the same name. */
  extend(headers: readonly Header<unknown>[]): Grammar {
    return new Grammar([...this.headers.filter(old => !headers.some(header => header.key === old.key)), ...headers], this.limits)
  }

  withLimits(limits: Partial<Limits>): Grammar {
    return new Grammar(this.headers, { ...this.limits, ...limits })
  }

  /** The header of that name; one of raw text when unknown. Throws TypeError when it is no name. */
  find<Name extends string>(name: Name): Header<HeaderValue<Name>>
  find(name: string): Header<unknown> {
    return this.byName.get(name) ?? this.byName.get(name.toLowerCase()) ?? unknownHeader(name)
  }

  /** The header whose name stands between two indexes of a message; undefined when it is not a name. */
  lookup(text: string, start: number, end: number): Header<unknown> | undefined {
    const name = text.substring(start, end)
    const spellings = this.spellings[slot(name)]
    if (spellings !== undefined) {
      for (const spelling of spellings) if (spelling.text === name) return spelling.header
    }
    const header = this.byName.get(name.toLowerCase())
    return header ?? (isToken(name) ? unknownHeader(name) : undefined)
  }

  private spell(text: string, header: Header<unknown>): void {
    const at = slot(text)
    this.spellings[at] = [...(this.spellings[at] ?? []).filter(other => other.text !== text), { text, header }]
  }
}

function slot(name: string): number {
  return ((name.length & 31) << 5) | (name.charCodeAt(0) & 31)
}

/** An unknown header is kept as it is, one value per line, for its commas may mean anything: §7.3.2. */
function unknownHeader(name: string): Header<unknown> {
  if (!isToken(name)) throw new TypeError(`not a header name: ${JSON.stringify(name)}`)
  return defineHeader<string>(name, 'lines', raw)
}

export const standardGrammar: Grammar = new Grammar(routingHeaders)
