/** Where a response goes, from the top Via of its request: §18.2.2, RFC 3581 §4. The only place that decides. */

import { numericAddress } from '../location/numeric-address.js'
import { defaultPort } from '../location/target.js'
import type { Via } from '../syntax/via.js'
import { isReliable, isSecure, type Route, type Source } from './flow.js'
import { MULTICAST_TTL } from './multicast.js'

/** `via` is stamped already. On a stream the address is where to connect to should the connection be gone. */
export function responseRoute(via: Via, source: Source): Route {
  const { transport, flow } = source
  const port = via.port ?? defaultPort[transport]
  if (isSecure(transport)) return { transport, flow, address: source.address, port, name: via.host }
  if (isReliable(transport)) return { transport, flow, address: source.address, port }
  if (via.maddr !== undefined) return { transport, flow, address: via.maddr, port, ttl: via.ttl ?? MULTICAST_TTL }
  const back = typeof via.rport === 'number' ? via.rport : port
  const route = { transport, flow, address: source.address, port: back }
  return via.host === source.address || numericAddress(via.host) !== undefined ? route : { ...route, isNamed: true }
}
