/** The ACK for a final response other than 2xx, made by the client transaction: §17.1.1.3. */

import { type Field, formField, formList } from './field.js'
import { CALL_ID, cseq, FROM, MAX_FORWARDS, maxForwards, route, TO, via } from './header/routing.js'
import { isOf } from './headers.js'
import { Request, type Response } from './message.js'

/**
 * The ACK of an INVITE and the response it answers. Throws TypeError when the request is no INVITE.
 */
export function createAck(invite: Request, response: Response): Request {
  if (invite.method !== 'INVITE') throw new TypeError(`no ACK for ${invite.method}`)
  const to = response.fields.find(field => field.header.routing === TO)
  return withCredentials(createHopRequest('ACK', invite, to), invite)
}

/** §22.1: nobody can ask an ACK for credentials, so it brings those of its INVITE. */
export function withCredentials(ack: Request, invite: Request): Request {
  const fields = invite.fields.filter(isCredentials)
  return fields.length === 0 ? ack : ack.withFields([...ack.fields, ...fields])
}

function isCredentials({ header }: Field): boolean {
  return header.key === 'authorization' || header.key === 'proxy-authorization'
}

/** A request for the next hop only: one Via, and what of the request decides its way. */
export function createHopRequest(method: 'ACK' | 'CANCEL', request: Request, toField: Field | undefined): Request {
  const { grammar } = request
  const fields: Field[] = [topVia(request)]
  let hops: Field | undefined
  for (const field of request.fields) {
    const { routing } = field.header
    if (routing === MAX_FORWARDS) hops = field
    if ((routing & (FROM | CALL_ID | MAX_FORWARDS)) !== 0 || isOf(field, route)) fields.push(field)
    else if (routing === TO) fields.push(toField ?? field)
  }
  if (hops === undefined) fields.push(formField(maxForwards, 70, grammar.limits))
  fields.push(formField(cseq, { number: request.cseq.number, method }, grammar.limits))
  return new Request({ method, uri: request.uri }, { fields, body: '', grammar })
}

/** The first Via value in a line of its own. */
function topVia(request: Request): Field {
  const line = request.fields.find(field => isOf(field, via))
  const values = line !== undefined && isOf(line, via) ? line.values(request.grammar.limits) : []
  return line !== undefined && values.length === 1 ? line : formList(via, [request.via])
}
