/** The user of an INVITE client transaction inside a confirmed dialog: §14.1. It lives until no repeated 2xx can come. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { ClientOrder as TransactionOrder } from '../transaction/transaction-user.js'
import { type AckLocated, Acknowledgements } from './acknowledgements.js'
import { type Answer, type AnswerOffer, askForAnswer, type OfferAnswered } from './asked-answer.js'
import { Attempts, type AttemptsMsg, type AttemptsOrder, type Exit } from './attempts.js'
import { cutShort, type Outcome } from './call.js'
import { outcomeOf } from './client.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, refreshed } from './dialog.js'
import { refusedOffer } from './refused-offer.js'

type ReinviterMsg =
  | AttemptsMsg
  | AckLocated
  | OfferAnswered
  | { readonly kind: 'over' | 'unrested' }
  | { readonly kind: 'unanswered' }

/** A re-INVITE to send. */
export interface ReinviterOrder {
  readonly attempt: AttemptsOrder
  /** As it is when the request is made. */
  readonly dialog: Dialog
  readonly answer: AnswerOffer | undefined
  /** Told once; with the answer that the ACK has, where the 2xx made an offer. */
  readonly done: (outcome: Outcome, answer?: string) => void
}

interface ReinviterArg {
  readonly order: ReinviterOrder
  readonly exit: Exit
  readonly cores: ActorRef<CoresMsg>
}

/** ms that the peer may think about it. */
const PATIENCE = 180_000

export const reinviter: Behavior<ReinviterMsg, ReinviterArg> = {
  label: 'reinviter',
  init(arg, self) {
    return new Reinviter(arg, self).receive
  },
}

class Reinviter {
  readonly #order: ReinviterOrder
  readonly #exit: Exit
  readonly #cores: ActorRef<CoresMsg>
  readonly #self: Self<ReinviterMsg>
  readonly #attempts: Attempts
  readonly #acks: Acknowledgements
  #transaction: ActorRef<TransactionOrder> | undefined
  #isCancelled = false
  #isSettled = false

  constructor({ order, exit, cores }: ReinviterArg, self: Self<ReinviterMsg>) {
    this.#order = order
    this.#exit = exit
    this.#cores = cores
    this.#self = self
    self.defer(reason => this.#settle(cutShort(reason)))
    this.#attempts = new Attempts(order.attempt, exit, self)
    this.#acks = new Acknowledgements(exit, order.attempt.flow, self)
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
        this.#acks.located(message)
        return this.#rest()
      case 'unanswered':
        return this.#unanswered()
      case 'answer':
        return this.#answer(message.response, message.answer)
      case 'unrested':
        return
      case 'over':
        return this.#over()
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
    if (response.to.tag !== this.#order.dialog.remoteTag || !this.#acks.take(response)) return
    this.#self.stopTimer('unanswered')
    this.#self.startTimer('over', 64 * this.#exit.context.timers.T1, { kind: 'over' })
    const { answer } = this.#order
    if (answer === undefined || response.body === '' || this.#attempts.request.body !== '') {
      return this.#acknowledge(response, undefined)
    }
    askForAnswer(answer, response, this.#exit, this.#self, given => this.#answer(response, given))
  }

  /** §14.2: an offer that is not acceptable gets a valid answer, and then a BYE. */
  #answer(response: Response, answer: Answer): void {
    if (!this.#acks.isWaiting(response)) return
    const body = answer.kind === 'given' ? answer.body : refusedOffer(response.body)
    this.#acknowledge(response, body)
    if (answer.kind === 'given') return
    const order = { kind: 'bye', options: {}, done: () => undefined } as const
    this.#self.send(this.#cores, { kind: 'order', id: this.#order.dialog.id, order })
  }

  #acknowledge(response: Response, body: string | undefined): void {
    this.#acks.make(refreshed(this.#order.dialog, response), this.#attempts.request, body)
    this.#settle({ kind: 'answered', response }, body)
    this.#rest()
  }

  /** When the ACK is all that is left to do, a record does it: the cores end this actor when they have that. */
  #rest(): void {
    const ack = this.#acks.only
    if (ack === undefined) return
    const answered = { invite: this.#attempts.request, ack, isForking: false }
    this.#self.send(this.#cores, { kind: 'rest', answered, inviter: this.#self.ref })
  }

  /** §13.2.2.4: no repeated 2xx comes, and whoever has not answered by now is too late. */
  #over(): void {
    for (const response of this.#acks.waiting) this.#answer(response, { kind: 'failed' })
    this.#self.stop()
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
    this.#self.startTimer('unanswered', 64 * this.#exit.context.timers.T1, { kind: 'unanswered' })
  }

  #settle(outcome: Outcome, answer?: string): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#order.done(outcome, answer)
  }
}
