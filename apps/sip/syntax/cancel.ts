/** CANCEL of a request: §9.1. */

import { createHopRequest } from './ack.js'
import { formField } from './field.js'
import { standardGrammar } from './grammar.js'
import type { Request } from './message.js'

const reasonHeader = standardGrammar.find('Reason')

/**
 * Same Request-URI, Call-ID, To, From, Route and CSeq number, and the top Via alone; `reason` is a value of Reason (RFC 3326).
 * Throws TypeError for ACK and CANCEL.
 */
export function createCancel(request: Request, reason?: string): Request {
  if (request.method === 'ACK' || request.method === 'CANCEL') throw new TypeError(`no CANCEL for ${request.method}`)
  const cancel = createHopRequest('CANCEL', request, undefined)
  return reason === undefined
    ? cancel
    : cancel.withFields([...cancel.fields, formField(reasonHeader, reason, request.grammar.limits)])
}
