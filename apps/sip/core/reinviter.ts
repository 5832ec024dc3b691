/** The user of an INVITE client transaction inside a confirmed dialog: §14.1. It lives until no repeated 2xx can come. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { ClientOrder as TransactionOrder } from '../transaction/transaction-user.js'
import { type AckLocated, Acknowledgements } from './acknowledgements.js'
import { Attempts, type AttemptsArg, type AttemptsMsg, type AttemptsOrder } from './attempts.js'
import type { Outcome } from './call.js'
import { outcomeOf } from './client.js'
import { type Dialog, refreshed } from './dialog.js'

type ReinviterMsg = AttemptsMsg | AckLocated | { readonly kind: 'over' } | { readonly kind: 'unanswered' }

/** A re-INVITE to send. */
export interface ReinviterOrder extends AttemptsOrder {
  /** As it is when the request is made. */
  readonly dialog: Dialog
  /** Told once. */
  readonly done: (outcome: Outcome) => void
}

/** ms that the peer may think about it. */
const PATIENCE = 180_000

export const reinviter: Behavior<ReinviterMsg, ReinviterOrder & AttemptsArg> = {
  label: 'reinviter',
  init(arg, self) {
    return new Reinviter(arg, self).receive
  },
}

class Reinviter {
  readonly #arg: ReinviterOrder & AttemptsArg
  readonly #self: Self<ReinviterMsg>
  readonly #attempts: Attempts
  readonly #acks: Acknowledgements
  #transaction: ActorRef<TransactionOrder> | undefined
  #isCancelled = false
  #isSettled = false

  constructor(arg: ReinviterOrder & AttemptsArg, self: Self<ReinviterMsg>) {
    this.#arg = arg
    this.#self = self
    this.#attempts = new Attempts(arg, self)
    this.#acks = new Acknowledgements(arg, self)
    self.defer(() => this.#settle({ kind: 'transportError', reason: 'the stack was closed' }))
    self.startTimer('unanswered', PATIENCE, { kind: 'unanswered' })
    this.#attempts.begin()
  }

  readonly receive: Receive<ReinviterMsg> = message => {
    switch (message.kind) {
      case 'located':
        return this.#attempts.located(message.result)
      case 'authorised':
        return this.#attempts.authorised(message.challenge, message.isAnswerable)
      case 'resumed':
        return this.#attempts.resumed(message.another)
      case 'ackLocated':
        return this.#acks.located(message)
      case 'unanswered':
        return this.#unanswered()
      case 'over':
        return this.#self.stop()
      case 'response':
      case 'timeout':
      case 'transportError': {
        if (message.kind === 'response' && message.response.isSuccess) return this.#accepted(message.response)
        if (this.#acks.size > 0 || this.#attempts.isRetried(message)) return
        if (message.kind === 'response') this.#transaction = message.transaction
        const outcome = outcomeOf(message)
        if (outcome === undefined) return
        this.#settle(outcome)
        return this.#self.stop()
      }
    }
  }

  /** §13.2.2.4: each 2xx is acknowledged, a repeated one with the same ACK. */
  #accepted(response: Response): void {
    if (response.to.tag !== this.#arg.dialog.remoteTag || !this.#acks.take(response)) return
    this.#acks.make(refreshed(this.#arg.dialog, response), this.#attempts.request, undefined)
    this.#self.stopTimer('unanswered')
    this.#self.startTimer('over', 64 * this.#arg.context.timers.T1, { kind: 'over' })
    this.#settle({ kind: 'answered', response })
  }

  /** §9.1: cancelled first, then given up. */
  #unanswered(): void {
    if (this.#transaction === undefined || this.#isCancelled) {
      if (this.#transaction !== undefined) this.#self.send(this.#transaction, { kind: 'abandon' })
      this.#settle({ kind: 'timeout' })
      return this.#self.stop()
    }
    this.#isCancelled = true
    this.#self.send(this.#transaction, { kind: 'cancel' })
    this.#self.startTimer('unanswered', 64 * this.#arg.context.timers.T1, { kind: 'unanswered' })
  }

  #settle(outcome: Outcome): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#arg.done(outcome)
  }
}
