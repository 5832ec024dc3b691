/** The user of an INVITE client transaction: §13.2, §9.1. It lives until no further 2xx can come. */

import type { ActorRef, AskResult, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Located } from '../location/locator.js'
import { literalTarget, type Target } from '../location/target.js'
import { withCredentials } from '../syntax/ack.js'
import { formatMessage } from '../syntax/format.js'
import type { Response } from '../syntax/message.js'
import type { ClientOrder, ClientReport } from '../transaction/transaction-user.js'
import type { Route } from '../transport/flow.js'
import { ActiveDialog } from './active-dialog.js'
import { Attempts, type AttemptsArg, type AttemptsMsg, type AttemptsOrder, locate } from './attempts.js'
import type { CallOutcome } from './call.js'
import type { CoreContext } from './context.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, type InDialog, idOf, inDialogRequest, uacDialog } from './dialog.js'
import type { DialogOrder } from './dialog-order.js'
import { outgoing } from './outgoing.js'

export type InviterMsg =
  | AttemptsMsg
  /** Where the ACK of a dialog goes, by To tag. */
  | { readonly kind: 'ackLocated'; readonly tag: string; readonly result: AskResult<Located> }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'over' }
  | { readonly kind: 'unanswered' }

/** A call to place. */
export interface InviterOrder extends AttemptsOrder {
  /** Told of every response but repeated ones. */
  readonly report: (response: Response) => void
  /** Told once. */
  readonly settle: (outcome: CallOutcome) => void
}

export interface InviterArg extends InviterOrder, AttemptsArg {
  readonly cores: ActorRef<CoresMsg>
}

/** Early dialogs of one call: a peer may send tags without end. */
const MOST = 64
/** ms that the callee may let it ring, unless the INVITE says for how long (§13.2.1). */
const RINGING = 180_000

export const inviter: Behavior<InviterMsg, InviterArg> = {
  label: 'inviter',
  init(arg, self) {
    return new Inviter(arg, self).receive
  },
}

/** An ACK: ready to be sent, or waiting for its target, or one that cannot be sent. */
type Acknowledgement =
  | { readonly kind: 'ready'; readonly text: string; readonly route: Route }
  | { readonly kind: 'waiting'; readonly ack: InDialog }
  | { readonly kind: 'none' }

class Inviter {
  readonly #arg: InviterArg
  readonly #self: Self<InviterMsg>
  readonly #context: CoreContext
  readonly #attempts: Attempts
  #transaction: ActorRef<ClientOrder> | undefined
  #cancelled: 'no' | 'wanted' | 'sent' = 'no'
  #settled = false
  /** By To tag. */
  readonly #acks = new Map<string, Acknowledgement>()
  /** The To tags of provisional responses: each has opened an early dialog (§12.1.2). */
  readonly #early = new Set<string>()

  constructor(arg: InviterArg, self: Self<InviterMsg>) {
    this.#arg = arg
    this.#self = self
    this.#context = arg.context
    this.#attempts = new Attempts(arg, self)
    this.#attempts.begin()
    self.defer(() => {
      if (!this.#settled) arg.settle({ kind: 'transportError', reason: 'the stack was closed' })
    })
    const seconds = arg.request.get('Expires')
    const patience = seconds === undefined ? RINGING : 1000 * seconds
    this.#self.startTimer('unanswered', patience, { kind: 'unanswered' })
  }

  readonly receive: Receive<InviterMsg> = message => {
    switch (message.kind) {
      case 'located':
        return this.#located(message.result)
      case 'authorised':
        return this.#attempts.authorised(message.challenge, message.isAnswerable)
      case 'resumed':
        return this.#attempts.resumed(message.another)
      case 'ackLocated':
        return this.#ackLocated(message.tag, message.result)
      case 'response':
        if (this.#isRetried(message)) return
        this.#transaction = message.transaction
        return this.#response(message.response)
      case 'timeout':
        if (this.#isRetried(message)) return
        return this.#settle(this.#cancelled === 'no' ? message : { kind: 'cancelled', response: undefined })
      case 'transportError':
        return this.#isRetried(message) ? undefined : this.#settle(message)
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

  /** A call that is given up is not tried elsewhere; its CANCEL goes where the latest INVITE went. */
  #isRetried(report: ClientReport): boolean {
    if (this.#cancelled !== 'no' || this.#acks.size > 0 || !this.#attempts.isRetried(report)) return false
    this.#transaction = undefined
    if (report.kind === 'response' && report.response.status < 400) this.#arg.report(report.response)
    return true
  }

  #located(result: AskResult<Located>): void {
    if (!this.#settled) this.#attempts.located(result)
  }

  #response(response: Response): void {
    if (response.isSuccess) return this.#accepted(response)
    this.#arg.report(response)
    if (!response.isProvisional) {
      return this.#settle(this.#cancelled === 'no' ? { kind: 'rejected', response } : { kind: 'cancelled', response })
    }
    this.#ring(response)
    if (this.#cancelled === 'wanted') this.#sendCancel()
  }

  /** §13.2.2.4: every 2xx is acknowledged, a repeated one with the same ACK; only the first dialog is kept. */
  #accepted(response: Response): void {
    const tag = response.to.tag ?? ''
    const known = this.#acks.get(tag)
    if (known !== undefined) return this.#acknowledge(known)
    this.#arg.report(response)
    const dialog = uacDialog(this.#attempts.request, response)
    this.#keepAck(tag, this.#ackFor(dialog, tag))
    this.#self.startTimer('over', 64 * this.#context.timers.T1, { kind: 'over' })
    if (this.#cancelled !== 'no' || this.#settled) return this.#hangUp(dialog, response)
    this.#answered(dialog, response)
  }

  /** §12.1.2: a tag in a provisional response opens an early dialog, one for each branch of a fork. */
  #ring(response: Response): void {
    const { tag } = response.to
    if (tag === undefined || response.status === 100 || this.#early.has(tag) || this.#early.size >= MOST) return
    this.#early.add(tag)
    this.#open(uacDialog(this.#attempts.request, response))
  }

  #open(dialog: Dialog): ActiveDialog {
    const { cores, auth } = this.#arg
    this.#self.send(cores, { kind: 'open', dialog, core: undefined, auth, inviter: this.#self.ref })
    const id = idOf(dialog)
    return new ActiveDialog(dialog, (order: DialogOrder) => this.#self.send(cores, { kind: 'order', id, order }))
  }

  #answered(dialog: Dialog, response: Response): void {
    this.#settle({ kind: 'answered', response, dialog: this.#open(dialog) })
  }

  /** An answer that nobody wants any more: acknowledged, then ended (§13.2.2.4, §15). */
  #hangUp(dialog: Dialog, response: Response): void {
    void this.#open(dialog).bye()
    this.#settle({ kind: 'cancelled', response })
  }

  /** §13.2.2.4: made by the user and passed to the transport; its branch is its own, its credentials are the INVITE's. */
  #ackFor(dialog: Dialog, tag: string): Acknowledgement {
    const plain = inDialogRequest(dialog, 'ACK')
    const ack = { ...plain, request: withCredentials(plain.request, this.#attempts.request) }
    const target = literalTarget(ack.nextHop)
    if (target !== undefined) return this.#ackTo(ack, target)
    locate<InviterMsg>({ ...this.#arg, ...ack }, this.#self, result => ({ kind: 'ackLocated', tag, result }))
    return { kind: 'waiting', ack }
  }

  #ackTo({ request }: InDialog, target: Target): Acknowledgement {
    const way = outgoing(request, target, this.#arg.locals, this.#context.random)
    return way.kind === 'ready'
      ? { kind: 'ready', text: formatMessage(way.request), route: way.route }
      : { kind: 'none' }
  }

  #ackLocated(tag: string, result: AskResult<Located>): void {
    const waiting = this.#acks.get(tag)
    if (waiting?.kind !== 'waiting') return
    const isFound = result.kind === 'answered' && result.value.kind === 'target'
    this.#keepAck(tag, isFound ? this.#ackTo(waiting.ack, result.value.target) : { kind: 'none' })
  }

  #keepAck(tag: string, ack: Acknowledgement): void {
    this.#acks.set(tag, ack)
    this.#acknowledge(ack)
  }

  #acknowledge(ack: Acknowledgement): void {
    if (ack.kind !== 'ready') return
    this.#self.send(this.#context.transport, { kind: 'send', text: ack.text, route: ack.route })
  }

  /** §9.1: not before a provisional response has come. */
  #cancel(): void {
    if (this.#settled || this.#cancelled !== 'no') return
    this.#cancelled = 'wanted'
    if (this.#transaction !== undefined) this.#sendCancel()
    else if (!this.#attempts.isUnderWay) this.#settle({ kind: 'cancelled', response: undefined })
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
