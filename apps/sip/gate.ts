/** Where the shards report to on the main thread. */

import type { ActorRef, Behavior } from '../actor/actor.js'
import type { Complaint } from './core/context.js'
import type { ReplacementMsg } from './core/replacement-place.js'
import type { DialogWatchers } from './dialog-watchers.js'
import type { Intake } from './intake.js'
import type { GateMsg } from './shard-node.js'

export interface GateArg {
  readonly intake: Intake
  readonly complain: (complaint: Complaint) => void
  readonly dialogs: DialogWatchers
  readonly cores: () => ActorRef<ReplacementMsg>
}

export const gate: Behavior<GateMsg, GateArg> = {
  label: 'gate',
  init({ intake, complain, dialogs, cores }, self) {
    return message => {
      switch (message.kind) {
        case 'opened':
          return intake.inlet.open(message.slot, message.reader)
        case 'load':
          return intake.overload.report(message.slot, message.load)
        case 'complaint':
          return complain(message.complaint)
        case 'dialog':
          return dialogs.tell(message.slot, message.happening)
        case 'replaceable':
        case 'replaced':
          return self.send(cores(), message)
      }
    }
  },
}
