/** Says in the top Via of a request where it really came from: §18.2.1, RFC 3581 §4. The only place that does. */

import type { Request } from '../syntax/message.js'
import type { Via } from '../syntax/via.js'
import type { Source } from './flow.js'

export function stampReceived(request: Request, source: Source): Request {
  const stamped = stampedVia(request.via, source)
  return stamped === request.via ? request : request.updateFirst('Via', () => stamped)
}

/** RFC 3581 §4: a client that asks for rport gets received too, even where sent-by tells the truth. */
export function stampedVia(via: Via, { address, port }: Source): Via {
  if (via.rport !== undefined) return via.with({ received: address, rport: port })
  return via.host === address ? via : via.with({ received: address })
}
