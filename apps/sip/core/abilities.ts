/**
 * What an INVITE of ours says of what we allow, support and want, and an OPTIONS of what it takes: §11.1, §13.2.1, RFC 3262 §4,
 * RFC 4028 §7.1, RFC 6086 §5.2.3.
 */

import { type Field, trustedField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import { givenContact } from './contact.js'
import { allowLine, type Core, callCore } from './core.js'
import { recvInfoLine } from './info-packages.js'
import { type DialogHolder, replacesText } from './refer-to.js'
import { askedHeaders, type SessionTimer } from './session-interval.js'

interface Wishes {
  readonly reliable?: 'required' | 'unsupported'
  readonly sessionTimer?: SessionTimer | false
  readonly replaces?: DialogHolder
  readonly infoPackages?: readonly string[]
  readonly contact?: string | Uri
}

/** Of calls whose peer may ask for nothing. */
export const withoutHandlers: Core = callCore({})

const allowedWithout = allowLine(withoutHandlers)
const supported = standardGrammar.find('Supported')
const supportsBoth = trustedField(supported, '100rel, timer')
const supportsReliable = trustedField(supported, '100rel')
const supportsTimer = trustedField(supported, 'timer')

/** What goes into an INVITE unless the application has said it. */
export function abilityLines(core: Core, { reliable, sessionTimer, contact }: Wishes): readonly Field[] {
  const lines = [core === withoutHandlers ? allowedWithout : allowLine(core)]
  const tags = supportedLine(reliable === undefined, sessionTimer !== false)
  if (tags !== undefined) lines.push(tags)
  if (contact !== undefined) lines.push(givenContact(contact))
  return lines
}

/** The INVITE of an application with all that, where it has not said it. */
export function able(invite: Request, core: Core, wishes: Wishes): Request {
  const lines = abilityLines(core, wishes).filter(({ header }) => !invite.has(header.name))
  return wishing(lines.length === 0 ? invite : invite.withFields([...invite.fields, ...lines]), wishes)
}

/** The INVITE with what is asked for, whatever else the application says. */
export function wishing(invite: Request, { reliable, sessionTimer, replaces, infoPackages }: Wishes): Request {
  const plain = infoPackages === undefined ? invite : invite.withFields([...invite.fields, recvInfoLine(infoPackages)])
  const told = sessionTimer ? plain.with({ headers: askedHeaders(sessionTimer) }) : plain
  const sure = reliable === 'required' ? told.append('Require', '100rel') : told
  return replaces === undefined ? sure : sure.set('Replaces', replacesText(replaces)).append('Require', 'replaces')
}

/** §11.1: in which form an OPTIONS wants what it asks for, where nobody has said it. */
export function acceptingHeaders(method: string, headers: HeaderInputs | undefined): HeaderInputs | undefined {
  if (method !== 'OPTIONS') return headers
  const isSaid = headers !== undefined && Object.keys(headers).some(name => name.toLowerCase() === 'accept')
  return isSaid ? headers : { ...headers, Accept: 'application/sdp' }
}

function supportedLine(isReliable: boolean, isTimed: boolean): Field | undefined {
  if (isReliable) return isTimed ? supportsBoth : supportsReliable
  return isTimed ? supportsTimer : undefined
}
