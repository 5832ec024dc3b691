/** The user of an INVITE client transaction: §13.2, §9.1. It lives until no further 2xx can come. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import type { Request, Response } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import type { ClientOrder, ClientReport } from '../transaction/transaction-user.js'
import type { Locals, Route } from '../transport/flow.js'
import { ActiveDialog, type CallOutcome, type Ended } from './call.js'
import type { ClientArg } from './client.js'
import type { CoreContext } from './context.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, inDialogRequest, uacDialog } from './dialog.js'
import { outgoing } from './outgoing.js'

export type InviterMsg =
  | ClientReport
  | { readonly kind: 'cancel' }
  | { readonly kind: 'over' }
  | { readonly kind: 'unanswered' }

export interface InviterArg extends Omit<ClientArg, 'done'> {
  readonly cores: ActorRef<CoresMsg>
  /** Told of every response but repeated ones. */
  readonly report: (response: Response) => void
  /** Told once. */
  readonly settle: (outcome: CallOutcome) => void
}

/** ms that the callee may let it ring. */
const RINGING = 180_000

export const inviter: Behavior<InviterMsg, InviterArg> = {
  label: 'inviter',
  init(arg, self) {
    return new Inviter(arg, self).receive
  },
}

interface Acknowledgement {
  readonly text: string
  readonly route: Route
}

class Inviter {
  readonly #arg: InviterArg
  readonly #self: Self<InviterMsg>
  readonly #context: CoreContext
  readonly #locals: Locals | undefined
  #request: Request
  #transaction: ActorRef<ClientOrder> | undefined
  #cancelled: 'no' | 'wanted' | 'sent' = 'no'
  #settled = false
  /** The ACK of each dialog by To tag; an empty text where none can be sent. */
  readonly #acks = new Map<string, Acknowledgement | undefined>()

  constructor(arg: InviterArg, self: Self<InviterMsg>) {
    this.#arg = arg
    this.#self = self
    this.#context = arg.context
    this.#locals = arg.locals
    this.#request = arg.request
    this.#start(arg.request, arg.nextHop)
  }

  readonly receive: Receive<InviterMsg> = message => {
    switch (message.kind) {
      case 'response':
        this.#transaction = message.transaction
        return this.#response(message.response)
      case 'timeout':
        return this.#settle(this.#cancelled === 'no' ? message : { kind: 'cancelled', response: undefined })
      case 'transportError':
        return this.#settle(message)
      case 'cancel':
        return this.#cancel()
      case 'unanswered':
        // §9.1: without a final answer 64*T1 after the CANCEL the call is taken as cancelled; else it rang too long.
        if (this.#cancelled !== 'sent') return this.#cancel()
        if (this.#transaction !== undefined) this.#self.send(this.#transaction, { kind: 'abandon' })
        return this.#settle({ kind: 'cancelled', response: undefined })
      case 'over':
        return this.#self.stop()
    }
  }

  #start(request: Request, nextHop: Uri): void {
    const way = outgoing(request, nextHop, this.#locals, this.#context.random)
    if (way.kind === 'nowhere') return this.#self.send(this.#self.ref, { kind: 'transportError', reason: way.reason })
    this.#request = way.request
    const user: ActorRef<ClientReport> = this.#self.ref
    this.#self.send(this.#context.transactions, { kind: 'start', request: way.request, route: way.route, user })
    this.#self.startTimer('unanswered', RINGING, { kind: 'unanswered' })
  }

  #response(response: Response): void {
    if (response.isSuccess) return this.#accepted(response)
    this.#arg.report(response)
    if (!response.isProvisional) {
      return this.#settle(this.#cancelled === 'no' ? { kind: 'rejected', response } : { kind: 'cancelled', response })
    }
    if (this.#cancelled === 'wanted') this.#sendCancel()
  }

  /** §13.2.2.4: every 2xx is acknowledged, a repeated one with the same ACK; only the first dialog is kept. */
  #accepted(response: Response): void {
    const tag = response.to.tag ?? ''
    if (this.#acks.has(tag)) return this.#acknowledge(this.#acks.get(tag))
    this.#arg.report(response)
    const dialog = uacDialog(this.#request, response)
    const ack = dialog === undefined ? undefined : this.#ackFor(dialog)
    this.#acks.set(tag, ack)
    this.#acknowledge(ack)
    this.#self.startTimer('over', 64 * this.#context.timers.T1, { kind: 'over' })
    if (dialog === undefined) return this.#settle({ kind: 'transportError', reason: 'the answer has no Contact' })
    if (this.#cancelled !== 'no' || this.#settled) return this.#hangUp(dialog, response)
    this.#answered(dialog, response)
  }

  #answered(dialog: Dialog, response: Response): void {
    const { cores } = this.#arg
    let over: (by: Ended) => void = () => undefined
    const ended = new Promise<Ended>(resolve => {
      over = resolve
    })
    this.#self.send(cores, { kind: 'open', dialog, ended: over })
    const handle = new ActiveDialog(dialog, ended, (id, done) => this.#self.send(cores, { kind: 'bye', id, done }))
    this.#settle({ kind: 'answered', response, dialog: handle })
  }

  /** An answer that nobody wants any more: acknowledged, then ended (§13.2.2.4, §15). */
  #hangUp(dialog: Dialog, response: Response): void {
    const { cores } = this.#arg
    const { request, nextHop } = inDialogRequest(dialog, 'BYE')
    this.#self.send(cores, { kind: 'send', request, nextHop })
    this.#settle({ kind: 'cancelled', response })
  }

  /** §13.2.2.4: made by the user and passed to the transport; its branch is its own. */
  #ackFor(dialog: Dialog): Acknowledgement | undefined {
    const { request, nextHop } = inDialogRequest(dialog, 'ACK')
    const way = outgoing(request, nextHop, this.#locals, this.#context.random)
    return way.kind === 'ready' ? { text: formatMessage(way.request), route: way.route } : undefined
  }

  #acknowledge(ack: Acknowledgement | undefined): void {
    if (ack !== undefined) this.#self.send(this.#context.transport, { kind: 'send', ...ack })
  }

  /** §9.1: not before a provisional response has come. */
  #cancel(): void {
    if (this.#settled || this.#cancelled !== 'no') return
    this.#cancelled = 'wanted'
    if (this.#transaction !== undefined) this.#sendCancel()
  }

  #sendCancel(): void {
    if (this.#transaction === undefined) return
    this.#cancelled = 'sent'
    this.#self.send(this.#transaction, { kind: 'cancel' })
    this.#self.startTimer('unanswered', 64 * this.#context.timers.T1, { kind: 'unanswered' })
  }

  #settle(outcome: CallOutcome): void {
    this.#self.stopTimer('unanswered')
    if (!this.#settled) this.#arg.settle(outcome)
    this.#settled = true
    // Where a 2xx has come, more of them may.
    if (this.#acks.size === 0) this.#self.stop()
  }
}
