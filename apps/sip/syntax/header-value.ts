/**
 * The type of each header's values by canonical name. An application adds its own by declaration merging,
 * and their grammar by `Grammar.extend`.
 */

import type { Input } from './field.js'
import type { AddressHeaders } from './header/address.js'
import type { AuthHeaders } from './header/auth.js'
import type { ContentHeaders } from './header/content.js'
import type { RoutingHeaders } from './header/routing.js'
import type { TextHeaders } from './header/text.js'
import type { TimingHeaders } from './header/timing.js'
import type { ParameterisedHeaders, TokenHeaders } from './header/tokens.js'

export interface HeaderTypes
  extends RoutingHeaders,
    AddressHeaders,
    AuthHeaders,
    ContentHeaders,
    ParameterisedHeaders,
    TextHeaders,
    TimingHeaders,
    TokenHeaders {}

export type HeaderName = keyof HeaderTypes & string

/** Compact names (§7.3.3) by lower case. */
export interface CompactNames {
  v: 'Via'
  f: 'From'
  t: 'To'
  i: 'Call-ID'
  m: 'Contact'
  l: 'Content-Length'
  a: 'Accept-Contact'
  b: 'Referred-By'
  c: 'Content-Type'
  d: 'Request-Disposition'
  e: 'Content-Encoding'
  j: 'Reject-Contact'
  k: 'Supported'
  o: 'Event'
  r: 'Refer-To'
  s: 'Subject'
  u: 'Allow-Events'
  x: 'Session-Expires'
  y: 'Identity'
}

type ByKey = { [Name in HeaderName as Lowercase<Name>]: HeaderTypes[Name] }

/** The value type for a name in any case or compact; octets as a string for names without a type. */
export type HeaderValue<Name extends string> =
  Lowercase<Name> extends keyof ByKey
    ? ByKey[Lowercase<Name>]
    : Lowercase<Name> extends keyof CompactNames
      ? HeaderTypes[CompactNames[Lowercase<Name>]]
      : string

export type HeaderInput<Name extends string> = Input<HeaderValue<Name>>

/** Headers to set by canonical name; headers without a type are given as text. */
export type HeaderInputs = { readonly [Name in HeaderName]?: Input<HeaderTypes[Name]> } & {
  readonly [name: `X-${string}` | `P-${string}`]: unknown
}
