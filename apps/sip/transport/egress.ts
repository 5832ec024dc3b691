/** Which of our sockets a request leaves by, and what its Via and Contact say of us: §18.1.1. */

import type { Target } from '../location/target.js'
import { hostPort, isReliable, isSecure, type Locals, type Route } from './flow.js'
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
  const six = target.address.includes(':')
  const family = locals.listeners.filter(each => each.address.includes(':') === six)
  const { transport, address, port } = target
  const own =
    family.find(each => each.flow === target.flow) ??
    family.find(each => each.transport === transport) ??
    (isReliable(transport) ? family[0] : undefined)
  if (own === undefined) return undefined
  const flow = target.flow ?? (isReliable(transport) ? locals.connections : own.flow)
  const place = placeFor(own.reach, address)
  const route = { transport, address: six ? inZoneOf(own.address, address) : address, port, flow }
  return {
    sentBy: hostPort(place.host, place.port),
    host: place.host,
    port: place.port,
    route: isSecure(transport) ? { ...route, name: target.name } : route,
  }
}
