/** The answer of one more branch of a fork, when the call has been answered: acknowledged and hung up on (§13.2.2.4, §15). */

import type { ActorRef, Behavior } from '../../actor/actor.js'
import type { Request, Response } from '../syntax/message.js'
import { withoutHandlers } from './abilities.js'
import { type AckLocated, Acknowledgements } from './acknowledgements.js'
import type { Exit } from './attempts.js'
import type { CoresMsg } from './cores.js'
import { kept, uacDialog } from './dialog.js'
import { completedElsewhere, reasonText } from './reason.js'
import { refusedOffer } from './refused-offer.js'

export type SurplusMsg =
  | AckLocated
  /** The 2xx has come again. */
  | { readonly kind: 'again'; readonly response: Response }
  | { readonly kind: 'over' }

export interface SurplusArg {
  /** That of the branch that answered first: it has of the INVITE what an ACK needs. */
  readonly ack: Request
  readonly response: Response
  /** Of the INVITE: it was for a sips URI; it had no body. */
  readonly isSecure: boolean
  readonly isAsking: boolean
  readonly cores: ActorRef<CoresMsg>
  readonly exit: Exit
}

export const surplus: Behavior<SurplusMsg, SurplusArg> = {
  label: 'surplus answer',
  init({ ack, response, isSecure, isAsking, cores, exit }, self) {
    const acks = new Acknowledgements(exit, undefined, self)
    const dialog = { ...kept(uacDialog(ack, response)), isSecure }
    acks.take(response)
    acks.make(dialog, ack, isAsking && response.body !== '' ? refusedOffer(response.body) : undefined)
    self.send(cores, { kind: 'open', dialog, core: withoutHandlers, isCall: true, auth: undefined })
    self.send(cores, {
      kind: 'order',
      id: dialog.id,
      order: { kind: 'bye', options: { headers: { Reason: reasonText(completedElsewhere) } }, done: () => undefined },
    })
    self.startTimer('over', 64 * exit.context.timers.T1, { kind: 'over' })
    return message => {
      switch (message.kind) {
        case 'ackLocated':
          return acks.located(message)
        case 'again':
          return void acks.take(message.response)
        case 'over':
          return self.stop()
      }
    }
  },
}
