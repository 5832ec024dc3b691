/** The syntax layer as an actor: texts in, messages up, owed refusals down. */

import type { ActorRef, Behavior } from '../../actor/actor.js'
import { faultResponse } from '../syntax/fault-response.js'
import { parseMessage } from '../syntax/parse.js'
import { countParsed, type SyntaxCounters } from '../syntax/syntax-counters.js'
import type { Received } from './flow.js'
import type { TransportMsg } from './transport.js'

export interface ReaderArg {
  readonly transport: ActorRef<TransportMsg>
  readonly counters: SyntaxCounters
}

export const reader: Behavior<Received, ReaderArg> = {
  label: 'syntax',
  init({ transport, counters }, self) {
    return ({ text, source }) => {
      const parsed = parseMessage(text)
      countParsed(counters, parsed)
      switch (parsed.kind) {
        case 'ok':
          return self.send(transport, { kind: 'incoming', message: parsed.message, source })
        case 'keepalive':
          return
        case 'fault': {
          const response = faultResponse(parsed.fault)
          if (response !== undefined) self.send(transport, { kind: 'refuse', response, source })
        }
      }
    }
  },
}
