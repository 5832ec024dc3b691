/** Our own address in a dialog: where the peer sends its next requests (§8.1.1.8, §12.1.1). */

import type { Address } from '../syntax/address.js'
import { type Field, formField, trustedField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import { contact } from '../syntax/header/routing.js'
import type { Request } from '../syntax/message.js'
import { toUri, type Uri } from '../syntax/uri.js'
import { isSecure, type Source, type TransportName } from '../transport/flow.js'

/** Most users need no escapes. */
const plain = /^[\w.-]+$/

/**
 * The Contact line. `local` is host:port of our end; the transport is named unless it is the default. Where the way is
 * secure and `asked`, it is a sips URI (§8.1.1.8, §12.1.1).
 */
export function contactLine(
  user: string | undefined,
  local: string,
  transport: TransportName,
  asked: boolean,
): Field<Address> {
  const name = user === undefined ? '' : `${plain.test(user) ? user : encodeURIComponent(user)}@`
  const isSips = asked && isSecure(transport)
  const scheme = isSips ? 'sips' : 'sip'
  // RFC 7118 §5: a sips URI says ws for what the Via calls WSS; TLS goes without saying.
  const named = isSips ? { UDP: '', TCP: '', TLS: '', WS: 'ws', WSS: 'ws' }[transport] : transport.toLowerCase()
  const parameter = named === '' || transport === 'UDP' ? '' : `;transport=${named}`
  return trustedField(contact, `<${scheme}:${name}${local}${parameter}>`)
}

/** The Contact line of whoever says where it is. Throws TypeError for what is no URI. */
export function givenContact(uri: string | Uri): Field<Address> {
  return formField(contact, `<${toUri(uri)}>`, standardGrammar.limits)
}

/** The Contact line in an answer of whoever may say where it is. Throws TypeError for what is no URI. */
export function ownContact(
  { contact: given }: { readonly contact?: string | Uri },
  received: { readonly request: Request; readonly source: Source },
): Field<Address> {
  return given === undefined ? contactFor(received) : givenContact(given)
}

/** The address in the answer to what came (§12.1.1): where it came to. */
function contactFor({ request, source }: { readonly request: Request; readonly source: Source }): Field<Address> {
  return contactLine(request.uri.user, source.local, source.transport, asksForSips(request))
}

/** §12.1.1: whether the answer to a request that opens a dialog has to have a sips Contact. */
function asksForSips(request: Request): boolean {
  const way = request.get('Record-Route') ?? request.get('Contact')
  return request.uri.isSecure || way?.uri.isSecure === true
}
