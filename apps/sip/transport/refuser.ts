/** Answers for a thread that cannot keep up: new work is refused with 503, what belongs to calls goes on (§21.5.4). */

import { type ActorRef, type Behavior, hashOf } from '../../actor/actor.js'
import type { Request } from '../syntax/message.js'
import { parseMessage } from '../syntax/parse.js'
import { createResponse } from '../syntax/response.js'
import type { Received } from './flow.js'
import { refusal } from './refusal.js'

/** A message for the reader of a thread that is behind. */
export interface Excess extends Received {
  readonly reader: ActorRef<Received>
}

/** Seconds after which a client may try again. */
const RETRY_AFTER = 2

export interface RefuserArg {
  /** Told of each request that was refused. */
  readonly refused: () => void
}

export const refuser: Behavior<Excess, RefuserArg> = {
  label: 'refuser',
  init({ refused }, self) {
    return ({ text, source, reader }) => {
      const parsed = parseMessage(text)
      const message = parsed.kind === 'ok' ? parsed.message : undefined
      if (message?.kind !== 'request' || !isNewWork(message)) {
        return self.send(reader, { kind: 'received', text, source })
      }
      refused()
      const response = createResponse(message, 503, {
        toTag: statelessTag(message),
        headers: { 'Retry-After': String(RETRY_AFTER) },
      })
      const { route, text: answer } = refusal(response, source)
      self.send(route.flow, { kind: 'transmit', text: answer, address: route.address, port: route.port })
    }
  },
}

/** §8.2.7: whoever keeps no state derives the tag, so that a repeated request gets the same one. */
function statelessTag(request: Request): string {
  return hashOf(`${request.callId} ${request.from.tag ?? ''} ${request.via.branch ?? ''}`, 0).toString(36)
}

/** Everything else helps calls to end, or transactions that have begun. */
function isNewWork(request: Request): boolean {
  return request.to.tag === undefined && request.method !== 'ACK' && request.method !== 'CANCEL'
}
