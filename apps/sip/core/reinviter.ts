/** The user of an INVITE client transaction inside a confirmed dialog: §14.1. It lives until no repeated 2xx can come. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { ClientReport, ClientOrder as TransactionOrder } from '../transaction/transaction-user.js'
import { type AckLocated, Acknowledgements } from './acknowledgements.js'
import { canRest } from './answered-invites.js'
import { type Answer, type AnswerOffer, askForAnswer, type OfferAnswered } from './asked-answer.js'
import { Attempts, type AttemptsMsg, type AttemptsOrder, type Exit } from './attempts.js'
import { cutShort, givenUp, type Outcome } from './call.js'
import { outcomeOf } from './client.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, refreshed } from './dialog.js'
import { refusedOffer } from './refused-offer.js'

type ReinviterMsg = AttemptsMsg | AckLocated | OfferAnswered | { readonly kind: 'over' | 'unanswered' | 'cancel' }

/** A re-INVITE to send. */
export interface ReinviterOrder {
  readonly attempt: AttemptsOrder
  /** As it is when the request is made. */
  readonly dialog: Dialog
  readonly answer: AnswerOffer | undefined
  readonly signal: AbortSignal | undefined
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
  /** Of the INVITE that was answered. */
  #branch = ''
  #cancelled: 'no' | 'wanted' | 'sent' = 'no'
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
    if (order.signal !== undefined) this.#heed(order.signal)
  }

  #heed(signal: AbortSignal): void {
    const { ref } = this.#self
    const cancel = (): void => this.#self.send(ref, { kind: 'cancel' })
    if (signal.aborted) return cancel()
    signal.addEventListener('abort', cancel)
    this.#self.defer(() => signal.removeEventListener('abort', cancel))
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
      case 'cancel':
        return this.#cancel()
      case 'answer':
        return this.#answer(message.response, message.answer)
      case 'over':
        return this.#over()
      case 'response':
      case 'timeout':
      case 'transportError': {
        if (message.kind === 'response' && message.response.isSuccess) return this.#accepted(message.response)
        if (this.#acks.size > 0 || this.#isRetried(message)) return
        return this.#reported(message)
      }
    }
  }

  /** One that is given up is not tried elsewhere; its CANCEL goes where the latest INVITE went. */
  #isRetried(report: ClientReport): boolean {
    if (this.#cancelled !== 'no' || !this.#attempts.isRetried(report)) return false
    this.#transaction = undefined
    return true
  }

  #reported(report: ClientReport): void {
    if (report.kind === 'response') this.#transaction = report.transaction
    const outcome = outcomeOf(report)
    if (outcome !== undefined) this.#end(outcome)
    else if (this.#cancelled === 'wanted') this.#sendCancel()
  }

  /** RFC 6141 §5.5: where the peer has got it, and how it ended is not known, both may see the session differently. */
  #end(outcome: Outcome): void {
    this.#settle(outcome)
    if (outcome.kind === 'transportError' && this.#transaction !== undefined) {
      this.#self.send(this.#cores, { kind: 'order', id: this.#order.dialog.id, order: { kind: 'resync' } })
    }
    this.#self.stop()
  }

  /** §13.2.2.4: each 2xx is acknowledged, a repeated one with the same ACK. */
  #accepted(response: Response): void {
    if (response.to.tag !== this.#order.dialog.remoteTag || !this.#acks.take(response)) return
    this.#branch = response.via.branch ?? ''
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

  /** When the ACK is all that is left to do, a record does it. */
  #rest(): void {
    const ack = this.#acks.only
    if (ack === undefined) return
    if (!canRest(ack)) return
    const answered = { branch: this.#branch, invite: this.#attempts.request, ack, isForking: false }
    this.#self.send(this.#cores, { kind: 'rest', answered })
    this.#self.stop()
  }

  /** §13.2.2.4: no repeated 2xx comes, and whoever has not answered by now is too late. */
  #over(): void {
    for (const response of this.#acks.waiting) this.#answer(response, { kind: 'failed' })
    this.#self.stop()
  }

  /** §9.1: not before a provisional response has come; what is answered already stands. */
  #cancel(): void {
    if (this.#isSettled || this.#acks.size > 0 || this.#cancelled !== 'no') return
    this.#cancelled = 'wanted'
    if (this.#transaction !== undefined) this.#sendCancel()
    else if (!this.#attempts.isUnderWay) this.#end(givenUp)
  }

  #sendCancel(): void {
    if (this.#transaction === undefined) return
    this.#cancelled = 'sent'
    this.#self.send(this.#transaction, { kind: 'cancel' })
    this.#self.startTimer('unanswered', 64 * this.#exit.context.timers.T1, { kind: 'unanswered' })
  }

  /** §9.1: without a final answer 64*T1 after the CANCEL it is taken as cancelled; else nobody has answered for too long. */
  #unanswered(): void {
    if (this.#cancelled !== 'sent') return this.#cancel()
    if (this.#transaction !== undefined) this.#self.send(this.#transaction, { kind: 'abandon' })
    this.#end(givenUp)
  }

  #settle(outcome: Outcome, answer?: string): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#order.done(outcome, answer)
  }
}
