/** Requests too large for UDP go over a transport that controls congestion, with a Via that says so: §18.1.1. */

import type { Request } from '../syntax/message.js'
import { egress } from './egress.js'
import type { Locals, Route } from './flow.js'
import { isMulticast } from './multicast.js'

/** §18.1.1: octets of a request when the path MTU, less 200 for what a response has more, is not known. */
export const LARGEST_DATAGRAM = 1300

export interface Sending {
  readonly request: Request
  readonly route: Route
}

/** The same request over TCP; undefined when it may stay, or has to since its destination is a group. */
export function congestionControlled({ request, route }: Sending, octets: number, locals: Locals): Sending | undefined {
  const { transport, address, port } = route
  if (transport !== 'UDP' || octets <= locals.largestDatagram || isMulticast(address)) return undefined
  const way = egress(locals, { transport: 'TCP', address, port, name: address })
  if (way === undefined) return undefined
  const { host, port: own } = way
  return {
    request: request.updateFirst('Via', via => via.with({ transport: 'TCP', host, port: own })),
    route: { ...way.route, octets },
  }
}

/**
 * §18.1.1: it may go over UDP after all where TCP is refused. RFC 3428 §8: a text outside of a call may not; that the hops
 * behind the first one do the same is what §18.1.1 asks of them.
 */
export function mayFallBack({ method, to }: Request): boolean {
  return method !== 'MESSAGE' || to.tag !== undefined
}
