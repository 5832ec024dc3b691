/** Our own address in a dialog: where the peer sends its next requests (§8.1.1.8, §12.1.1). */

import type { Address } from '../syntax/address.js'
import { type Field, trustedField } from '../syntax/field.js'
import { contact } from '../syntax/header/routing.js'
import type { TransportName } from '../transport/flow.js'

/** The Contact line. `local` is host:port of our end; the transport is named unless it is the default. */
export function contactLine(user: string | undefined, local: string, transport: TransportName): Field<Address> {
  const name = user === undefined ? '' : `${encodeURIComponent(user)}@`
  const parameter = transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`
  return trustedField(contact, `<sip:${name}${local}${parameter}>`)
}
