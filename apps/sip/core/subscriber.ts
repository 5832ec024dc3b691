/** The subscriber's side of a subscription as an actor: RFC 6665 §4.1. When to ask for it is decided in soft-state.ts. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Random } from '../syntax/ids.js'
import type { Request } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import type { ServerReport } from '../transaction/transaction-user.js'
import type { AttemptsOrder } from './attempts.js'
import { AwaitedDialog } from './awaited-dialog.js'
import type { Outcome } from './call.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, kept, notifyDialog, requestDialogId } from './dialog.js'
import { fateOf } from './dialog-fate.js'
import { type DialogMsg, type UsageMsg, usageOf } from './dialog-order.js'
import type { AwaitingMsg } from './dialogs.js'
import { type Notification, notificationOf, waitAfter } from './notification.js'
import type { Received } from './server.js'
import { type Order, type SoftState, type SoftStateEvent, softStateInitial } from './soft-state.js'
import { SoftStateDriver, type SoftStateMsg, type SoftStateSubject } from './soft-state-driver.js'
import type { UpkeepEvent } from './upkeep.js'

/** How a subscription ended: we have, the notifier has, nobody gave it to us, or the stack was closed. */
export type SubscriptionEnd =
  | { readonly kind: 'removed' | 'closed' }
  | { readonly kind: 'terminated'; readonly notification: Notification }
  | { readonly kind: 'refused'; readonly outcome: Outcome }

/** What becomes of it: as with all that is kept, and `ended` when the notifier has, to be tried again after so many ms. */
export type SubscriptionEvent =
  | UpkeepEvent
  | { readonly kind: 'ended'; readonly notification: Notification; readonly retryIn: number }

export type SubscriberMsg =
  | SoftStateMsg
  | AwaitingMsg
  | UsageMsg
  | ServerReport
  /** Timer N (RFC 6665 §4.1.2.4). */
  | { readonly kind: 'unnotified' }
  /** The same for further branches of a fork. */
  | { readonly kind: 'forked' }

export interface SubscriberArg {
  /** What opens a subscription: with a Call-ID and a tag of its own each time, for so many seconds. */
  readonly open: (expires: number) => AttemptsOrder
  /** For each SUBSCRIBE inside the dialog. */
  readonly headers: HeaderInputs
  /** The event package, with its id. */
  readonly usage: string
  /** Seconds to ask for. */
  readonly expires: number
  readonly retries: boolean
  /** ms: 64*T1. */
  readonly patience: number
  readonly random: Random
  readonly cores: () => ActorRef<CoresMsg>
  /** The dialog of a branch of a fork: this subscription is its, and ends with it. */
  readonly begun: Dialog | undefined
  /** Makes the subscriber for another branch of a fork; undefined where only the first is wanted. */
  readonly fork: ((dialog: Dialog) => ActorRef<SubscriberMsg> | undefined) | undefined
  readonly notified: (notification: Notification) => void
  readonly tell: (event: SubscriptionEvent) => void
  readonly end: (how: SubscriptionEnd) => void
}

export const subscriber: Behavior<SubscriberMsg, SubscriberArg> = {
  label: 'subscriber',
  init(arg, self) {
    return new Subscriber(arg, self).receive
  },
}

/** ms between two times that one is opened anew at once: a notifier that ends each of them would be asked without end. */
const AGAIN = 30_000

/** Further branches of one fork: a peer may send tags without end. */
const MOST = 64

class Subscriber implements SoftStateSubject<Outcome | Notification> {
  readonly #arg: SubscriberArg
  readonly #self: Self<SubscriberMsg>
  readonly #driver: SoftStateDriver<Outcome | Notification>
  #end: SubscriptionEnd = { kind: 'closed' }
  #dialog: Dialog | undefined
  #auth: AttemptsOrder['auth']
  /** What the latest SUBSCRIBE outside a dialog had, for the dialog that comes of it. */
  #asked: Pick<Dialog, 'localSeq' | 'isSecure'> = { localSeq: 1, isSecure: false }
  readonly #awaited: AwaitedDialog
  /** A NOTIFY has come since the latest SUBSCRIBE, one that ended it, and how long it goes on by that, in seconds. */
  #isNotified = false
  #isTerminated = false
  #told: number | undefined
  /** Timer N runs. */
  #isOwed = false
  #isLeaving = false
  #forks = 0
  /** When the notifier forgets it, in ms. */
  #until = 0
  /** When it was opened anew at once the latest time, in ms. */
  #again = Number.NEGATIVE_INFINITY

  constructor(arg: SubscriberArg, self: Self<SubscriberMsg>) {
    this.#arg = arg
    this.#self = self
    this.#awaited = new AwaitedDialog(self, arg.cores)
    this.#dialog = arg.begun
    const initial = softStateInitial(arg.expires)
    const name = arg.expires > 0 ? 'Kept' : 'Ended'
    this.#driver = new SoftStateDriver(
      self,
      this,
      arg.patience,
      arg.begun === undefined ? initial : { ...initial, name },
    )
    if (arg.begun !== undefined) this.#begin(arg.expires)
    self.defer(() => {
      this.#leave()
      this.#awaited.leave()
      arg.end(this.#end)
    })
  }

  readonly receive: Receive<SubscriberMsg> = message => {
    switch (message.kind) {
      case 'want':
        return this.#driver.want(message)
      case 'outcome': {
        const asked = this.#driver.asked(message.request)
        return asked && this.#answered(message.outcome, asked)
      }
      case 'awaited':
        return this.#opening(message.received)
      case 'inDialog':
        return this.#notified(message.received, message.owner)
      case 'usageEnded':
        if (this.#dialog !== undefined && this.#dialog.id === message.dialog) this.#lost({ kind: 'timeout' })
        return
      case 'timer':
        return this.#driver.step(message)
      case 'leaving':
        this.#isLeaving = true
        return this.#driver.want({ order: 'remove' })
      case 'unnotified':
        return this.#unnotified()
      case 'forked':
        return this.#awaited.stop()
      case 'notice':
        return message.done({ kind: 'transportError', reason: 'only a notifier notifies' })
      case 'transactionFailed':
        return
    }
  }

  get random(): Random {
    return this.#arg.random
  }

  ask(order: Order, expires: number): void {
    if (order === 'create' || this.#self.now >= this.#until) this.#leave()
    const dialog = this.#dialog
    const isFarewell = order === 'remove' && this.#arg.expires > 0
    if (dialog === undefined && isFarewell) return this.#over({ kind: 'removed' })
    const { done } = this.#driver.next()
    this.#isNotified = false
    this.#isTerminated = false
    this.#told = undefined
    // What is refreshed sooner than that still owes the one for the SUBSCRIBE before.
    if (order === 'create' || !this.#isOwed) this.#awaitNotify()
    if (dialog === undefined) return this.#open(this.#arg.open(expires), done)
    const headers = { ...this.#arg.headers, Expires: expires }
    const { usage } = this.#arg
    this.#awaited.order(dialog, { kind: 'request', method: 'SUBSCRIBE', options: { headers }, usage, done })
  }

  #open(order: AttemptsOrder, done: (outcome: Outcome) => void): void {
    const { request, auth } = order
    let seq = request.cseq.number
    const nextSeq = (): number => ++seq
    this.#auth = auth
    this.#asked = {
      get localSeq() {
        return seq
      },
      isSecure: request.uri.isSecure,
    }
    this.#self.startTimer('forks', this.#arg.patience, { kind: 'forked' })
    this.#awaited.await(request)
    this.#self.send(this.#arg.cores(), { kind: 'send', order: { attempt: { ...order, nextSeq }, done } })
  }

  #answered(outcome: Outcome, { order, expires }: Extract<SoftState, { name: 'Asking' }>): void {
    const event = this.#meaning(outcome, { order, expires })
    if (event.kind === 'unknown' || !this.#driver.mends(event)) this.#driver.settle(outcome)
    if (order !== 'remove' && !this.#goesOn(event, outcome)) return this.#over({ kind: 'refused', outcome })
    if (event.kind === 'granted' && order !== 'remove') this.#granted(event.seconds, outcome)
    // RFC 6665 §4.1.2.2: what was there goes on, and no NOTIFY is owed.
    if (event.kind === 'failed') {
      this.#stopWaiting()
      if (this.#dialog === undefined) this.#awaited.stop()
    }
    this.#driver.step(event, outcome)
    const isOver = this.#driver.state.name === 'Ended' && (outcome.kind !== 'answered' || this.#isTerminated)
    if (isOver) this.#over({ kind: 'removed' })
  }

  #meaning(outcome: Outcome, { order, expires }: { order: Order; expires: number }): SoftStateEvent {
    // RFC 6665 §4.1.2.4: whoever notifies us has accepted.
    if (outcome.kind === 'timeout' && order === 'create' && this.#dialog !== undefined) {
      return { kind: 'granted', seconds: this.#told ?? expires }
    }
    if (outcome.kind === 'answered') {
      const seconds = Math.min(outcome.response.get('Expires') ?? expires, this.#told ?? expires, expires)
      return { kind: 'granted', seconds }
    }
    if (outcome.kind === 'rejected' && outcome.response.status === 423) {
      return { kind: 'tooBrief', seconds: outcome.response.get('Min-Expires') ?? 0 }
    }
    // RFC 6665 §4.1.2.2: the owner of the dialog has let it go as well.
    if (order === 'refresh' && fateOf(outcome, true) !== 'none') {
      this.#dialog = undefined
      return { kind: 'unknown' }
    }
    const wait = outcome.kind === 'rejected' ? (outcome.response.get('Retry-After')?.seconds ?? 0) : 0
    return { kind: 'failed', wait }
  }

  /** A subscription that has been lost is tried again, one that is refused is not. */
  #goesOn(event: SoftStateEvent, outcome: Outcome): boolean {
    if (event.kind === 'granted' || event.kind === 'tooBrief') return true
    if (event.kind === 'failed' && this.#dialog !== undefined) return true
    return this.#retries && !isForGood(outcome)
  }

  get #retries(): boolean {
    return this.#arg.retries && this.#arg.begun === undefined && !this.#isLeaving
  }

  #granted(seconds: number, outcome: Outcome): void {
    this.#until = this.#self.now + 1000 * seconds
    if (outcome.kind !== 'answered') return
    // RFC 5839 §6: a 204 says that no NOTIFY comes.
    if (outcome.response.status === 204) this.#stopWaiting()
    this.#arg.tell({ kind: 'kept', seconds, response: outcome.response })
  }

  /** RFC 6665 §4.4.3: with 0 seconds nothing but the state is awaited. */
  #begin(seconds: number): void {
    if (seconds > 0) return this.#keptFor(seconds)
    this.#awaitNotify()
  }

  #keptFor(seconds: number): void {
    this.#until = this.#self.now + 1000 * seconds
    this.#driver.step({ kind: 'extended', seconds })
  }

  /** RFC 6665 §4.4.1: a NOTIFY in no dialog that we know makes one; then it is as if it came in that. */
  #opening(received: Received): void {
    const { request } = received
    const { usage, fork } = this.#arg
    const isKnown = this.#dialog !== undefined && this.#dialog.id === requestDialogId(request)
    if (!isKnown && !this.#awaited.takes(received)) return this.#awaited.refuse(received, 481)
    if (usageOf(request) !== usage) return this.#awaited.refuse(received, 489)
    if (!isKnown) {
      const dialog = kept(notifyDialog(request, this.#asked))
      const isFirst = this.#dialog === undefined && !this.#isNotified
      const user = isFirst ? this.#self.ref : this.#forks++ < MOST ? fork?.(dialog) : undefined
      if (user === undefined) return this.#awaited.refuse(received, 481)
      if (user === this.#self.ref) this.#dialog = dialog
      this.#awaited.open(dialog, usage, user, this.#auth)
    }
    this.#awaited.enter(received)
    if (fork === undefined) this.#awaited.stop()
  }

  /** RFC 6665 §4.1.3. */
  #notified(received: Received, owner: ActorRef<DialogMsg>): void {
    const { request } = received
    const notification = request.method === 'NOTIFY' ? notificationOf(request) : undefined
    const status = notification === undefined ? statusFor(request) : 200
    this.#self.send(owner, { kind: 'answer', response: createResponse(request, status), received })
    if (notification === undefined || requestDialogId(request) !== this.#dialog?.id) return
    // What was under way when we left is not the last one, for which we wait no longer than this.
    if (!this.#isFarewell) this.#stopWaiting()
    this.#isNotified = true
    this.#arg.notified(notification)
    if (notification.state === 'terminated') return this.#terminated(notification)
    // RFC 6665 §3.1.1: it may be less than what was asked for, and never more.
    const expires = Math.min(notification.expires ?? 0, this.#driver.state.expires)
    if (expires === 0) return
    this.#told = expires
    this.#keptFor(expires)
  }

  get #isFarewell(): boolean {
    const { state } = this.#driver
    return state.name === 'Ended' || (state.name === 'Asking' && state.order === 'remove')
  }

  #terminated(notification: Notification): void {
    this.#isTerminated = true
    this.#leave()
    const wait = waitAfter(notification)
    if (this.#driver.state.name === 'Ended') return this.#over({ kind: 'removed' })
    if (this.#isFarewell) return
    if (wait === 'never' || !this.#retries) return this.#over({ kind: 'terminated', notification })
    const isTooSoon = wait === 0 && this.#self.now - this.#again < AGAIN
    if (wait === 0 && !isTooSoon) this.#again = this.#self.now
    this.#driver.step({ kind: 'dropped', wait: isTooSoon ? undefined : wait }, notification)
  }

  /** It ended without a word of the notifier. */
  #lost(outcome: Outcome): void {
    this.#dialog = undefined
    if (this.#driver.state.name === 'Ended') return this.#over({ kind: 'removed' })
    if (!this.#retries) return this.#over({ kind: 'refused', outcome })
    this.#driver.step({ kind: 'dropped', wait: undefined }, outcome)
  }

  /** RFC 6665 §4.1.2.4: one that nobody notifies of has failed. */
  #unnotified(): void {
    this.#isOwed = false
    // Another server is being asked, or a person for a password: each of those has a time of its own.
    if (this.#driver.state.name === 'Asking') return this.#awaitNotify()
    this.#leave()
    this.#awaited.stop()
    this.#lost({ kind: 'timeout' })
  }

  #awaitNotify(): void {
    this.#isOwed = true
    this.#self.startTimer('N', this.#arg.patience, { kind: 'unnotified' })
  }

  #stopWaiting(): void {
    this.#isOwed = false
    this.#self.stopTimer('N')
  }

  #leave(): void {
    if (this.#dialog === undefined) return
    this.#awaited.order(this.#dialog, { kind: 'detach', user: this.#self.ref })
    this.#dialog = undefined
  }

  failing(cause: Outcome | Notification, retryIn: number): void {
    if ('kind' in cause) this.#arg.tell({ kind: 'failed', outcome: cause, retryIn })
    else this.#arg.tell({ kind: 'ended', notification: cause, retryIn })
  }

  #over(end: SubscriptionEnd): void {
    this.#end = end
    const outcome: Outcome =
      end.kind === 'refused' ? end.outcome : { kind: 'transportError', reason: 'there was nothing to remove' }
    this.#driver.end(outcome)
    this.#self.stop()
  }
}

function statusFor({ method }: Request): number {
  return method === 'NOTIFY' ? 400 : 481
}

/** A server that is down, or has no time, may say something else later; others have said what they think of it. */
function isForGood(outcome: Outcome): boolean {
  if (outcome.kind !== 'rejected') return false
  const { status } = outcome.response
  return !([408, 480, 481].includes(status) || (status >= 500 && status < 600 && ![501, 505, 513].includes(status)))
}
