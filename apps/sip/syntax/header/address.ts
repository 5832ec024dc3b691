/** Headers that hold addresses and do not route the message itself. */

import type { Address } from '../address.js'
import { defineHeader, type Header } from '../header.js'
import { address } from './routing.js'

export interface AddressHeaders {
  'Alert-Info': Address
  'Call-Info': Address
  Diversion: Address
  'Error-Info': Address
  Geolocation: Address
  'History-Info': Address
  'P-Asserted-Identity': Address
  'P-Associated-URI': Address
  'P-Called-Party-ID': Address
  'P-Preferred-Identity': Address
  'P-Profile-Key': Address
  'P-Served-User': Address
  Path: Address
  'Refer-To': Address
  'Referred-By': Address
  'Reply-To': Address
  'Service-Route': Address
}

export const addressHeaders: readonly Header<unknown>[] = [
  defineHeader('Alert-Info', 'list', address),
  defineHeader('Call-Info', 'list', address),
  defineHeader('Diversion', 'rows', address), // RFC 5806
  defineHeader('Error-Info', 'list', address),
  defineHeader('Geolocation', 'list', address), // RFC 6442
  defineHeader('History-Info', 'rows', address), // RFC 7044
  defineHeader('P-Asserted-Identity', 'rows', address), // RFC 3325
  defineHeader('P-Associated-URI', 'rows', address), // RFC 7315 §4.1
  defineHeader('P-Called-Party-ID', 'one', address), // RFC 7315 §4.2
  defineHeader('P-Preferred-Identity', 'rows', address), // RFC 3325
  defineHeader('P-Profile-Key', 'one', address), // RFC 5002
  defineHeader('P-Served-User', 'one', address), // RFC 5502
  defineHeader('Path', 'rows', address), // RFC 3327
  defineHeader('Refer-To', 'one', address, { compact: 'r' }), // RFC 3515
  defineHeader('Referred-By', 'one', address, { compact: 'b' }), // RFC 3892
  defineHeader('Reply-To', 'one', address),
  defineHeader('Service-Route', 'rows', address), // RFC 3608
]
