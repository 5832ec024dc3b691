/** The dialogs of a thread by their ids, each with its owner: §12. Never are there two of one id. */

import { type ActorRef, type Self, TextTable } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { isSecure } from '../transport/flow.js'
import { overAlready } from './call.js'
import type { CoreContext } from './context.js'
import type { Core } from './core.js'
import type { CoresMsg } from './cores.js'
import { declineOrder } from './declined-order.js'
import { awaitedId, type Dialog, dialogIdTelling, kept, requestDialogId, uasDialog } from './dialog.js'
import type { DialogMsg, DialogOrder } from './dialog-order.js'
import { type DialogArg, dialogOwner } from './dialog-owner.js'
import type { DialogQuestion } from './dialog-state.js'
import { GivenRequests } from './given-requests.js'
import type { Subscribed } from './notifier.js'
import type { Received } from './server.js'

/** To whoever waits for a NOTIFY outside any dialog. */
export type AwaitingMsg =
  | { readonly kind: 'awaited'; readonly received: Received }
  /** The stack is to end. */
  | { readonly kind: 'leaving' }

/** The response of a core to an INVITE or SUBSCRIBE that opens a dialog, or has opened one by an earlier response (§12.1.1). */
export interface Answered {
  readonly kind: 'answered'
  /** Of the dialog that it is in. */
  readonly id: string
  readonly response: Response
  readonly received: Received
  readonly core: Core
  readonly isBegun: boolean
  /** What it has opened where that is no call. */
  readonly subscribed?: Subscribed | undefined
}

export class Dialogs {
  readonly #context: CoreContext
  readonly #self: Self<CoresMsg>
  readonly #owners: TextTable<ActorRef<DialogMsg>>
  /** Whoever waits for the NOTIFY that opens a dialog (RFC 6665 §4.4.1). */
  readonly #awaiting: TextTable<ActorRef<AwaitingMsg>>
  /** Such NOTIFYs. */
  readonly #given = new GivenRequests()

  constructor(context: CoreContext, self: Self<CoresMsg>) {
    this.#context = context
    this.#self = self
    this.#owners = new TextTable(context.random.uint32(), dialogIdTelling)
    this.#awaiting = new TextTable(context.random.uint32())
  }

  get size(): number {
    return this.#owners.size + this.#awaiting.size
  }

  values(): IterableIterator<ActorRef<DialogMsg>> {
    return this.#owners.values()
  }

  first(most: number): ActorRef<DialogQuestion>[] {
    const found: ActorRef<DialogQuestion>[] = []
    for (const owner of this.#owners.values()) {
      if (found.length >= most) break
      found.push(owner)
    }
    return found
  }

  /** Ends the call of one dialog, or those of all; false when there is none of that id. */
  hangUp(id?: string): boolean {
    const owners = id === undefined ? [...this.#owners.values()] : [this.#owners.get(id)]
    const order = { kind: 'bye', options: {}, done: () => undefined } as const
    for (const owner of owners) if (owner !== undefined) this.#self.send(owner, { kind: 'order', order })
    return owners.length > 0 && owners[0] !== undefined
  }

  /** The stack is to end: RFC 6665 §4.4.2 has subscriptions move elsewhere at once, while calls go on. */
  drain(): void {
    for (const owner of this.#owners.values()) this.#self.send(owner, { kind: 'order', order: { kind: 'drain' } })
    for (const user of this.#awaiting.values()) this.#self.send(user, { kind: 'leaving' })
  }

  /** Whether a request is in a dialog, so that no core outside is asked; one in no dialog of ours gets 481 (§12.2.2). */
  request(received: Received): boolean {
    const id = requestDialogId(received.request)
    if (id === undefined) return false
    this.#given.answered(received.transaction)
    const owner = this.#owners.get(id)
    if (owner !== undefined) this.#self.send(owner, { kind: 'request', received })
    else if (!this.#isAwaited(received)) this.#respond(received, createResponse(received.request, 481))
    return true
  }

  #isAwaited(received: Received): boolean {
    const { callId, to, method } = received.request
    const user = method === 'NOTIFY' ? this.#awaiting.get(awaitedId(callId, to.tag ?? '')) : undefined
    if (user === undefined) return false
    this.#given.add(received, user)
    this.#self.send(user, { kind: 'awaited', received })
    return true
  }

  /** Whoever waited does not want it. */
  unwanted({ received, status }: Extract<CoresMsg, { kind: 'unwanted' }>): void {
    this.#given.answered(received.transaction)
    this.#respond(received, createResponse(received.request, status))
  }

  await({ id, user }: Extract<CoresMsg, { kind: 'await' }>): void {
    if (user === undefined) this.#awaiting.delete(id)
    else this.#awaiting.set(id, user)
  }

  /** Whoever waited has ended, perhaps before it saw what it was given. */
  deserted({ user }: Extract<CoresMsg, { kind: 'deserted' }>): void {
    for (const each of this.#given.lost(user)) this.#respond(each, createResponse(each.request, 481))
  }

  ack({ request, source }: Pick<Received, 'request' | 'source'>): void {
    const owner = this.#owners.get(requestDialogId(request) ?? '')
    if (owner !== undefined) this.#self.send(owner, { kind: 'ack', received: { request, source } })
  }

  /** The dialog is known before the response is on its way, so that no ACK can come too early. */
  answered({ id, response, received, core, isBegun, subscribed }: Answered): void {
    const { request, source } = received
    const known = this.#owners.get(id)
    if (known !== undefined) return this.#self.send(known, { kind: 'answer', response, received })
    if (response.status >= 300) return this.#respond(received, response)
    // §15.1.2: the caller has ended the call before this answer.
    if (isBegun) return this.#respond(received, createResponse(request, 487, { toTag: response.to.tag ?? '' }))
    const dialog = kept(uasDialog(request, response, isSecure(source.transport)))
    const isCall = subscribed === undefined
    const owner = this.#open(dialog, { core, isCall, auth: undefined })
    this.#self.send(owner, { kind: 'answer', response, received, subscribed })
  }

  opened({ dialog, core, isCall, auth, resumed, orders = [] }: Extract<CoresMsg, { kind: 'open' }>): void {
    const known = this.#owners.get(dialog.id)
    if (known !== undefined && dialog.state === 'confirmed') {
      return this.#self.send(known, { kind: 'confirm', dialog, orders })
    }
    const owner = known ?? this.#open(dialog, { core, isCall, auth, resumed })
    for (const order of orders) this.#self.send(owner, { kind: 'order', order })
  }

  order(id: string, order: DialogOrder): void {
    const owner = this.#owners.get(id)
    if (owner !== undefined) this.#self.send(owner, { kind: 'order', order })
    else if (order.kind === 'attach') this.#self.send(order.user, { kind: 'usageEnded', dialog: id })
    else declineOrder(order, overAlready)
  }

  /** What was sent to the owner before has been answered by it when it leaves. */
  ended(id: string, owner: ActorRef<DialogMsg>): void {
    if (this.#owners.get(id) === owner) this.#owners.delete(id)
    this.#self.send(owner, { kind: 'leave' })
  }

  #open(dialog: Dialog, parts: Omit<DialogArg, 'context' | 'cores'>): ActorRef<DialogMsg> {
    const id = dialog.id
    const { core, isCall, auth, resumed } = parts
    const arg = { core, isCall, auth, resumed, context: this.#context, cores: this.#self.ref }
    const owner: ActorRef<DialogMsg> = this.#self.spawn(
      dialogOwner,
      { dialog, arg },
      { down: () => ({ kind: 'dialogEnded', id, owner }) },
    )
    this.#owners.set(id, owner)
    return owner
  }

  #respond({ transaction }: Received, response: Response): void {
    this.#self.send(transaction, { kind: 'respond', response, user: this.#self.ref })
  }
}
