/** The globally routable URIs of a user agent, as its registrar gives them: RFC 5627 §4.2. */

import type { Address } from '../syntax/address.js'
import { parseUri, type Uri } from '../syntax/uri.js'

export interface Gruus {
  /** Lasts beyond the registration, and tells the address of record. */
  readonly public: Uri | undefined
  /** Lasts as long as the registration, and tells nothing. */
  readonly temporary: Uri | undefined
}

/** What the bindings in a 2xx say of the instance, as in `urn:uuid:...`; either may be left out. */
export function gruusOf(bindings: readonly Address[], instance: string): Gruus {
  const ours = bindings.filter(({ params }) => params.get('+sip.instance') === `<${instance}>`)
  return { public: uriIn(ours, 'pub-gruu'), temporary: uriIn(ours, 'temp-gruu') }
}

function uriIn(bindings: readonly Address[], name: string): Uri | undefined {
  for (const { params } of bindings) {
    const text = params.get(name)
    const uri = text === undefined ? undefined : parseUri(text)
    if (uri?.isSip) return uri
  }
  return undefined
}
