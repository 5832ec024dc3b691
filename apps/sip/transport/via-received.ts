/** Says in the top Via of a request where it really came from: §18.2.1, RFC 3581 §4. The only place that does. */

import type { Request } from '../syntax/message.js'
import type { Via } from '../syntax/via.js'
import type { Source } from './flow.js'

export function stampReceived(request: Request, source: Source): Request {
  const stamped = stampedVia(request.via, source)
  return stamped === request.via ? request : request.updateFirst('Via', () => stamped)
}

/** RFC 3581 §4: a client that asks for rport gets received too, even where sent-by tells the truth. */
export function stampedVia(via: Via, source: Source): Via {
  const { port } = source
  const address = withoutZone(source.address)
  if (via.rport !== undefined) return via.with({ received: address, rport: port })
  return via.host === address ? via : via.with({ received: address })
}

/** `fe80::1%eth0` means something on this machine only, and a zone is nothing that a Via can hold. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}
