/** The layer of transaction users as an actor: which core takes a request, which call it belongs to (§5, §8.2, §12.2.2). */

import {
  type ActorRef,
  type AnyRef,
  type Behavior,
  type ExitReason,
  type Self,
  showReason,
  Table,
  TextTable,
} from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import { newTag } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import { isKnownMethod } from '../syntax/method.js'
import { createResponse } from '../syntax/response.js'
import { serverKey } from '../transaction/key.js'
import type { ServerOrder, ServerReport, TransactionUserMsg } from '../transaction/transaction-user.js'
import { isReliable, type Locals } from '../transport/flow.js'
import { ActiveDialog } from './active-dialog.js'
import type { DigestClient } from './auth/digest-client.js'
import { hash } from './auth/hash.js'
import { type ClientOrder, client } from './client.js'
import type { CoreContext } from './context.js'
import type { Core } from './core.js'
import { type Dialog, idOf } from './dialog.js'
import type { DialogOrder } from './dialog-order.js'
import type { DialogMsg } from './dialog-owner.js'
import type { DialogQuestion } from './dialog-state.js'
import { type Answered, type AwaitingMsg, Dialogs } from './dialogs.js'
import { type InviterMsg, type InviterOrder, inviter } from './inviter.js'
import { meansOf } from './means.js'
import { MergedRequests } from './merged-requests.js'
import { type ReinviterOrder, reinviter } from './reinviter.js'
import { RemoteCore } from './remote-core.js'
import { remoteServer } from './remote-server.js'
import { type Received, type ServerArg, type ServerOrders, server } from './server.js'
import type { Service } from './service.js'
import { type CoreState, Services } from './services.js'
import { tell } from './telling.js'

export type CoresMsg =
  | TransactionUserMsg
  | ServerReport
  | { readonly kind: 'register'; readonly core: Core }
  | { readonly kind: 'unregister'; readonly name: string }
  /** The user of a server transaction has ended; after a crash its request is answered here. */
  | {
      readonly kind: 'served'
      readonly arg: ServerArg
      readonly ref: ActorRef<ServerOrders>
      readonly reason: ExitReason
    }
  /** Not for this core after all, says its home. */
  | { readonly kind: 'declined'; readonly arg: ServerArg }
  /** An INVITE has its final answer; its user waits for `leave`. */
  | { readonly kind: 'finished'; readonly transaction: ActorRef<ServerOrder> }
  | Answered
  /** A call that we placed was answered, provisionally or finally (§12.1.2), or a subscription notified: the dialog of that. */
  | {
      readonly kind: 'open'
      readonly dialog: Dialog
      readonly core: Core
      readonly isCall: boolean
      readonly auth: DigestClient | undefined
      /** Ends when no 2xx can come any more. */
      readonly inviter: ActorRef<InviterMsg> | undefined
    }
  /** Who gets the NOTIFY with that `awaitedId` which comes in no dialog; nobody any more when it is undefined. */
  | { readonly kind: 'await'; readonly id: string; readonly user: ActorRef<AwaitingMsg> | undefined }
  | { readonly kind: 'dialogEnded'; readonly id: string; readonly owner: ActorRef<DialogMsg> }
  | { readonly kind: 'order'; readonly id: string; readonly order: DialogOrder }
  /** A request inside a dialog for its core, to be answered, or only told; `fallback` is for cores without a handler. */
  | {
      readonly kind: 'serve'
      readonly core: Core
      readonly received: Received
      readonly owner: ActorRef<DialogMsg>
      readonly dialog: Dialog
      readonly fallback: number
    }
  /** A request is to be answered with that status: its dialog is over (§15.1.2), or nobody acknowledges (RFC 3262 §3). */
  | { readonly kind: 'abort'; readonly transaction: ActorRef<ServerOrder>; readonly status: number }
  | ({ readonly kind: 'notify'; readonly core: Core; readonly dialog?: Dialog } & Pick<Received, 'request' | 'source'>)
  /** A request of our own that is no INVITE. */
  | ({ readonly kind: 'send' } & ClientOrder)
  | ({ readonly kind: 'reinvite' } & ReinviterOrder)
  | ({ readonly kind: 'invite' } & InviterOrder)
  /** Gives up a call by its Call-ID. */
  | { readonly kind: 'cancelCall'; readonly callId: string }
  /** From now on no request of our own begins anything. */
  | { readonly kind: 'drain' }
  /** Ends all calls. */
  | { readonly kind: 'hangUp' }
  | { readonly kind: 'callEnded'; readonly callId: string }
  | { readonly kind: 'clientEnded' | 'changeEnded'; readonly id: number }
  /** The transactions that began two turns ago are over, for those who look for merged requests. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<CoreCount> }
  | { readonly kind: 'cores'; readonly replyTo: ActorRef<readonly CoreState[]> }
  /** The owners of the first `most` dialogs. */
  | { readonly kind: 'dialogs'; readonly most: number; readonly replyTo: ActorRef<readonly ActorRef<DialogQuestion>[]> }

export interface CoreCount {
  readonly servers: number
  readonly clients: number
  /** INVITEs of our own, until no further 2xx can come. */
  readonly calls: number
  readonly dialogs: number
}

const draining = { kind: 'transportError', reason: 'the stack is draining' } as const

export const cores: Behavior<CoresMsg, CoreContext> = {
  label: 'cores',
  init(context, self) {
    const office = new Cores(context, self)
    self.send(context.transactions, { kind: 'user', user: self.ref })
    return message => office.receive(message)
  },
}

class Cores {
  readonly #context: CoreContext
  readonly #self: Self<CoresMsg>
  readonly #services: Services
  readonly #servers = new Table<ActorRef<ServerOrder>, ActorRef<ServerOrders>>()
  /** Requests of our own but INVITEs. */
  readonly #clients = new Table<number, AnyRef>()
  /** Re-INVITEs of our own. */
  readonly #changes = new Table<number, AnyRef>()
  #lastClient = 0
  readonly #calls: TextTable<ActorRef<InviterMsg>>
  readonly #dialogs: Dialogs
  readonly #merged: MergedRequests
  /** What To tags of INVITEs are made with, so that nobody can foresee them. */
  readonly #secret: string
  #isDraining = false
  #locals: Locals | undefined
  #means = meansOf(undefined)

  constructor(context: CoreContext, self: Self<CoresMsg>) {
    this.#context = context
    this.#self = self
    this.#calls = new TextTable(context.random.uint32())
    this.#dialogs = new Dialogs(context, self)
    this.#services = new Services(context)
    this.#merged = new MergedRequests(context.random.uint32())
    this.#secret = newTag(context.random) + newTag(context.random)
    self.defer(() => {
      for (const tables of [this.#servers, this.#clients, this.#changes, this.#calls, this.#dialogs]) {
        for (const ref of tables.values()) self.exit(ref, { kind: 'shutdown' })
      }
    })
  }

  receive(message: CoresMsg): void {
    switch (message.kind) {
      case 'request':
        return this.#request(message)
      case 'ack':
        return this.#dialogs.ack(message.request, message.source)
      case 'cancel':
        return this.#cancel(message)
      case 'serve':
        return this.#serve(this.#services.successorOf(message.core), message.received, false, message)
      case 'declined':
        this.#servers.delete(message.arg.received.transaction, message.arg.received.transaction)
        return this.#offer(message.arg.received, message.arg)
      case 'served':
        return this.#served(message)
      case 'answered':
        return this.#dialogs.answered(message)
      case 'open':
        return this.#dialogs.opened(message)
      case 'await':
        return this.#dialogs.await(message)
      case 'finished':
        return this.#finished(message.transaction)
      case 'dialogEnded':
        return this.#dialogs.ended(message.id, message.owner)
      case 'notify':
        return this.#notify(message)
      case 'order':
        return this.#dialogs.order(message.id, message.order)
      case 'abort': {
        const owner = this.#servers.get(message.transaction, message.transaction)
        return owner === undefined ? undefined : this.#self.send(owner, { kind: 'abort', status: message.status })
      }
      case 'send':
        return this.#send(message)
      case 'reinvite':
        return this.#reinvite(message)
      case 'invite':
        return this.#invite(message)
      case 'cancelCall': {
        const call = this.#calls.get(message.callId)
        return call === undefined ? undefined : this.#self.send(call, { kind: 'cancel' })
      }
      case 'drain':
        this.#isDraining = true
        return
      case 'hangUp':
        return this.#hangUp()
      case 'clientEnded':
        this.#clients.delete(message.id, message.id)
        return
      case 'changeEnded':
        this.#changes.delete(message.id, message.id)
        return
      case 'callEnded':
        this.#calls.delete(message.callId)
        return
      case 'register':
        return this.#services.register(message.core)
      case 'unregister':
        return this.#services.unregister(message.name)
      case 'locals':
        this.#locals = message.locals
        this.#means = meansOf(message.locals)
        return
      case 'count':
        return this.#self.send(message.replyTo, {
          servers: this.#servers.size,
          clients: this.#clients.size,
          calls: this.#calls.size + this.#changes.size,
          dialogs: this.#dialogs.size,
        })
      case 'cores':
        return this.#self.send(message.replyTo, this.#services.list())
      case 'dialogs':
        return this.#self.send(message.replyTo, this.#dialogs.first(message.most))
      case 'turn':
        return this.#turn()
      case 'transactionFailed':
        return
    }
  }

  #request(received: Received): void {
    const { request } = received
    if (this.#dialogs.request(received)) return
    // §15.1.2, RFC 3262 §3, RFC 3311 §5.1: requests that only make sense inside a dialog.
    if (['BYE', 'PRACK', 'UPDATE'].includes(request.method)) return this.#answer(request, received.transaction, 481)
    this.#offer(received)
  }

  #offer(received: Received, declined?: ServerArg): void {
    const { request, transaction } = received
    const service = this.#services.choose(request, declined?.service)
    if (service === 'failed') this.#answer(request, transaction, 500, declined?.tag)
    else if (service === undefined) this.#answer(request, transaction, statusForNobody(request), declined?.tag)
    else this.#serve(service, received, declined?.isMerged ?? this.#isMerged(request))
  }

  #serve(
    service: Service,
    received: Received,
    isMerged: boolean,
    inDialog?: Extract<CoresMsg, { kind: 'serve' }>,
  ): void {
    const { request, transaction } = received
    const arg = {
      context: this.#context,
      cores: this.#self.ref,
      service,
      received,
      tag: this.#tagFor(request),
      isMerged,
      inDialog,
    }
    const options = { down: (reason: ExitReason) => ({ kind: 'served', arg, ref, reason }) as const }
    const ref: ActorRef<ServerOrders> =
      service.core instanceof RemoteCore
        ? this.#self.spawn(remoteServer, arg, options)
        : this.#self.spawn(server, arg, options)
    this.#servers.set(transaction, transaction, ref)
    this.#self.send(ref, { kind: 'begin' })
  }

  /** §9.2: the answer to a CANCEL has the tag of the INVITE's answer, even where nobody knows that any more. */
  #tagFor(request: Request): string {
    const { to, method } = request
    if (to.tag !== undefined) return to.tag
    if (method !== 'INVITE' && method !== 'CANCEL') return newTag(this.#context.random)
    return hash('SHA-256', `${this.#secret} ${request.callId} ${serverKey(request, 'INVITE')}`).slice(0, 16)
  }

  /** §8.2.2.2: a server transaction goes on for 64*T1 after the last time that its request can come (§17.2.2). */
  #isMerged(request: Request): boolean {
    if (this.#merged.isEmpty) this.#self.startTimer('turn', 64 * this.#context.timers.T1, { kind: 'turn' })
    return this.#merged.add(request)
  }

  #turn(): void {
    this.#merged.turn()
    if (!this.#merged.isEmpty) this.#self.startTimer('turn', 64 * this.#context.timers.T1, { kind: 'turn' })
  }

  #served({ arg, ref, reason }: Extract<CoresMsg, { kind: 'served' }>): void {
    const { received, service, tag, isMerged, inDialog } = arg
    const { core } = service
    // Whoever has declined has been followed by another one.
    if (this.#servers.get(received.transaction, received.transaction) === ref) {
      this.#servers.delete(received.transaction, received.transaction)
    }
    // §17.2.2: over a reliable transport the answer is the end of it; an INVITE may go on.
    const isOver = received.request.method !== 'INVITE' && isReliable(received.source.transport)
    if (isOver && !isMerged && inDialog === undefined) this.#merged.delete(received.request)
    if (reason.kind !== 'error') return
    this.#complain(core, received.request, `its ${received.request.method} handler threw ${showReason(reason)}`)
    // The transaction ignores it should the handler have answered before it threw.
    const response = createResponse(received.request, 500, { toTag: tag })
    this.#dialogs.answered({ kind: 'answered', response, received, core, isBegun: true })
  }

  /** From here on a CANCEL is answered by the cores themselves, and none is on its way to the user of the INVITE. */
  #finished(transaction: ActorRef<ServerOrder>): void {
    const owner = this.#servers.get(transaction, transaction)
    this.#servers.delete(transaction, transaction)
    if (owner !== undefined) this.#self.send(owner, { kind: 'leave' })
  }

  /** §9.2: 200 when the INVITE is known, even where it is too late to cancel it; 481 when it is not. */
  #cancel({ request, transaction, invite, matched }: Extract<CoresMsg, { kind: 'cancel' }>): void {
    this.#answer(request, transaction, matched ? 200 : 481, this.#tagFor(request))
    const owner = invite === undefined ? undefined : this.#servers.get(invite, invite)
    if (owner !== undefined) this.#self.send(owner, { kind: 'cancel' })
  }

  #hangUp(): void {
    const order = { kind: 'bye', options: {}, done: () => undefined } as const
    for (const owner of this.#dialogs.values()) this.#self.send(owner, { kind: 'order', order })
    for (const call of this.#calls.values()) this.#self.send(call, { kind: 'cancel' })
  }

  #send(order: ClientOrder): void {
    if (this.#isDraining && order.request.to.tag === undefined) return order.done?.(draining)
    const id = ++this.#lastClient
    const arg = { ...order, context: this.#context, locals: this.#locals, means: this.#means }
    this.#clients.set(id, id, this.#self.spawn(client, arg, { down: () => ({ kind: 'clientEnded', id }) }))
  }

  #reinvite(order: ReinviterOrder): void {
    const id = ++this.#lastClient
    const cores = this.#self.ref
    const arg = { ...order, context: this.#context, cores, locals: this.#locals, means: this.#means }
    this.#changes.set(id, id, this.#self.spawn(reinviter, arg, { down: () => ({ kind: 'changeEnded', id }) }))
  }

  #invite(order: InviterOrder): void {
    if (this.#isDraining) {
      order.user.settle(draining)
      return order.user.over()
    }
    const { callId } = order.request
    const arg = {
      ...order,
      context: this.#context,
      cores: this.#self.ref,
      locals: this.#locals,
      means: this.#means,
    }
    this.#calls.set(callId, this.#self.spawn(inviter, arg, { down: () => ({ kind: 'callEnded', callId }) }))
  }

  /** Tells a core of something that needs no answer. */
  #notify({ core: began, request, source, dialog }: Extract<CoresMsg, { kind: 'notify' }>): void {
    const { core } = this.#services.successorOf(began)
    if (core instanceof RemoteCore) this.#self.send(core.home, { kind: 'tell', text: formatMessage(request), source })
    else tell(core, { request, source, dialog: dialog && this.#active(dialog) }, this.#context.complain)
  }

  #active(dialog: Dialog): ActiveDialog {
    const id = idOf(dialog)
    return new ActiveDialog(dialog, order => this.#self.send(this.#self.ref, { kind: 'order', id, order }))
  }

  #answer(request: Request, transaction: ActorRef<ServerOrder>, status: number, tag?: string): void {
    const response = createResponse(request, status, { toTag: tag ?? newTag(this.#context.random) })
    this.#respond(transaction, response)
  }

  #respond(transaction: ActorRef<ServerOrder>, response: Response): void {
    this.#self.send(transaction, { kind: 'respond', response, user: this.#self.ref })
  }

  #complain(core: Core, request: Request, what: string): void {
    this.#context.complain({ core: core.name, callId: request.callId, what })
  }
}

/** What is owed when no core takes a request: §21.5.2, §8.2.2.1. */
function statusForNobody({ method, uri }: Request): number {
  if (!isKnownMethod(method)) return 501
  return uri.isSip ? 404 : 416
}
