/** The user of an INVITE client transaction: §13.2, §9.1. It lives until no further 2xx can come. */

import { type ActorRef, announced, type Behavior, type Receive, type Self } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { ClientOrder, ClientReport } from '../transaction/transaction-user.js'
import { type AckLocated, Acknowledgements } from './acknowledgements.js'
import { ActiveDialog } from './active-dialog.js'
import { canRest } from './answered-invites.js'
import { type Answer, type AnswerOffer, askForAnswer, type OfferAnswered } from './asked-answer.js'
import { Attempts, type AttemptsMsg, type AttemptsOrder, type Exit } from './attempts.js'
import { type CallUser, cutShort, type Ended } from './call.js'
import type { Core } from './core.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, kept, uacDialog } from './dialog.js'
import type { DialogOrder, DialogRequestOptions } from './dialog-order.js'
import { type EarlyDialog, EarlyDialogs, takes } from './early-dialogs.js'
import { handOver, ordersFor } from './handing-over.js'
import { completedElsewhere, notAcceptable, reasonText } from './reason.js'
import { refusedIn, refusedOffer } from './refused-offer.js'
import { isReliable } from './reliable-response.js'

export type InviterMsg =
  | AttemptsMsg
  | AckLocated
  | OfferAnswered
  /** With that value of Reason (RFC 3326). */
  | { readonly kind: 'cancel'; readonly reason?: string | undefined }
  /** A BYE of one side has ended the early dialog with that tag. */
  | { readonly kind: 'hungUp'; readonly tag: string }
  | { readonly kind: 'over' }
  | { readonly kind: 'unanswered' }

/** A call to place. */
export interface InviterOrder {
  readonly attempt: AttemptsOrder
  readonly user: CallUser
  /** Whether answers of other branches of a fork are kept, too, and not ended at once. */
  readonly keepsForks: boolean
  readonly answer: AnswerOffer | undefined
  /** Who is given what the callee sends inside the call. */
  readonly core: Core
}

export interface InviterArg {
  readonly order: InviterOrder
  readonly exit: Exit
  readonly cores: ActorRef<CoresMsg>
}

/** Answered dialogs of one call: a peer may send tags without end. */
const MOST = 64
/** ms that the callee may let it ring, unless the INVITE says for how long (§13.2.1). */
const RINGING = 180_000

export const inviter: Behavior<InviterMsg, InviterArg> = {
  label: 'inviter',
  init(arg, self) {
    return new Inviter(arg, self).receive
  },
}

class Inviter {
  readonly #order: InviterOrder
  readonly #exit: Exit
  readonly #cores: ActorRef<CoresMsg>
  readonly #self: Self<InviterMsg>
  readonly #attempts: Attempts
  readonly #early: EarlyDialogs
  readonly #acks: Acknowledgements
  #transaction: ActorRef<ClientOrder> | undefined
  #cancelled: 'no' | 'wanted' | 'sent' = 'no'
  #reason: string | undefined
  #settled = false
  /** Of the INVITE that was answered. */
  #branch = ''
  #isResting = false

  constructor({ order, exit, cores }: InviterArg, self: Self<InviterMsg>) {
    this.#order = order
    this.#exit = exit
    this.#cores = cores
    this.#self = self
    this.#early = new EarlyDialogs(
      response => this.#open(uacDialog(this.#attempts.request, response), []),
      dialog => this.#activate(dialog),
    )
    self.defer(reason => {
      if (!this.#settled) order.user.settle(cutShort(reason))
      order.user.over()
      this.#abandonAll()
    })
    this.#attempts = new Attempts(order.attempt, exit, self)
    order.user.early(this.#early)
    this.#acks = new Acknowledgements(exit, order.attempt.flow, self)
    this.#attempts.begin()
    const seconds = order.attempt.request.get('Expires')
    const patience = seconds === undefined ? RINGING : 1000 * seconds
    this.#self.startTimer('unanswered', patience, { kind: 'unanswered' })
  }

  readonly receive: Receive<InviterMsg> = message => {
    switch (message.kind) {
      case 'located':
        return this.#settled ? undefined : this.#attempts.located(message.result)
      case 'authorised':
        return this.#attempts.authorised(message.challenge, message.isAnswerable)
      case 'resumed':
        return this.#attempts.resumed(message.another)
      case 'ackLocated':
        this.#acks.located(message)
        return this.#rest()
      case 'answer':
        return this.#answerWith(message.response, message.answer)
      case 'response':
      case 'timeout':
      case 'transportError':
        return this.#isRetried(message) ? undefined : this.#reported(message)
      case 'cancel':
        return this.#cancel(message.reason)
      case 'hungUp':
        return this.#early.hungUp(message.tag)
      case 'unanswered':
        return this.#unanswered()
      case 'over':
        return this.#over()
    }
  }

  /** A call that is given up is not tried elsewhere; its CANCEL goes where the latest INVITE went. */
  #isRetried(report: ClientReport): boolean {
    if (this.#cancelled !== 'no' || this.#acks.size > 0 || !this.#attempts.isRetried(report)) return false
    this.#transaction = undefined
    this.#abandonAll()
    if (report.kind === 'response' && report.response.status < 400) this.#order.user.report(report.response)
    return true
  }

  #reported(report: ClientReport): void {
    if (report.kind === 'transportError') return this.#settle(report)
    const isCancelled = this.#cancelled !== 'no'
    if (report.kind === 'timeout')
      return this.#settle(isCancelled ? { kind: 'cancelled', response: undefined } : report)
    const { response, transaction } = report
    this.#transaction = transaction
    if (response.isSuccess) return this.#accepted(response)
    if (response.isProvisional) return this.#progress(response)
    this.#order.user.report(response)
    this.#settle({ kind: isCancelled ? 'cancelled' : 'rejected', response })
  }

  /** §12.1.2: a tag in a provisional response opens an early dialog, one for each branch of a fork. */
  #progress(response: Response): void {
    const early = this.#early.of(response)
    if (this.#cancelled === 'wanted') this.#sendCancel()
    if (early !== undefined && !takes(early, response)) return
    this.#order.user.report(response)
    if (early === undefined) return
    if (isReliable(response)) this.#ask(response, early)
    if (response.status === 199) {
      early.isOver = true
      this.#abandon(early.dialog)
    }
  }

  /** §13.2.2.4: every 2xx is acknowledged, a repeated one with the same ACK. */
  #accepted(response: Response): void {
    const tag = response.to.tag ?? ''
    if (this.#acks.size >= MOST || !this.#acks.take(response)) return
    this.#branch = response.via.branch ?? ''
    this.#order.user.report(response)
    const early = this.#early.find(tag)
    if (early !== undefined) early.isOver = true
    const isFirst = this.#acks.size === 1
    if (this.#isWanted && early?.isHungUp !== true) this.#ask(response, early)
    else this.#answerWith(response, { kind: 'failed' })
    if (isFirst && !this.#isResting) {
      this.#self.startTimer('over', 64 * this.#exit.context.timers.T1, { kind: 'over' })
    }
  }

  /** When the ACK is all that is left to do, a record does it. */
  #rest(): void {
    const { keepsForks, attempt } = this.#order
    const ack = this.#acks.only
    if (ack === undefined || !this.#settled || keepsForks || attempt.auth !== undefined || !this.#early.isEmpty) return
    this.#isResting = canRest(ack)
    if (!this.#isResting) return
    const answered = { branch: this.#branch, invite: this.#attempts.request, ack, isForking: true }
    this.#self.send(this.#cores, { kind: 'rest', answered })
    this.#self.stop(announced)
  }

  get #isWanted(): boolean {
    return this.#cancelled === 'no' && (!this.#settled || this.#order.keepsForks)
  }

  /** §13.2.1: the first session description in a reliable response is an offer, where the INVITE had none. */
  #ask(response: Response, early: EarlyDialog | undefined): void {
    const { answer = () => refusedIn(response) } = this.#order
    if (!this.#isOffer(response) || early?.isAnswered) {
      return this.#answerWith(response, { kind: 'given', body: undefined })
    }
    if (early !== undefined) early.isAnswered = true
    askForAnswer(answer, response, this.#exit, this.#self, given => this.#answerWith(response, given))
  }

  #isOffer({ body }: Response): boolean {
    return body !== '' && this.#attempts.request.body === ''
  }

  /** RFC 3262 §5, §13.2.2.4: what the PRACK or the ACK carries. */
  #answerWith(response: Response, answer: Answer): void {
    if (response.isProvisional) return this.#acknowledgeProvisional(response, answer)
    const tag = response.to.tag ?? ''
    if (!this.#acks.isWaiting(response)) return
    const isWanted = answer.kind === 'given' && this.#isWanted
    const given = answer.kind === 'given' ? answer.body : undefined
    // §13.2.2.4: even an offer that nobody wants gets a valid answer.
    const isAnswered = this.#early.find(tag)?.isAnswered && given === undefined
    const body =
      given ?? (!isWanted && this.#isOffer(response) && !isAnswered ? refusedOffer(response.body) : undefined)
    const dialog = kept(uacDialog(this.#attempts.request, response))
    this.#acks.make(dialog, this.#attempts.request, body)
    const orders = [this.#agreement(response, body)]
    if (isWanted) {
      const ended = new Promise<Ended>(told => orders.push({ kind: 'watch', ended: told }))
      const active = this.#activate(this.#open(dialog, orders), ended)
      this.#order.user.answered(active)
      return this.#settle({ kind: 'answered', response, dialog: active })
    }
    // §13.2.2.4, §15: ended at once.
    orders.push({ kind: 'bye', options: this.#farewell, done: () => undefined })
    this.#open(dialog, orders)
    this.#settle({ kind: 'cancelled', response })
  }

  /** RFC 3326 §3: why somebody who has answered is hung up on. */
  get #farewell(): DialogRequestOptions {
    const own = this.#settled ? completedElsewhere : notAcceptable
    const Reason = this.#cancelled === 'no' ? reasonText(own) : this.#reason
    return Reason === undefined ? {} : { headers: { Reason } }
  }

  /** RFC 3262 §4, §7.2: in its dialog, so that the owner of that numbers it. */
  #acknowledgeProvisional(response: Response, answer: Answer): void {
    const early = this.#early.of(response)
    const rseq = response.get('RSeq')
    if (early === undefined || rseq === undefined) return
    const { number, method } = response.cseq
    const headers = { RAck: { rseq, cseq: number, method } }
    const body = answer.kind === 'given' ? answer.body : refusedOffer(response.body)
    const options = body === undefined ? { headers } : { headers, body }
    const prack = { kind: 'request', method: 'PRACK', acknowledged: response, options, done: () => undefined } as const
    this.#instruct(early.dialog, prack)
    this.#instruct(early.dialog, this.#agreement(response, body))
    if (answer.kind === 'failed') this.#cancel()
  }

  #agreement(response: Response, answer = ''): DialogOrder {
    return { kind: 'agree', invite: this.#attempts.request, response, answer }
  }

  #open(dialog: Dialog, orders: readonly DialogOrder[]): Dialog {
    const { core, attempt } = this.#order
    const { auth } = attempt
    this.#self.send(this.#cores, { kind: 'open', dialog, core, isCall: true, auth, orders })
    return dialog
  }

  #activate(dialog: Dialog, ended?: Promise<Ended>): ActiveDialog {
    return new ActiveDialog(dialog, ordersFor(dialog.id, this.#cores, this.#self), ended)
  }

  #instruct(dialog: Dialog, order: DialogOrder): void {
    handOver(this.#self, this.#cores, { kind: 'order', id: dialog.id, order })
  }

  /** §12.3: an early dialog that nothing can confirm any more. */
  #abandon(dialog: Dialog): void {
    this.#instruct(dialog, { kind: 'abandon' })
  }

  #abandonAll(): void {
    for (const { dialog } of this.#early.clear()) this.#abandon(dialog)
  }

  /** §9.1: not before a provisional response has come. */
  #cancel(reason?: string): void {
    if (this.#settled || this.#cancelled !== 'no') return
    this.#cancelled = 'wanted'
    this.#reason = reason
    // What is answered already is ended when its ACK is made.
    if (this.#acks.size > 0) return
    if (this.#transaction !== undefined) this.#sendCancel()
    else if (!this.#attempts.isUnderWay) this.#settle({ kind: 'cancelled', response: undefined })
  }

  #sendCancel(): void {
    if (this.#transaction === undefined) return
    this.#cancelled = 'sent'
    this.#self.send(this.#transaction, { kind: 'cancel', reason: this.#reason })
    this.#self.startTimer('unanswered', 64 * this.#exit.context.timers.T1, { kind: 'unanswered' })
  }

  /** §9.1: without a final answer 64*T1 after the CANCEL the call is taken as cancelled; else it rang too long. */
  #unanswered(): void {
    if (this.#cancelled !== 'sent') return this.#cancel()
    if (this.#transaction !== undefined) this.#self.send(this.#transaction, { kind: 'abandon' })
    this.#settle({ kind: 'cancelled', response: undefined })
  }

  /** §13.2.2.4: no further 2xx comes, and whoever has not answered by now is too late. */
  #over(): void {
    for (const response of this.#acks.waiting) this.#answerWith(response, { kind: 'failed' })
    this.#self.stop()
  }

  #settle(outcome: Parameters<CallUser['settle']>[0]): void {
    this.#self.stopTimer('unanswered')
    if (!this.#settled) this.#order.user.settle(outcome)
    this.#settled = true
    this.#early.forget()
    if (!this.#order.keepsForks) this.#order.user.over()
    // Where a 2xx has come, more of them may.
    if (this.#acks.size === 0) this.#self.stop()
    else this.#rest()
  }
}
