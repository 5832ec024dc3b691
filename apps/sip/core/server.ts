/** The user of one server transaction: §8.2. The application's handler runs in this actor, and its mistakes end here. */

import { type ActorRef, type Behavior, errorReason, type Receive, type Self, showReason } from '../../actor/actor.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import type { ServerOrder, ServerReport } from '../transaction/transaction-user.js'
import { isSecure, type Route, type Source } from '../transport/flow.js'
import { accepting } from './accepting.js'
import { ActiveDialog } from './active-dialog.js'
import { answerLines, isSessionAnswer } from './answer-lines.js'
import { leave, sendAnswer } from './answer-way.js'
import type { Verdict } from './auth/digest-server.js'
import type { Ended } from './call.js'
import type { CoreContext } from './context.js'
import { type Handler, handlerOf } from './core.js'
import type { CoresMsg } from './cores.js'
import { type Dialog, kept, responseDialogId, uasDialog } from './dialog.js'
import type { DialogMsg } from './dialog-order.js'
import { ordersFor } from './handing-over.js'
import type { HomeAnswer } from './home.js'
import { Incoming, type IncomingActor, opensDialog, type ReplyOptions } from './incoming.js'
import { checkMessageAnswer } from './instant-message.js'
import type { Fingerprint } from './merged-requests.js'
import type { Subscribed } from './notifier.js'
import type { Agreement } from './offer-answer.js'
import { type OwedAnswer, owedWithoutHandler, patienceFor } from './owed-answer.js'
import { checkExtensions } from './policy.js'
import type { Reason } from './reason.js'
import { acceptingElsewhere, type RemoteGrant } from './remote-watcher.js'
import { Replacement } from './replacement.js'
import { placeHere, placeThere } from './replacement-place.js'
import type { Service } from './service.js'
import type { AcceptOptions, Watcher } from './watcher.js'

/** What the cores send to whoever serves a request. */
export type ServerOrders =
  | { readonly kind: 'begin' }
  /** The cores know that it has answered: nothing comes any more. */
  | { readonly kind: 'leave' }
  /** §9.2: a CANCEL came for this INVITE; it has been answered. */
  | { readonly kind: 'cancel'; readonly reasons: readonly Reason[] }
  /** The dialog that it is in is over. */
  | { readonly kind: 'abort'; readonly status?: number }

export type ServerMsg =
  | ServerReport
  | ServerOrders
  /** §13.3.1.1: the provisional answer once more. */
  | { readonly kind: 'again' }
  | { readonly kind: 'task'; readonly run: () => void }
  | { readonly kind: 'judged'; readonly verdict: Verdict }
  /** Whether the dialog that Replaces names can be replaced: the status owed where it cannot. */
  | { readonly kind: 'replaceable'; readonly status: number | undefined }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The handler has taken too long, which has that status. */
  | { readonly kind: 'overdue'; readonly status: number }

/** A request with all that is needed to answer it. */
export interface Received {
  readonly request: Request
  readonly source: Source
  readonly route: Route
  readonly transaction: ActorRef<ServerOrder>
}

export interface ServerArg {
  readonly context: Pick<CoreContext, 'timers' | 'elsewhere' | 'complain'>
  readonly cores: ActorRef<CoresMsg>
  readonly service: Service
  readonly received: Received
  /** The To tag of every answer to it (§8.2.6.2). */
  readonly tag: string
  /** It has come by another way already (§8.2.2.2). */
  readonly isMerged: boolean
  /** What others are known by that are merged with it; undefined for one of those, and in a dialog. */
  readonly first?: Fingerprint | undefined
  /** Who answers go to inside a dialog, and the answer of a core that has no handler. */
  readonly inDialog:
    | {
        readonly owner: ActorRef<DialogMsg>
        readonly fallback: OwedAnswer
        readonly dialog?: Dialog
        readonly agreement?: Agreement | undefined
        readonly ended?: Promise<Ended>
      }
    | undefined
  /** Who gets the answers where the core has its home, when the request came to another thread. */
  readonly asker?: ActorRef<HomeAnswer>
}

/** ms between two of the same provisional answer, so that proxies do not give up (§13.3.1.1). */
const AGAIN = 60_000

export const server: Behavior<ServerMsg, ServerArg> = {
  label: 'server',
  init(arg, self) {
    return new Server(arg, self).receive
  },
}

class Server implements IncomingActor {
  readonly #arg: ServerArg
  readonly #self: Self<ServerMsg>
  readonly #incoming: Incoming
  readonly #begun: number | undefined
  #answered: number | undefined
  #user: string | undefined
  /** The headers of a 2xx that prove who we are (RFC 7616 §3.5). */
  #info: ((body: string) => HeaderInputs) | undefined
  /** The last provisional answer. */
  #provisional: Response | undefined
  /** What the CANCEL has said. */
  #reasons: readonly Reason[] | undefined
  #tasks = 0
  /** A dialog was opened by what has been answered (§12.1.1). */
  #isBegun = false
  /** The first answer that has opened a dialog. */
  #opening: Response | undefined
  #dialog: ActiveDialog | undefined
  #replacement: Replacement | undefined
  /** Its dialog is over, and whoever owned that leaves (§15.1.2). */
  #isAborted = false

  constructor(arg: ServerArg, self: Self<ServerMsg>) {
    this.#arg = arg
    this.#self = self
    // Most others are answered at once; asking for the time takes some.
    this.#begun = arg.received.request.method === 'INVITE' ? self.now : undefined
    this.#incoming = new Incoming(arg.received.request, arg.received.source, this)
    // The thread of the transaction is gone, and with it whoever waits.
    if (arg.asker !== undefined) self.monitor(arg.asker, () => ({ kind: 'leave' }))
    // Whatever ended it, the cores have answered what it has not.
    self.defer(() => {
      this.#answered ??= 500
    })
  }

  get answered(): number | undefined {
    return this.#answered
  }

  get reasons(): readonly Reason[] | undefined {
    return this.#reasons
  }

  get user(): string | undefined {
    return this.#user
  }

  /** What both sides describe as yet. */
  get agreement(): Agreement | undefined {
    return this.#arg.inDialog?.agreement
  }

  get replaces(): ActiveDialog | undefined {
    return this.#replacement?.dialog
  }

  get dialog(): ActiveDialog | undefined {
    const { received, inDialog, asker, cores } = this.#arg
    if (this.#dialog !== undefined || asker !== undefined) return this.#dialog
    const { request, source } = received
    const opened = this.#opening && kept(uasDialog(request, this.#opening, isSecure(source.transport)))
    const dialog = inDialog?.dialog ?? opened
    if (dialog === undefined) return undefined
    this.#dialog = new ActiveDialog(dialog, ordersFor(dialog.id, cores, this.#self), inDialog?.ended)
    return this.#dialog
  }

  readonly receive: Receive<ServerMsg> = message => {
    switch (message.kind) {
      case 'begin':
        return this.#begin()
      case 'judged':
        return this.#judged(message.verdict)
      case 'replaceable':
        if (message.status === undefined && this.#answered === undefined) this.#serve(this.#handler())
        else this.reply(message.status ?? 481, {})
        return
      case 'cancel':
        return this.#cancel(message.reasons)
      case 'leave':
        return this.#self.stop()
      case 'again':
        return this.#again()
      case 'task':
        if (this.#answered === undefined) message.run()
        return
      case 'failed':
        throw message.error
      case 'overdue':
        this.reply(message.status, {})
        return
      case 'abort':
        this.#isAborted = true
        this.reply(message.status ?? 487, {})
        return
      case 'transactionFailed':
        return
    }
  }

  reply(status: number, options: ReplyOptions): boolean {
    return this.#reply(status, options)
  }

  accept(options: AcceptOptions): Watcher {
    const { received, tag, asker, cores } = this.#arg
    const { request } = received
    if (asker !== undefined) {
      const reply = (status: number, headers: HeaderInputs, granted: RemoteGrant | undefined): boolean =>
        this.#reply(status, { headers }, granted)
      return acceptingElsewhere(request, options, { asker, tag, self: this.#self, reply })
    }
    const id = responseDialogId(request, tag)
    return accepting(request, options, {
      answer: (status, headers, subscribed) => this.#reply(status, { headers }, subscribed),
      notice: ordersFor(id, cores, this.#self),
    })
  }

  #reply(status: number, options: ReplyOptions, subscribed?: Subscribed | RemoteGrant): boolean {
    if (this.#answered !== undefined) return false
    const response = this.#response(status, options)
    if (status >= 200) this.#answered = status
    const arg = this.#isAborted ? { ...this.#arg, inDialog: undefined } : this.#arg
    this.#isBegun = sendAnswer(this.#self, arg, response, this.#isBegun, subscribed)
    if (status > 100 && status < 300 && opensDialog(this.#arg.received.request)) this.#opening ??= response
    if (status >= 200 && status < 300) this.#replacement?.done()
    if (status >= 200) this.#leave()
    else if (status > 100) this.#repeat(response)
    return true
  }

  after(ms: number, run: () => void): void {
    this.#self.startTimer(`task ${++this.#tasks}`, ms, { kind: 'task', run })
  }

  #leave(): void {
    this.#self.stopTimer('again')
    leave(this.#self, this.#arg)
  }

  #repeat(response: Response): void {
    if (this.#arg.received.request.method !== 'INVITE') return
    this.#provisional = response
    this.#self.startTimer('again', AGAIN, { kind: 'again' })
  }

  #again(): void {
    if (this.#answered !== undefined || this.#provisional === undefined) return
    this.#isBegun = sendAnswer(this.#self, this.#arg, this.#provisional, this.#isBegun)
    this.#repeat(this.#provisional)
  }

  #begin(): void {
    const { service, received, context, inDialog } = this.#arg
    const guard = inDialog === undefined ? service.guard : undefined
    if (guard === undefined) this.#admit()
    else {
      const verdict = guard.verify(received.request, received.source.address, this.#self.now)
      if (verdict instanceof Promise) {
        const failed = (error: unknown): ServerMsg => ({ kind: 'failed', error })
        this.#self.pipe(verdict, found => ({ kind: 'judged', verdict: found }), failed)
      } else this.#judged(verdict)
    }
    if (this.#answered !== undefined) return
    const { ms, status } = patienceFor(received.request, context.timers.T1)
    this.#self.startTimer('overdue', ms, { kind: 'overdue', status })
  }

  /** §8.2: who asks comes before what is asked for. */
  #judged(verdict: Verdict): void {
    if (verdict.kind === 'challenge') this.reply(verdict.status, { headers: verdict.headers })
    else if (verdict.kind === 'forbidden') this.reply(403, {})
    else if (verdict.kind === 'misdirected') this.reply(400, { reason: 'Credentials for Another Request-URI' })
    else if (this.#answered === undefined) {
      this.#user = verdict.username
      this.#info = verdict.info
      this.#admit()
    }
  }

  #admit(): void {
    const { service, received, isMerged, inDialog } = this.#arg
    const { request } = received
    if (inDialog === undefined && service.isUnwanted(request)) return void this.reply(480, {})
    const handler = this.#handler()
    const owed =
      handler === undefined && request.method !== 'OPTIONS'
        ? owedWithoutHandler(service.core, request.method, inDialog?.fallback)
        : undefined
    // §8.2.1 comes before §8.2.2.
    if (owed !== undefined && owed.status >= 300) {
      this.reply(owed.status, owed.status === 488 ? this.#because('this session cannot be changed') : {})
      return
    }
    const refusal = service.refusalOf(request, { isMerged, isInDialog: inDialog !== undefined })
    if (refusal !== undefined) {
      const { status, ...more } = refusal
      this.reply(status, more)
      return
    }
    if (owed !== undefined) {
      this.reply(owed.status, owed.body === '' ? {} : { body: owed.body })
      return
    }
    if (inDialog !== undefined || !service.isReplacing || !request.has('Replaces')) return this.#serve(handler)
    const { cores, context } = this.#arg
    const here = placeHere((id, order) => this.#self.send(cores, { kind: 'order', id, order }))
    this.#replacement = new Replacement(request, callId => {
      const owner = context.elsewhere(callId)
      return owner === undefined ? here : placeThere(callId, owner, this.#self, run => ({ kind: 'task', run }) as const)
    })
    this.#replacement.ask(status => this.#self.send(this.#self.ref, { kind: 'replaceable', status }))
  }

  #serve(handler: Handler | undefined): void {
    const { service, received, inDialog } = this.#arg
    const { request } = received
    const asksForCall = handler === undefined || (request.method === 'INVITE' && inDialog === undefined)
    const body = service.descriptionFor(request)
    const busy = asksForCall ? service.core.refuses?.(request) : undefined
    if (handler !== undefined && busy === undefined)
      this.#invoke(handler.call(service.core, this.#incoming), request.method)
    // DEVIATES §11.2: a core without INVITE says 200, not 405: it is there, and Allow tells for what.
    else this.reply(busy ?? 200, busy === undefined && body !== undefined ? { body } : {})
  }

  /** §20.43: miscellaneous, for people to read. */
  #because(text: string): ReplyOptions {
    return { headers: { Warning: `399 ${this.#arg.received.source.local} "${text}"` } }
  }

  /** What answers a new call need not be able to change one (§14.2). */
  #handler(): Handler | undefined {
    const { service, received, inDialog } = this.#arg
    const { method } = received.request
    return method === 'INVITE' && inDialog !== undefined ? service.core.reINVITE : handlerOf(service.core, method)
  }

  /** A handler may be asynchronous; its rejection is a throw of this actor, and when that has answered, told all the same. */
  #invoke(result: unknown, method: string): void {
    if (result instanceof Promise) result.then(undefined, error => this.#failed(error, method))
  }

  #failed(error: unknown, method: string): void {
    if (this.#answered === undefined) return this.#self.send(this.#self.ref, { kind: 'failed', error })
    const { service, received, context } = this.#arg
    const { callId } = received.request
    const what = `its ${method} handler threw ${showReason(errorReason(error))}`
    context.complain({ core: service.core.name, callId, what })
  }

  /** §9.2: it has no effect once there is a final answer. */
  #cancel(reasons: readonly Reason[]): void {
    if (!this.reply(487, {})) return
    this.#reasons = reasons
    const { core } = this.#arg.service
    try {
      if (core.CANCEL !== undefined) this.#invoke(core.CANCEL(this.#incoming), 'CANCEL')
    } catch (thrown) {
      this.#failed(thrown, 'CANCEL')
    }
  }

  #response(status: number, options: ReplyOptions): Response {
    const { reason, headers, body, reliable } = options
    const { request } = this.#arg.received
    checkMessageAnswer(request, status, options)
    const info = status >= 200 && status < 300 ? this.#info?.(body ?? '') : undefined
    if (headers !== undefined) checkExtensions(request, status, headers)
    const timer = isSessionAnswer(request, status) ? this.#arg.service.timerHeadersFor(request) : undefined
    return createResponse(request, status, {
      lines: answerLines(this.#arg, { status, body, reliable: reliable === true }),
      toTag: status > 100 ? this.#arg.tag : undefined,
      delay: status > 100 ? undefined : (this.#self.now - (this.#begun ?? this.#self.now)) / 1000,
      reason,
      body,
      headers: (headers ?? info ?? timer) === undefined ? undefined : { ...timer, ...info, ...headers },
    })
  }
}
