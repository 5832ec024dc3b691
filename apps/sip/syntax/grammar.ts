/** The headers a stack knows, found by name: any case, long or compact (§7.3.1, §7.3.3). Immutable. */

import { isToken } from './char-class.js'
import { addressHeaders } from './header/address.js'
import { authHeaders } from './header/auth.js'
import { contentHeaders } from './header/content.js'
import { raw } from './header/plain.js'
import { routingHeaders } from './header/routing.js'
import { textHeaders } from './header/text.js'
import { timingHeaders } from './header/timing.js'
import { parameterisedHeaders, tokenHeaders } from './header/tokens.js'
import { defineHeader, type Header } from './header.js'
import type { HeaderValue } from './header-value.js'
import { defaultLimits, type Limits } from './limits.js'
import { NameTrie } from './name-trie.js'

export class Grammar {
  readonly limits: Limits
  private readonly headers: readonly Header<unknown>[]
  private readonly byName = new Map<string, Header<unknown>>()
  private readonly names: NameTrie

  constructor(headers: readonly Header<unknown>[], limits: Limits = defaultLimits) {
    this.headers = headers
    this.limits = limits
    const names: [string, number][] = []
    for (const [index, header] of headers.entries()) {
      this.byName.set(header.name, header)
      this.byName.set(header.key, header)
      names.push([header.key, index])
      if (header.compact === undefined) continue
      this.byName.set(header.compact, header)
      names.push([header.compact, index])
    }
    this.names = new NameTrie(names)
  }

  /** Adds headers, or replaces those of the same name. */
  extend(headers: readonly Header<unknown>[]): Grammar {
    return new Grammar(
      [...this.headers.filter(old => !headers.some(header => header.key === old.key)), ...headers],
      this.limits,
    )
  }

  withLimits(limits: Partial<Limits>): Grammar {
    return new Grammar(this.headers, { ...this.limits, ...limits })
  }

  /** The header of that name; one of raw text when unknown. Throws TypeError when it is no name. */
  find<Name extends string>(name: Name): Header<HeaderValue<Name>>
  find(name: string): Header<unknown> {
    return this.byName.get(name) ?? this.byName.get(name.toLowerCase()) ?? unknownHeader(name)
  }

  /** A handle to the known header whose name starts at `at` and is followed by a colon; 0 when it is not known. */
  recognise(text: string, at: number): number {
    return this.names.find(text, at)
  }

  /** The header of a handle, or undefined when it names none. */
  recognised(handle: number): Header<unknown> | undefined {
    return this.headers[this.names.indexOf(handle)]
  }

  /** The length of the name that a handle was got for. */
  recognisedLength(handle: number): number {
    return this.names.lengthOf(handle)
  }
}

/** An unknown header is kept as it is, one value per line, for its commas may mean anything: §7.3.2. */
function unknownHeader(name: string): Header<unknown> {
  if (!isToken(name)) throw new TypeError(`not a header name: ${JSON.stringify(name)}`)
  return defineHeader<string>(name, 'lines', raw, { known: false })
}

export const standardGrammar: Grammar = new Grammar([
  ...routingHeaders,
  ...addressHeaders,
  ...authHeaders,
  ...contentHeaders,
  ...parameterisedHeaders,
  ...textHeaders,
  ...timingHeaders,
  ...tokenHeaders,
])
