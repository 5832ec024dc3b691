/** Headers made of tokens, with parameters or without. */

import { defineHeader, type Header } from '../header.js'
import { type Parameterised, tokenWithParams, wordWithParams } from '../parameterised.js'
import { printable, token, word } from './plain.js'

export interface TokenHeaders {
  Allow: string
  'Allow-Events': string
  'In-Reply-To': string
  Priority: string
  'Proxy-Require': string
  'Request-Disposition': string
  Require: string
  'Resource-Priority': string
  'SIP-ETag': string
  'SIP-If-Match': string
  Supported: string
  'Suppress-If-Match': string
  Unsupported: string
  Identity: string
}

export interface ParameterisedHeaders {
  'Accept-Contact': Parameterised
  Event: Parameterised
  'Feature-Caps': Parameterised
  'Info-Package': Parameterised
  Join: Parameterised
  'P-Access-Network-Info': Parameterised
  'P-Early-Media': Parameterised
  Reason: Parameterised
  'Recv-Info': Parameterised
  'Refer-Sub': Parameterised
  'Reject-Contact': Parameterised
  Replaces: Parameterised
  'Security-Client': Parameterised
  'Security-Server': Parameterised
  'Security-Verify': Parameterised
  'Session-ID': Parameterised
  'Subscription-State': Parameterised
  'Target-Dialog': Parameterised
  'User-to-User': Parameterised
}

export const allow: Header<string> = defineHeader('Allow', 'list', token)
export const require: Header<string> = defineHeader('Require', 'list', token)
export const proxyRequire: Header<string> = defineHeader('Proxy-Require', 'list', token)
export const supported: Header<string> = defineHeader('Supported', 'list', token, { compact: 'k' })

export const tokenHeaders: readonly Header<unknown>[] = [
  allow,
  require,
  proxyRequire,
  supported,
  defineHeader('Allow-Events', 'list', token, { compact: 'u' }), // RFC 6665
  defineHeader('In-Reply-To', 'list', word),
  defineHeader('Identity', 'one', printable, { compact: 'y' }), // RFC 8224
  defineHeader('Priority', 'one', token),
  defineHeader('Request-Disposition', 'list', token, { compact: 'd' }), // RFC 3841
  defineHeader('Resource-Priority', 'list', token), // RFC 4412
  defineHeader('SIP-ETag', 'one', token), // RFC 3903
  defineHeader('SIP-If-Match', 'one', token), // RFC 3903
  defineHeader('Suppress-If-Match', 'one', token), // RFC 5839
  defineHeader('Unsupported', 'list', token),
]

export const parameterisedHeaders: readonly Header<unknown>[] = [
  defineHeader('Accept-Contact', 'list', tokenWithParams, { compact: 'a' }), // RFC 3841
  defineHeader('Event', 'one', tokenWithParams, { compact: 'o' }), // RFC 6665
  defineHeader('Feature-Caps', 'list', tokenWithParams), // RFC 6809
  defineHeader('Info-Package', 'one', tokenWithParams), // RFC 6086
  defineHeader('Join', 'one', wordWithParams), // RFC 3911
  defineHeader('P-Access-Network-Info', 'list', tokenWithParams), // RFC 7315 §4.4
  defineHeader('P-Early-Media', 'list', tokenWithParams), // RFC 5009
  defineHeader('Reason', 'list', tokenWithParams), // RFC 3326
  defineHeader('Recv-Info', 'list', tokenWithParams), // RFC 6086
  defineHeader('Refer-Sub', 'one', tokenWithParams), // RFC 4488
  defineHeader('Reject-Contact', 'list', tokenWithParams, { compact: 'j' }), // RFC 3841
  defineHeader('Replaces', 'one', wordWithParams), // RFC 3891
  defineHeader('Security-Client', 'list', tokenWithParams), // RFC 3329
  defineHeader('Security-Server', 'list', tokenWithParams), // RFC 3329
  defineHeader('Security-Verify', 'list', tokenWithParams), // RFC 3329
  defineHeader('Session-ID', 'one', tokenWithParams), // RFC 7329
  defineHeader('Subscription-State', 'one', tokenWithParams), // RFC 6665
  defineHeader('Target-Dialog', 'one', wordWithParams), // RFC 4538
  defineHeader('User-to-User', 'list', wordWithParams), // RFC 7433
]
