/** The layer of transaction users as an actor: which core takes a request, which call it belongs to (§5, §8.2, §12.2.2). */

import {
  type ActorRef,
  type Behavior,
  type ExitReason,
  type Self,
  showReason,
  shutdown,
  Table,
} from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import { newTag } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { serverKey } from '../transaction/key.js'
import type { ServerOrder, ServerReport, TransactionUserMsg } from '../transaction/transaction-user.js'
import { isReliable } from '../transport/flow.js'
import { ActiveDialog } from './active-dialog.js'
import { believed, trustOf } from './asserted-identity.js'
import type { DigestClient } from './auth/digest-client.js'
import { hash } from './auth/hash.js'
import type { Ended } from './call.js'
import type { CoreContext } from './context.js'
import { type Core, handlerOf } from './core.js'
import { type Dialog, responseDialogId } from './dialog.js'
import type { DialogMsg, DialogOrder } from './dialog-order.js'
import type { SessionSnapshot } from './dialog-snapshot.js'
import type { DialogQuestion } from './dialog-state.js'
import { type Answered, type AwaitingMsg, Dialogs } from './dialogs.js'
import { handOver } from './handing-over.js'
import { type Fingerprint, MergedRequests } from './merged-requests.js'
import type { Agreement } from './offer-answer.js'
import type { OwedAnswer } from './owed-answer.js'
import { type OwnMsg, OwnRequests } from './own-requests.js'
import { isForRegistrars, statusForNobody } from './policy.js'
import { reasonsOf } from './reason.js'
import { RemoteCore } from './remote-core.js'
import { remoteServer } from './remote-server.js'
import { noticeFrom, type RemoteNotice } from './remote-watcher.js'
import { orderOf, type ReplacementMsg } from './replacement-place.js'
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
      readonly resumed?: SessionSnapshot
      /** The first for its owner. */
      readonly orders?: readonly DialogOrder[]
    }
  /** Who gets the NOTIFY with that `awaitedId` which comes in no dialog; nobody any more when it is undefined. */
  | { readonly kind: 'await'; readonly id: string; readonly user: ActorRef<AwaitingMsg> | undefined }
  | ReplacementMsg
  /** What a core tells that has its home on another thread. */
  | ({ readonly kind: 'remoteNotice' } & RemoteNotice)
  /** Such a NOTIFY is refused. */
  | { readonly kind: 'unwanted'; readonly received: Received; readonly status: number }
  /** Whoever got them has ended. */
  | { readonly kind: 'deserted'; readonly user: ActorRef<AwaitingMsg> }
  | { readonly kind: 'dialogEnded'; readonly id: string; readonly owner: ActorRef<DialogMsg> }
  | { readonly kind: 'order'; readonly id: string; readonly order: DialogOrder }
  /** A request inside a dialog for its core, to be answered, or only told; `fallback` is for cores without a handler. */
  | {
      readonly kind: 'serve'
      readonly core: Core
      readonly received: Received
      readonly owner: ActorRef<DialogMsg>
      readonly dialog: Dialog
      readonly fallback: OwedAnswer
      readonly agreement: Agreement | undefined
      readonly ended: Promise<Ended>
    }
  /** A request is to be answered with that status: its dialog is over (§15.1.2), or nobody acknowledges (RFC 3262 §3). */
  | { readonly kind: 'abort'; readonly transaction: ActorRef<ServerOrder>; readonly status: number }
  | ({
      readonly kind: 'notify'
      readonly core: Core
      readonly dialog?: Dialog
      readonly session?: { readonly ended: Promise<Ended> }
    } & Pick<Received, 'request' | 'source'>)
  | OwnMsg
  /** Ends all calls. */
  | { readonly kind: 'hangUp' }
  /** The transactions that began two turns ago are over, for those who look for merged requests. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<CoreCount> }
  | { readonly kind: 'cores'; readonly replyTo: ActorRef<readonly CoreState[]> }
  /** Ends the call of a dialog; answered with whether there is such a dialog. */
  | { readonly kind: 'endDialog'; readonly id: string; readonly replyTo: ActorRef<boolean> }
  /** The owners of the first `most` dialogs. */
  | { readonly kind: 'dialogs'; readonly most: number; readonly replyTo: ActorRef<readonly ActorRef<DialogQuestion>[]> }

export interface CoreCount {
  readonly servers: number
  readonly clients: number
  /** INVITEs of our own, until no further 2xx can come. */
  readonly calls: number
  readonly dialogs: number
}

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
  readonly #own: OwnRequests
  readonly #dialogs: Dialogs
  readonly #merged: MergedRequests
  /** What To tags of INVITEs are made with, so that nobody can foresee them. */
  readonly #secret: string
  /** 64*T1, in ms. */
  readonly #patience: number
  readonly #trusted: ReadonlySet<string>

  constructor(context: CoreContext, self: Self<CoresMsg>) {
    this.#context = context
    this.#self = self
    this.#own = new OwnRequests(context, self)
    this.#dialogs = new Dialogs(context, self)
    this.#services = new Services(context)
    this.#merged = new MergedRequests(context.random.uint32())
    this.#patience = 64 * context.timers.T1
    this.#trusted = trustOf(context.policy)
    this.#secret = newTag(context.random) + newTag(context.random)
    self.defer(() => {
      for (const tables of [this.#servers, this.#own, this.#dialogs]) {
        for (const ref of tables.values()) self.exit(ref, { kind: 'shutdown' })
      }
    })
  }

  receive(message: CoresMsg): void {
    switch (message.kind) {
      case 'request':
        return this.#request(this.#believed(message))
      case 'ack':
        return this.#dialogs.ack(this.#believed(message))
      case 'cancel':
        return this.#cancel(message)
      case 'serve':
        return this.#serve(this.#services.successorOf(message.core), message.received, { isMerged: false }, message)
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
      case 'replaceable':
      case 'replaced':
        return this.#dialogs.order(message.id, orderOf(message, this.#self))
      case 'remoteNotice':
        return this.#dialogs.order(message.id, noticeFrom(message, this.#self))
      case 'unwanted':
        return this.#dialogs.unwanted(message)
      case 'deserted':
        return this.#dialogs.deserted(message)
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
      case 'reinvite':
      case 'invite':
      case 'cancelCall':
      case 'hungUp':
      case 'clientEnded':
      case 'changeEnded':
      case 'callEnded':
      case 'rest':
      case 'accepted':
      case 'expireAnswered':
      case 'surplusEnded':
      case 'locals':
        return this.#own.receive(message)
      case 'drain':
        this.#dialogs.drain()
        return this.#own.receive(message)
      case 'hangUp':
        return this.#hangUp()
      case 'register':
        return this.#services.register(message.core)
      case 'unregister':
        return this.#services.unregister(message.name)
      case 'count':
        return this.#self.send(message.replyTo, {
          servers: this.#servers.size,
          clients: this.#own.clients,
          calls: this.#own.calls,
          dialogs: this.#dialogs.size,
        })
      case 'cores':
        return this.#self.send(message.replyTo, this.#services.list())
      case 'dialogs':
        return this.#self.send(message.replyTo, this.#dialogs.first(message.most))
      case 'endDialog':
        return this.#self.send(message.replyTo, this.#dialogs.hangUp(message.id))
      case 'turn':
        return this.#turn()
      case 'transactionFailed':
        return
    }
  }

  #believed<T extends Pick<Received, 'request' | 'source'>>(received: T): T {
    const request = believed(received.request, received.source, this.#trusted)
    return request === received.request ? received : { ...received, request }
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
    else if (service === undefined && isForRegistrars(request)) this.#self.exit(transaction, shutdown)
    else if (service === undefined) this.#answer(request, transaction, statusForNobody(request), declined?.tag)
    else if (declined !== undefined) this.#serve(service, received, declined)
    else {
      const first = this.#firstOf(request)
      this.#serve(service, received, { first, isMerged: first === undefined })
    }
  }

  #serve(
    service: Service,
    received: Received,
    { isMerged, first }: Pick<ServerArg, 'isMerged' | 'first'>,
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
      first,
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

  #firstOf(request: Request): Fingerprint | undefined {
    if (this.#merged.isEmpty) this.#self.startTimer('turn', this.#patience, { kind: 'turn' })
    return this.#merged.add(request, this.#self.now)
  }

  #turn(): void {
    this.#merged.turn(this.#self.now)
    if (!this.#merged.isEmpty) this.#self.startTimer('turn', this.#patience, { kind: 'turn' })
  }

  #served({ arg, ref, reason }: Extract<CoresMsg, { kind: 'served' }>): void {
    const { received, service, tag, first } = arg
    const { core } = service
    // Whoever has declined has been followed by another one; of an INVITE, whoever has answered is not there any more.
    const isThere = this.#servers.get(received.transaction, received.transaction) === ref
    if (isThere) this.#servers.delete(received.transaction, received.transaction)
    // §17.2.2: over a reliable transport the answer is the end of it; else, and for an INVITE, 64*T1 later.
    const isOver = received.request.method !== 'INVITE' && isReliable(received.source.transport)
    if (first !== undefined) this.#merged.lasts(first, this.#self.now + (isOver ? 0 : this.#patience))
    if (reason.kind !== 'error') return
    this.#complain(core, received.request, `its ${received.request.method} handler threw ${showReason(reason)}`)
    if (!isThere) return
    // The transaction ignores it should the handler have answered before it threw.
    const response = createResponse(received.request, 500, { toTag: tag })
    const id = responseDialogId(received.request, tag)
    this.#dialogs.answered({ kind: 'answered', id, response, received, core, isBegun: true })
  }

  /** From here on a CANCEL is answered by the cores themselves, and none is on its way to the user of the INVITE. */
  #finished(transaction: ActorRef<ServerOrder>): void {
    const owner = this.#servers.get(transaction, transaction)
    this.#servers.delete(transaction, transaction)
    if (owner !== undefined) this.#self.send(owner, { kind: 'leave' })
  }

  /** §9.2: 200 when the INVITE is known, even where it is too late to cancel it; 481 when it is not. */
  #cancel({ request, transaction, invite, matched }: Extract<CoresMsg, { kind: 'cancel' }>): void {
    const tag = this.#tagFor(request)
    this.#answer(request, transaction, matched ? 200 : 481, tag)
    if (invite === undefined) return
    const owner = this.#servers.get(invite, invite)
    if (owner !== undefined) this.#self.send(owner, { kind: 'cancel', reasons: reasonsOf(request) })
    else this.#dialogs.order(responseDialogId(request, tag), { kind: 'cancelled', invite })
  }

  /** §13.3.1.1: nobody is left ringing. */
  #hangUp(): void {
    for (const owner of this.#servers.values()) this.#self.send(owner, { kind: 'abort', status: 480 })
    this.#dialogs.hangUp()
    this.#own.cancelAll()
  }

  /** Tells a core of something that needs no answer. */
  #notify({ core: began, request, source, dialog, session }: Extract<CoresMsg, { kind: 'notify' }>): void {
    const { core } = this.#services.successorOf(began)
    if (core instanceof RemoteCore) this.#self.send(core.home, { kind: 'tell', text: formatMessage(request), source })
    else if (handlerOf(core, request.method) !== undefined) {
      const active = dialog && this.#active(dialog, session?.ended)
      tell(core, { request, source, dialog: active }, this.#context.complain)
    }
  }

  #active(dialog: Dialog, ended: Promise<Ended> | undefined): ActiveDialog {
    const id = dialog.id
    return new ActiveDialog(dialog, order => handOver(this.#self, this.#self.ref, { kind: 'order', id, order }), ended)
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
