/** Our own address in a dialog: where the peer sends its next requests (§8.1.1.8, §12.1.1). */

import { type Address, createAddress } from '../syntax/address.js'
import type { TransportName } from '../transport/flow.js'

/** `local` is host:port of our end; the transport is named unless it is the default. */
export function localContact(user: string | undefined, local: string, transport: TransportName): Address {
  const name = user === undefined ? '' : `${encodeURIComponent(user)}@`
  const parameter = transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`
  return createAddress({ uri: `sip:${name}${local}${parameter}` })
}
