/** When two URIs are the same: §19.1.4; tel URIs by RFC 3966 §5. Not transitive, so not made for keys: see `addressOfRecord`. */

import { decodeEscapes } from './escape.js'
import type { Params } from './params.js'
import { parseTel, telEquals } from './tel-uri.js'
import type { Uri } from './uri.js'

/** Those that do not match a URI without them, whatever their value; all others are ignored when one has them not. */
const decisive: readonly string[] = ['transport', 'user', 'ttl', 'method', 'maddr']

export function uriEquals(one: Uri, other: Uri): boolean {
  if (one.scheme !== other.scheme) return false
  if (!one.isSip) return opaqueEquals(one, other)
  return (
    one.port === other.port &&
    one.host.toLowerCase() === other.host.toLowerCase() &&
    normalise(one.rawUser) === normalise(other.rawUser) &&
    normalise(one.rawPassword) === normalise(other.rawPassword) &&
    paramsEqual(one.params, other.params) &&
    headersEqual(one, other)
  )
}

/** The key of an address-of-record in a location service: §10.3 item 5. No parameters, no escapes, host in lower case. */
export function addressOfRecord(uri: Uri): string {
  if (!uri.isSip) return `${uri.scheme}:${uri.opaque}`
  const user = uri.user === undefined ? '' : `${uri.user}@`
  const port = uri.port === undefined ? '' : `:${uri.port}`
  return `${uri.scheme}:${user}${uri.host.toLowerCase()}${port}`
}

function opaqueEquals(one: Uri, other: Uri): boolean {
  const first = parseTel(one)
  const second = parseTel(other)
  return first !== undefined && second !== undefined ? telEquals(first, second) : one.opaque === other.opaque
}

/** An escape is the same as its character, unless the character is reserved: then it would mean something else. */
function normalise(raw: string | undefined): string | undefined {
  if (raw === undefined || !raw.includes('%')) return raw
  return raw.replaceAll(/%[0-9a-fA-F]{2}/g, octet => {
    const char = decodeEscapes(octet)
    return ';/?:@&=+$,'.includes(char) ? octet.toUpperCase() : char
  })
}

function paramsEqual(one: Params, other: Params): boolean {
  for (const name of decisive) if (one.has(name) !== other.has(name)) return false
  for (const [name, value] of one.rawEntries()) {
    if (other.has(name) && normalise(value)?.toLowerCase() !== normalise(other.getRaw(name))?.toLowerCase())
      return false
  }
  return true
}

function headersEqual(one: Uri, other: Uri): boolean {
  const first = sortedHeaders(one)
  const second = sortedHeaders(other)
  return first.length === second.length && first.every((header, at) => header === second[at])
}

function sortedHeaders(uri: Uri): readonly string[] {
  return uri.headers.map(([name, value]) => `${name.toLowerCase()}=${value}`).sort()
}
