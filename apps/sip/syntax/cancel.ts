/** CANCEL of a request: §9.1. */

import { createHopRequest } from './ack.js'
import type { Request } from './message.js'

/** Same Request-URI, Call-ID, To, From, Route and CSeq number, and the top Via alone. Throws TypeError for ACK and CANCEL. */
export function createCancel(request: Request): Request {
  if (request.method === 'ACK' || request.method === 'CANCEL') throw new TypeError(`no CANCEL for ${request.method}`)
  return createHopRequest('CANCEL', request, undefined)
}
