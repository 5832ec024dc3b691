/** Whoever has sent a REFER, as an actor, until it is known what became of it: RFC 3515 §2.4, RFC 4488 §4. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import type { ServerReport } from '../transaction/transaction-user.js'
import type { AttemptsOrder } from './attempts.js'
import { AwaitedDialog } from './awaited-dialog.js'
import { type Outcome, overAlready } from './call.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, kept, notifyDialog, requestDialogId } from './dialog.js'
import { type DialogMsg, type DialogOrder, type UsageMsg, usageOf } from './dialog-order.js'
import type { DialogOwner } from './dialog-owner.js'
import type { AwaitingMsg } from './dialogs.js'
import { notificationOf } from './notification.js'
import type { Received } from './server.js'
import { type Progress, progressOf } from './sipfrag.js'

/** How a referral ended. */
export type ReferralOutcome =
  /** What they asked for in our name was answered or rejected. */
  | ({ readonly kind: 'answered' | 'rejected' } & Progress)
  /** They have accepted, and tell no more (RFC 4488). */
  | { readonly kind: 'unreported' }
  /** They do not want to. */
  | { readonly kind: 'refused'; readonly response: Response }
  /** They have accepted, and ended without saying what became of it. */
  | { readonly kind: 'lost' }
  | Exclude<Outcome, { kind: 'answered' | 'rejected' }>

/** What is told to whoever has referred somebody. */
export interface ReferralUser {
  report(progress: Progress): void
  /** Only the first time counts. */
  settle(outcome: ReferralOutcome): void
}

export type ReferrerMsg =
  | AwaitingMsg
  | UsageMsg
  | ServerReport
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** Timer N (RFC 6665 §4.1.2.4), or the time is over that they have given it. */
  | { readonly kind: 'silent' }

export interface ReferrerArg {
  readonly user: ReferralUser
  readonly cores: () => ActorRef<CoresMsg>
  /** ms: 64*T1. */
  readonly patience: number
  /** The REFER, where it is outside any dialog; inside one its owner sends it. */
  readonly order: AttemptsOrder | undefined
}

export const referrer: Behavior<ReferrerMsg, ReferrerArg> = {
  label: 'referrer',
  init(arg, self) {
    return new Referrer(arg, self).receive
  },
}

type ReferOrder = Extract<DialogOrder, { kind: 'refer' }>

/** Seconds that a referral goes on for where nobody says so. */
const LASTING = 300

/** A REFER inside a dialog. RFC 3515 §2.4.6: what comes of it is known by its number, which is another when it is challenged. */
export function refer(owner: DialogOwner, { headers, user }: Pick<ReferOrder, 'headers' | 'user'>): void {
  const { self, arg, usages } = owner
  const { cores, context } = arg
  const ref = self.spawn(referrer, { user, cores: () => cores, patience: 64 * context.timers.T1, order: undefined })
  self.monitor(ref, () => ({ kind: 'order', order: { kind: 'detach', user: ref } }))
  owner.request('REFER', { headers }, 'INVITE', {
    done: outcome => self.send(ref, { kind: 'outcome', outcome }),
    numbered: seq => {
      usages.delete(ref)
      usages.attach(`refer;id=${seq}`, ref)
    },
  })
}

class Referrer {
  readonly #arg: ReferrerArg
  readonly #self: Self<ReferrerMsg>
  readonly #awaited: AwaitedDialog
  /** Of a REFER outside: its dialog, once a NOTIFY has made it. */
  #dialog: Dialog | undefined
  #isNotified = false
  #seq = 0

  constructor(arg: ReferrerArg, self: Self<ReferrerMsg>) {
    this.#arg = arg
    this.#self = self
    this.#awaited = new AwaitedDialog(self, arg.cores)
    self.defer(() => {
      if (arg.order !== undefined) this.#awaited.leave()
      if (this.#dialog !== undefined) this.#awaited.order(this.#dialog, { kind: 'detach', user: self.ref })
      arg.user.settle(overAlready)
    })
    if (arg.order !== undefined) this.#begin(arg.order)
  }

  readonly receive: Receive<ReferrerMsg> = message => {
    switch (message.kind) {
      case 'outcome':
        return this.#answered(message.outcome)
      case 'awaited':
        return this.#opening(message.received)
      case 'inDialog':
        return this.#notified(message.received, message.owner)
      case 'usageEnded':
        return this.#end({ kind: 'lost' })
      case 'silent':
        return this.#end(this.#isNotified ? { kind: 'lost' } : { kind: 'timeout' })
      case 'notice':
        return message.done(overAlready)
      case 'leaving':
      case 'transactionFailed':
        return
    }
  }

  #begin(order: AttemptsOrder): void {
    const { request } = order
    this.#seq = request.cseq.number
    const done = (outcome: Outcome): void => this.#self.send(this.#self.ref, { kind: 'outcome', outcome })
    this.#awaited.await(request)
    this.#self.send(this.#arg.cores(), {
      kind: 'send',
      order: { attempt: { ...order, nextSeq: () => ++this.#seq }, done },
    })
  }

  #answered(outcome: Outcome): void {
    if (outcome.kind === 'rejected') return this.#end({ kind: 'refused', response: outcome.response })
    if (outcome.kind === 'answered') {
      const { response } = outcome
      if (response.get('Refer-Sub')?.value.toLowerCase() === 'false') return this.#end({ kind: 'unreported' })
      if (!this.#isNotified) this.#self.startTimer('silent', this.#arg.patience, { kind: 'silent' })
    } else if (!this.#isNotified) this.#end(outcome)
  }

  /** RFC 3515 §2.4.4: the NOTIFY may come before the answer; it makes the dialog. */
  #opening(received: Received): void {
    const { request } = received
    const usage = usageOf(request)
    const isKnown = this.#dialog !== undefined && this.#dialog.id === requestDialogId(request)
    if (this.#dialog !== undefined && !isKnown) return this.#awaited.refuse(received, 481)
    if (usage === undefined || request.get('Event')?.value !== 'refer') return this.#awaited.refuse(received, 489)
    if (this.#dialog === undefined) {
      const { order } = this.#arg
      const isSecure = order?.request.uri.isSecure === true
      const dialog = kept(notifyDialog(request, { localSeq: this.#seq, isSecure }))
      this.#dialog = dialog
      this.#awaited.open(dialog, usage, this.#self.ref, order?.auth)
    }
    this.#awaited.enter(received)
    this.#awaited.stop()
  }

  #notified(received: Received, owner: ActorRef<DialogMsg>): void {
    const { request } = received
    const notification = request.method === 'NOTIFY' ? notificationOf(request) : undefined
    const status = notification === undefined ? 400 : 200
    this.#self.send(owner, { kind: 'answer', response: createResponse(request, status), received })
    if (notification === undefined) return
    this.#isNotified = true
    const progress = progressOf(notification.body)
    if (progress !== undefined) this.#told(progress)
    if (notification.state === 'terminated') return this.#end({ kind: 'lost' })
    const after = 1000 * Math.min(notification.expires ?? LASTING, 86_400)
    this.#self.startTimer('silent', after, { kind: 'silent' })
  }

  #told(progress: Progress): void {
    const { user } = this.#arg
    user.report(progress)
    const { status } = progress
    if (status >= 200) user.settle({ kind: status < 300 ? 'answered' : 'rejected', ...progress })
  }

  #end(outcome: ReferralOutcome): void {
    this.#arg.user.settle(outcome)
    this.#self.stop()
  }
}
