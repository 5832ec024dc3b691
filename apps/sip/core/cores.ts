/** The layer of transaction users as an actor: which core takes a request, which call it belongs to (§5, §8.2, §12.2.2). */

import {
  type ActorRef,
  type AnyRef,
  type Behavior,
  type ExitReason,
  errorReason,
  type Self,
  showReason,
  Table,
  TextTable,
} from '../../actor/actor.js'
import type { Field } from '../syntax/field.js'
import { newTag } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import type { Uri } from '../syntax/uri.js'
import type { ServerOrder, ServerReport, TransactionUserMsg } from '../transaction/transaction-user.js'
import type { Locals } from '../transport/flow.js'
import type { DigestClient } from './auth/digest-client.js'
import { DigestServer } from './auth/digest-server.js'
import type { CallOutcome, Ended, Outcome } from './call.js'
import { client } from './client.js'
import type { CoreContext } from './context.js'
import { allowLine, type Core, type Handler } from './core.js'
import { type Dialog, idOf, requestDialogId } from './dialog.js'
import { Incoming } from './incoming.js'
import { type InviterMsg, inviter } from './inviter.js'
import { meansOf } from './means.js'
import { type Received, type ServerMsg, server } from './server.js'
import { type SessionArg, type SessionMsg, session } from './session.js'

export type CoresMsg =
  | TransactionUserMsg
  | ServerReport
  | { readonly kind: 'register'; readonly core: Core }
  | { readonly kind: 'unregister'; readonly name: string }
  /** The user of a server transaction has ended; after a crash its request is answered here. */
  | {
      readonly kind: 'served'
      readonly received: Received
      readonly core: Core
      readonly tag: string
      readonly reason: ExitReason
    }
  /** An INVITE has its final answer; its user waits for `leave`. */
  | { readonly kind: 'finished'; readonly transaction: ActorRef<ServerOrder> }
  /** A core accepted an INVITE. */
  | {
      readonly kind: 'accepted'
      readonly dialog: Dialog
      readonly response: Response
      readonly received: Received
      readonly core: Core
    }
  /** A call that we placed was answered. */
  | {
      readonly kind: 'open'
      readonly dialog: Dialog
      readonly ended: (by: Ended) => void
      readonly auth: DigestClient | undefined
    }
  | { readonly kind: 'dialogEnded'; readonly id: string }
  | { readonly kind: 'bye'; readonly id: string; readonly done: (outcome: Outcome) => void }
  /** A request inside a dialog for its core, to be answered, or only told. */
  | { readonly kind: 'serve'; readonly core: Core; readonly received: Received }
  | ({ readonly kind: 'notify'; readonly core: Core; readonly handler: Handler } & Pick<Received, 'request' | 'source'>)
  /** A request of our own that is no INVITE. */
  | {
      readonly kind: 'send'
      readonly request: Request
      readonly nextHop: Uri
      readonly done?: (outcome: Outcome) => void
      readonly auth?: DigestClient | undefined
    }
  | {
      readonly kind: 'invite'
      readonly request: Request
      readonly nextHop: Uri
      readonly report: (response: Response) => void
      readonly settle: (outcome: CallOutcome) => void
      readonly auth?: DigestClient | undefined
    }
  /** Gives up a call by its Call-ID. */
  | { readonly kind: 'cancelCall'; readonly callId: string }
  | { readonly kind: 'callEnded'; readonly callId: string }
  | { readonly kind: 'clientEnded'; readonly id: number }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<CoreCount> }
  | { readonly kind: 'list'; readonly replyTo: ActorRef<readonly CoreState[]> }

export interface CoreCount {
  readonly servers: number
  readonly clients: number
  readonly calls: number
  readonly dialogs: number
}

export interface CoreState {
  readonly name: string
  readonly priority: number
  /** Requests outside dialogs that it got. */
  readonly requests: number
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
  #cores: { readonly core: Core; requests: number }[] = []
  readonly #servers = new Table<ActorRef<ServerOrder>, ActorRef<ServerMsg>>()
  /** Requests of our own that are no INVITE. */
  readonly #clients = new Table<number, AnyRef>()
  #lastClient = 0
  readonly #calls: TextTable<ActorRef<InviterMsg>>
  readonly #dialogs: TextTable<ActorRef<SessionMsg>>
  readonly #allow = new WeakMap<Core, Field>()
  readonly #guards = new WeakMap<Core, DigestServer>()
  #locals: Locals | undefined
  #means = meansOf(undefined)

  constructor(context: CoreContext, self: Self<CoresMsg>) {
    this.#context = context
    this.#self = self
    this.#calls = new TextTable(context.random.uint32())
    this.#dialogs = new TextTable(context.random.uint32())
    self.defer(() => {
      for (const tables of [this.#servers, this.#clients, this.#calls, this.#dialogs]) {
        for (const ref of tables.values()) self.exit(ref, { kind: 'shutdown' })
      }
    })
  }

  receive(message: CoresMsg): void {
    switch (message.kind) {
      case 'request':
        return this.#request(message)
      case 'ack':
        return this.#ack(message)
      case 'cancel':
        return this.#cancel(message)
      case 'serve':
        return this.#serve(message.core, message.received, undefined)
      case 'served':
        return this.#served(message)
      case 'accepted': {
        const { dialog, response, received, core } = message
        return this.#open({ dialog, core, accepted: { response, received }, ended: undefined, auth: undefined })
      }
      case 'open':
        return this.#open({ ...message, core: undefined, accepted: undefined })
      case 'finished':
        return this.#finished(message.transaction)
      case 'dialogEnded':
        return this.#dialogEnded(message.id)
      case 'notify':
        return this.#notify(message)
      case 'bye':
        return this.#bye(message.id, message.done)
      case 'send':
        return this.#send(message)
      case 'invite':
        return this.#invite(message)
      case 'cancelCall': {
        const call = this.#calls.get(message.callId)
        return call === undefined ? undefined : this.#self.send(call, { kind: 'cancel' })
      }
      case 'clientEnded':
        this.#clients.delete(message.id, message.id)
        return
      case 'callEnded':
        this.#calls.delete(message.callId)
        return
      case 'register':
        this.#cores = [
          ...this.#cores.filter(({ core }) => core.name !== message.core.name),
          { core: message.core, requests: 0 },
        ]
        this.#cores.sort((a, b) => (b.core.priority ?? 0) - (a.core.priority ?? 0))
        return
      case 'unregister':
        this.#cores = this.#cores.filter(({ core }) => core.name !== message.name)
        return
      case 'locals':
        this.#locals = message.locals
        this.#means = meansOf(message.locals)
        return
      case 'count':
        return this.#self.send(message.replyTo, {
          servers: this.#servers.size,
          clients: this.#clients.size,
          calls: this.#calls.size,
          dialogs: this.#dialogs.size,
        })
      case 'list':
        return this.#self.send(
          message.replyTo,
          this.#cores.map(({ core, requests }) => ({ name: core.name, priority: core.priority ?? 0, requests })),
        )
      case 'transactionFailed':
        return
    }
  }

  #request(received: Received): void {
    const { request } = received
    const id = requestDialogId(request)
    if (id !== undefined) {
      const owner = this.#dialogs.get(id)
      // §12.2.2: what is in no dialog of ours gets 481, whatever core might like it.
      if (owner === undefined) this.#answer(received.request, received.transaction, 481)
      else this.#self.send(owner, { kind: 'request', received })
      return
    }
    // §15.1.2, RFC 3262 §3, RFC 3311 §5.1: requests that only make sense inside a dialog.
    if (['BYE', 'PRACK', 'UPDATE'].includes(request.method)) return this.#answer(request, received.transaction, 481)
    const core = this.#choose(request)
    if (core === 'failed') this.#answer(request, received.transaction, 500)
    // §8.2.2.1: nobody here knows that user, or nobody knows what a URI of that scheme means.
    else if (core === undefined) this.#answer(request, received.transaction, request.uri.isSip ? 404 : 416)
    else this.#serve(core, received, this.#guardOf(core))
  }

  /** The first core, by priority, whose predicate takes the request; a predicate that throws costs this request only. */
  #choose(request: Request): Core | 'failed' | undefined {
    for (const entry of this.#cores) {
      try {
        if (!entry.core.match(request)) continue
      } catch (thrown) {
        this.#complain(entry.core, request, `its match function threw ${showReason(errorReason(thrown))}`)
        return 'failed'
      }
      entry.requests++
      return entry.core
    }
    return undefined
  }

  #serve(core: Core, received: Received, guard: DigestServer | undefined): void {
    const tag = newTag(this.#context.random)
    const arg = {
      context: this.#context,
      cores: this.#self.ref,
      core,
      allow: this.#allowOf(core),
      received,
      tag,
      guard,
    }
    const ref = this.#self.spawn(server, arg, { down: reason => ({ kind: 'served', received, core, tag, reason }) })
    this.#servers.set(received.transaction, received.transaction, ref)
    this.#self.send(ref, { kind: 'begin' })
  }

  /** Made once for a core. */
  #allowOf(core: Core): Field {
    const known = this.#allow.get(core)
    if (known !== undefined) return known
    const line = allowLine(core)
    this.#allow.set(core, line)
    return line
  }

  /** Made once for a core: it knows the nonces that it has given out. */
  #guardOf(core: Core): DigestServer | undefined {
    if (core.authenticate === undefined) return undefined
    const known = this.#guards.get(core)
    if (known !== undefined) return known
    const guard = new DigestServer(core.authenticate, this.#context.random)
    this.#guards.set(core, guard)
    return guard
  }

  #served({ received, core, tag, reason }: Extract<CoresMsg, { kind: 'served' }>): void {
    this.#servers.delete(received.transaction, received.transaction)
    if (reason.kind !== 'error') return
    this.#complain(core, received.request, `its ${received.request.method} handler threw ${showReason(reason)}`)
    // The transaction ignores it should the handler have answered before it threw.
    this.#answer(received.request, received.transaction, 500, tag)
  }

  /** From here on a CANCEL is answered by the cores themselves, and none is on its way to the user of the INVITE. */
  #finished(transaction: ActorRef<ServerOrder>): void {
    const owner = this.#servers.get(transaction, transaction)
    this.#servers.delete(transaction, transaction)
    if (owner !== undefined) this.#self.send(owner, { kind: 'leave' })
  }

  /** The same for a session: what was sent to it before has been answered by it when it leaves. */
  #dialogEnded(id: string): void {
    const owner = this.#dialogs.get(id)
    this.#dialogs.delete(id)
    if (owner !== undefined) this.#self.send(owner, { kind: 'leave' })
  }

  #ack({ request, source }: Extract<CoresMsg, { kind: 'ack' }>): void {
    const owner = this.#dialogs.get(requestDialogId(request) ?? '')
    if (owner !== undefined) this.#self.send(owner, { kind: 'ack', received: { request, source } })
  }

  /** §9.2: 200 when the INVITE is known, even where it is too late to cancel it; 481 when it is not. */
  #cancel({ request, transaction, invite, matched }: Extract<CoresMsg, { kind: 'cancel' }>): void {
    const owner = invite === undefined ? undefined : this.#servers.get(invite, invite)
    if (owner !== undefined) this.#self.send(owner, { kind: 'cancel', request, transaction })
    else this.#answer(request, transaction, matched ? 200 : 481)
  }

  #open({ dialog, core, accepted, ended, auth }: Omit<SessionArg, 'context' | 'cores'>): void {
    const id = idOf(dialog)
    const arg = { context: this.#context, cores: this.#self.ref, dialog, core, accepted, ended, auth }
    this.#dialogs.set(id, this.#self.spawn(session, arg, { down: () => ({ kind: 'dialogEnded', id }) }))
  }

  #bye(id: string, done: (outcome: Outcome) => void): void {
    const owner = this.#dialogs.get(id)
    if (owner === undefined) done({ kind: 'transportError', reason: 'the call is over' })
    else this.#self.send(owner, { kind: 'bye', done })
  }

  #send({ request, nextHop, done, auth }: Extract<CoresMsg, { kind: 'send' }>): void {
    const id = ++this.#lastClient
    const arg = { context: this.#context, locals: this.#locals, means: this.#means, request, nextHop, done, auth }
    this.#clients.set(id, id, this.#self.spawn(client, arg, { down: () => ({ kind: 'clientEnded', id }) }))
  }

  #invite({ request, nextHop, report, settle, auth }: Extract<CoresMsg, { kind: 'invite' }>): void {
    const { callId } = request
    const arg = {
      context: this.#context,
      cores: this.#self.ref,
      locals: this.#locals,
      means: this.#means,
      request,
      nextHop,
      report,
      settle,
      auth,
    }
    this.#calls.set(callId, this.#self.spawn(inviter, arg, { down: () => ({ kind: 'callEnded', callId }) }))
  }

  /** Tells a core of something that needs no answer. */
  #notify({ core, handler, request, source }: Extract<CoresMsg, { kind: 'notify' }>): void {
    const incoming = new Incoming(request, source, { answered: 200, reply: () => false, after: () => undefined })
    try {
      const result = handler(incoming)
      if (!(result instanceof Promise)) return
      result.catch((error: unknown) =>
        this.#complain(core, request, `its ${request.method} handler threw ${showReason(errorReason(error))}`),
      )
    } catch (thrown) {
      this.#complain(core, request, `its ${request.method} handler threw ${showReason(errorReason(thrown))}`)
    }
  }

  #answer(request: Request, transaction: ActorRef<ServerOrder>, status: number, tag?: string): void {
    const response = createResponse(request, status, { toTag: tag ?? newTag(this.#context.random) })
    this.#self.send(transaction, { kind: 'respond', response, user: this.#self.ref })
  }

  #complain(core: Core, request: Request, what: string): void {
    this.#context.complain({ core: core.name, callId: request.callId, what })
  }
}
