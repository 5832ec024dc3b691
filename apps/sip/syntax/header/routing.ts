/** The headers that decide where a message belongs: §8.1.1, §20. */

import { type Address, parseAddress, wildcard } from '../address.js'
import { type CSeq, formatCSeq, parseCSeq } from '../cseq.js'
import type { Cursor } from '../cursor.js'
import { defineHeader, type Header, type HeaderGrammar } from '../header.js'
import { parseVia, type Via } from '../via.js'
import { number, printable } from './plain.js'

export const FROM = 1
export const TO = 2
export const CALL_ID = 4
export const CSEQ = 8
export const MAX_FORWARDS = 16
export const CONTENT_LENGTH = 32
export const VIA = 64

export const address: HeaderGrammar<Address> = { parse: parseAddress, format: value => value.toString(), checked: true }

const contactAddress: HeaderGrammar<Address> = {
  parse: (cursor: Cursor): Address | undefined => {
    if (cursor.peek() !== 42) return parseAddress(cursor)
    cursor.at++
    return wildcard
  },
  format: value => value.toString(),
  checked: true,
}

export const via: Header<Via> = defineHeader(
  'Via',
  'rows',
  { parse: parseVia, format: value => value.toString(), checked: true },
  { compact: 'v', routing: VIA },
)
export const from: Header<Address> = defineHeader('From', 'one', address, { compact: 'f', routing: FROM })
export const to: Header<Address> = defineHeader('To', 'one', address, { compact: 't', routing: TO })
export const callId: Header<string> = defineHeader('Call-ID', 'one', printable, { compact: 'i', routing: CALL_ID })
export const cseq: Header<CSeq> = defineHeader(
  'CSeq',
  'one',
  { parse: parseCSeq, format: formatCSeq, checked: true },
  { routing: CSEQ },
)
export const maxForwards: Header<number> = defineHeader('Max-Forwards', 'one', number(255), { routing: MAX_FORWARDS })
export const contentLength: Header<number> = defineHeader('Content-Length', 'one', number(Number.MAX_SAFE_INTEGER), {
  compact: 'l',
  routing: CONTENT_LENGTH,
})
export const contact: Header<Address> = defineHeader('Contact', 'rows', contactAddress, { compact: 'm' })
export const route: Header<Address> = defineHeader('Route', 'rows', address)
export const recordRoute: Header<Address> = defineHeader('Record-Route', 'rows', address)

export interface RoutingHeaders {
  'Call-ID': string
  CSeq: CSeq
  Contact: Address
  'Content-Length': number
  From: Address
  'Max-Forwards': number
  'Record-Route': Address
  Route: Address
  To: Address
  Via: Via
}

export const routingHeaders: readonly Header<unknown>[] = [
  via,
  from,
  to,
  callId,
  cseq,
  maxForwards,
  contentLength,
  contact,
  route,
  recordRoute,
]
