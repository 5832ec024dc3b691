/** Where the shards report to on the main thread. */

import type { Behavior } from '../actor/actor.js'
import type { Complaint } from './core/context.js'
import type { GateMsg } from './shard-node.js'
import type { Inlet } from './transport/inlet.js'

export interface GateArg {
  readonly inlet: Inlet
  readonly complain: (complaint: Complaint) => void
}

export const gate: Behavior<GateMsg, GateArg> = {
  label: 'gate',
  init({ inlet, complain }) {
    return message => {
      switch (message.kind) {
        case 'opened':
          return inlet.open(message.slot, message.reader)
        case 'complaint':
          return complain(message.complaint)
      }
    }
  },
}
