/** The last thing done to a request before it leaves this layer: where it goes, and our Via for the way back (§8.1.1.7, §8.1.2). */

import type { Target } from '../location/target.js'
import { Field, formField } from '../syntax/field.js'
import { via as viaHeader } from '../syntax/header/routing.js'
import { newBranch, type Random } from '../syntax/ids.js'
import type { Request } from '../syntax/message.js'
import { createVia, ownVia, type Via } from '../syntax/via.js'
import { type Egress, egress } from '../transport/egress.js'
import { isSecure, type Locals, type Route } from '../transport/flow.js'
import { isMulticast, MULTICAST_TTL } from '../transport/multicast.js'
import { contactLine } from './contact.js'
import { isTargetRefresh } from './dialog.js'
import type { FlowTarget } from './dialog-flow.js'

export type Outgoing =
  | { readonly kind: 'ready'; readonly request: Request; readonly route: Route }
  | { readonly kind: 'nowhere'; readonly reason: string }

/** What a user of its own adds to a request when its way out is known. */
export type Completion = (request: Request, way: Egress) => Request

/** §18.1.1: where the members of a group are to answer to, and how far that may go. */
function groupVia({ transport, address, ttl = MULTICAST_TTL }: Target, { host, port }: Egress, branch: string): Via {
  const params = address.includes(':') ? { maddr: `[${address}]` } : { maddr: address, ttl: String(ttl) }
  return createVia({ transport, host, port, params, branch, rport: true })
}

/** Our Via, which is of parts that are right, and so written at once. */
function ownLine(transport: string, { host, port, sentBy }: Egress, branch: string): Field<Via> {
  const text = `Via: SIP/2.0/${transport} ${sentBy};branch=${branch};rport\r\n`
  const start = viaHeader.prefix.length
  const end = text.length - 2
  return new Field(viaHeader, text, 0, start, end, end, ownVia({ transport, host, port, branch }, text, start, end))
}

/** `request` has no Via yet. One that may open a dialog, or move our end of it, gets our Contact unless it has one. */
export function outgoing(
  request: Request,
  target: FlowTarget,
  locals: Locals | undefined,
  random: Random,
  complete?: Completion,
): Outgoing {
  const isSips = request.uri.isSecure || request.get('Route')?.uri.isSecure === true
  if (isSips && !isSecure(target.transport)) {
    return { kind: 'nowhere', reason: `what is for a sips URI is not sent in clear over ${target.transport} (§26.2.2)` }
  }
  const way = locals === undefined ? undefined : egress(locals, target)
  if (way === undefined) {
    return { kind: 'nowhere', reason: `no listener to send from to ${target.transport} ${target.address}` }
  }
  const { sentBy } = way
  const isGroup = isMulticast(target.address)
  const route = isGroup ? { ...way.route, ttl: target.ttl ?? MULTICAST_TTL } : way.route
  const branch = newBranch(random)
  const via = isGroup
    ? formField(viaHeader, groupVia(target, way, branch), request.grammar.limits)
    : ownLine(target.transport, way, branch)
  const fields: Field[] = [via, ...request.fields]
  if (complete === undefined && needsContact(request)) {
    fields.push(contactLine(request.from.uri.user, sentBy, target.transport, isSips))
  }
  const stamped = request.withFields(fields)
  return { kind: 'ready', request: complete === undefined ? stamped : complete(stamped, way), route }
}

function needsContact(request: Request): boolean {
  return isTargetRefresh(request.method) && !request.has('Contact')
}

/** RFC 3311 §5.1: inside a dialog the Contact has the user that the peer has got of us, be our address another. */
export function contactAs(user: string | undefined): Completion {
  return (request, { sentBy, route }) => {
    if (!needsContact(request)) return request
    const isSips = request.uri.isSecure || request.get('Route')?.uri.isSecure === true
    return request.withFields([...request.fields, contactLine(user, sentBy, route.transport, isSips)])
  }
}
