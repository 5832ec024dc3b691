/** Which of our sockets a request leaves by, and what its Via and Contact say of us: §18.1.1. */

import type { Target } from '../location/target.js'
import { isReliable, isSecure, type Listener, type Locals, type Route } from './flow.js'
import { placeFor } from './reach.js'
import { inZoneOf } from './zone.js'

/** `sentBy` is host:port for the Via; `route` is the way out. */
export interface Egress {
  readonly sentBy: string
  readonly host: string
  readonly port: number
  readonly route: Route
}

/**
 * The first listener of the target's transport and address family. For a stream a listener of another transport gives
 * the address, since only that is needed; undefined when there is none.
 */
export function egress(locals: Locals, target: Target & Partial<Pick<Route, 'flow'>>): Egress | undefined {
  const { transport, address, port } = target
  const six = address.includes(':')
  const own = listenerFor(locals, target, six)
  if (own === undefined) return undefined
  const flow = target.flow ?? (isReliable(transport) ? locals.connections : own.flow)
  const place = placeFor(own.reach, address)
  const route = { transport, address: six ? inZoneOf(own.address, address) : address, port, flow }
  return {
    sentBy: place.sentBy,
    host: place.host,
    port: place.port,
    route: isSecure(transport) ? { ...route, name: target.name } : route,
  }
}

function listenerFor(
  { listeners }: Locals,
  { transport, flow }: Target & Partial<Pick<Route, 'flow'>>,
  six: boolean,
): Listener | undefined {
  let first: Listener | undefined
  let fitting: Listener | undefined
  for (const each of listeners) {
    if (each.address.includes(':') !== six) continue
    if (each.flow === flow) return each
    first ??= each
    if (each.transport === transport) fitting ??= each
  }
  return fitting ?? (isReliable(transport) ? first : undefined)
}
