/** Says in the top Via of a request where it really came from: §18.2.1, RFC 3581 §4. The only place that does. */

import type { Request } from '../syntax/message.js'
import { Via } from '../syntax/via.js'
import type { Source } from './flow.js'
import { withoutZone } from './zone.js'

export function stampReceived(request: Request, source: Source): Request {
  const stamped = stampedVia(request.via, source)
  return stamped === request.via ? request : request.updateFirst('Via', () => stamped)
}

/** RFC 3581 §4: a client that asks for rport gets received too, even where sent-by tells the truth. */
export function stampedVia(via: Via, source: Source): Via {
  const address = withoutZone(source.address)
  const asks = via.params.has('rport')
  if (!asks && via.host === address) return via
  const received = via.params.withPlain('received', address)
  const params = asks ? received.withPlain('rport', String(source.port)) : received
  // Nothing before the parameters changes, so that it need not be written and checked once more.
  const written = via.toString()
  const end = written.indexOf(';')
  const text = `${end < 0 ? written : written.slice(0, end)}${params.toString()}`
  return new Via(via.protocol, via.version, via.transport, via.host, via.port, params, text, 0, text.length)
}
