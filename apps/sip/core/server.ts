/** The user of one server transaction: §8.2. The application's handler runs in this actor, and its mistakes end here. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import { type Field, trustedField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import { recordRoute } from '../syntax/header/routing.js'
import { isOf } from '../syntax/headers.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { hasCookie } from '../transaction/key.js'
import type { ServerOrder, ServerReport } from '../transaction/transaction-user.js'
import type { Route, Source } from '../transport/flow.js'
import type { DigestServer, Verdict } from './auth/digest-server.js'
import { contactLine } from './contact.js'
import type { CoreContext } from './context.js'
import { type Core, type Handler, handlerOf } from './core.js'
import type { CoresMsg } from './cores.js'
import type { DialogMsg } from './dialog-owner.js'
import { Incoming, type IncomingActor, opensDialog, type ReplyOptions } from './incoming.js'

export type ServerMsg =
  | ServerReport
  | { readonly kind: 'begin' }
  /** The cores know that it has answered: nothing comes any more. */
  | { readonly kind: 'leave' }
  /** §13.3.1.1: the provisional answer once more. */
  | { readonly kind: 'again' }
  /** §9.2: the CANCEL that is for this INVITE, and the transaction to answer it on. */
  | { readonly kind: 'cancel'; readonly request: Request; readonly transaction: ActorRef<ServerOrder> }
  | { readonly kind: 'task'; readonly run: () => void }
  | { readonly kind: 'judged'; readonly verdict: Verdict }
  | { readonly kind: 'settled' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'overdue' }
  /** The dialog that it is in is over. */
  | { readonly kind: 'abort' }

/** A request with all that is needed to answer it. */
export interface Received {
  readonly request: Request
  readonly source: Source
  readonly route: Route
  readonly transaction: ActorRef<ServerOrder>
}

export interface ServerArg {
  readonly context: CoreContext
  readonly cores: ActorRef<CoresMsg>
  readonly core: Core
  readonly allow: Field
  readonly received: Received
  /** The To tag of every answer to it (§8.2.6.2). */
  readonly tag: string
  /** Finds out who it is from, where that matters. */
  readonly guard: DigestServer | undefined
  /** Who answers go to inside a dialog, and the answer of a core that has no handler. */
  readonly inDialog: { readonly owner: ActorRef<DialogMsg>; readonly fallback: number } | undefined
}

const sessionDescription = trustedField(standardGrammar.find('Content-Type'), 'application/sdp')

/** ms between two of the same provisional answer, so that proxies do not give up (§13.3.1.1). */
const AGAIN = 60_000
/** ms that a handler may take for an INVITE, which may ring. */
const RINGING = 180_000
/** The same for everything else, in T1: less than the 64 of Timer F, so that somebody still waits for the 500. */
const PATIENCE = 60

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
  #answered: number | undefined
  #user: string | undefined
  /** The last provisional answer. */
  #provisional: Response | undefined
  #tasks = 0
  /** A dialog was opened by what has been answered (§12.1.1). */
  #isBegun = false

  constructor(arg: ServerArg, self: Self<ServerMsg>) {
    this.#arg = arg
    this.#self = self
    this.#incoming = new Incoming(arg.received.request, arg.received.source, this)
    // Whatever ended it, the cores have answered what it has not.
    self.defer(() => {
      this.#answered ??= 500
    })
  }

  get answered(): number | undefined {
    return this.#answered
  }

  get user(): string | undefined {
    return this.#user
  }

  readonly receive: Receive<ServerMsg> = message => {
    switch (message.kind) {
      case 'begin':
        return this.#begin()
      case 'judged':
        return this.#judged(message.verdict)
      case 'cancel':
        return this.#cancel(message.request, message.transaction)
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
        this.reply(this.#arg.received.request.method === 'INVITE' ? 480 : 500, {})
        return
      case 'abort':
        // §15.1.2, as §9.2 does it.
        this.reply(487, {})
        return
      case 'settled':
      case 'transactionFailed':
        return
    }
  }

  reply(status: number, options: ReplyOptions): boolean {
    if (this.#answered !== undefined) return false
    const response = this.#response(status, options)
    if (status >= 200) this.#answered = status
    this.#send(response)
    if (status >= 200) this.#leave()
    else if (status > 100) this.#repeat(response)
    return true
  }

  after(ms: number, run: () => void): void {
    this.#self.startTimer(`task ${++this.#tasks}`, ms, { kind: 'task', run })
  }

  /** A CANCEL may be on its way here, so the user of an INVITE stays until the cores send none any more (§9.2). */
  #leave(): void {
    const { cores, received } = this.#arg
    if (received.request.method !== 'INVITE') return this.#self.stop()
    this.#self.stopTimer('again')
    this.#self.send(cores, { kind: 'finished', transaction: received.transaction })
  }

  #repeat(response: Response): void {
    if (this.#arg.received.request.method !== 'INVITE') return
    this.#provisional = response
    this.#self.startTimer('again', AGAIN, { kind: 'again' })
  }

  #again(): void {
    if (this.#answered !== undefined || this.#provisional === undefined) return
    this.#send(this.#provisional)
    this.#repeat(this.#provisional)
  }

  #begin(): void {
    const { guard, received, context } = this.#arg
    if (guard === undefined) this.#admit()
    else {
      const verdict = guard.verify(received.request, received.source.address, this.#self.now)
      if (verdict instanceof Promise) this.#pipe(verdict, found => ({ kind: 'judged', verdict: found }))
      else this.#judged(verdict)
    }
    const patience = received.request.method === 'INVITE' ? RINGING : PATIENCE * context.timers.T1
    if (this.#answered === undefined) this.#self.startTimer('overdue', patience, { kind: 'overdue' })
  }

  /** §8.2: who asks comes before what is asked for. */
  #judged(verdict: Verdict): void {
    if (verdict.kind === 'challenge') this.reply(verdict.status, { headers: verdict.headers })
    else if (verdict.kind === 'forbidden') this.reply(403, {})
    else if (this.#answered === undefined) {
      this.#user = verdict.username
      this.#admit()
    }
  }

  #admit(): void {
    const { core, received } = this.#arg
    const { request } = received
    const unreadable = unreadableHeader(request)
    if (unreadable !== undefined) {
      this.reply(400, { reason: `Bad or Missing ${unreadable}` })
      return
    }
    const unsupported = request.getAll('Require').filter(tag => !core.supported?.includes(tag))
    if (unsupported.length > 0) {
      this.reply(420, { headers: { Unsupported: unsupported } })
      return
    }
    const handler = this.#handler()
    if (request.method === 'BYE') this.reply(200, {})
    if (handler !== undefined) this.#invoke(handler(this.#incoming))
    else if (request.method === 'OPTIONS') this.reply(200, {})
    else this.reply(this.#arg.inDialog?.fallback ?? 405, {})
  }

  /** What answers a new call need not be able to change one (§14.2). */
  #handler(): Handler | undefined {
    const { core, received, inDialog } = this.#arg
    const { method } = received.request
    return method === 'INVITE' && inDialog !== undefined ? core.reINVITE : handlerOf(core, method)
  }

  /** A handler may be asynchronous; its rejection is a throw of this actor. */
  #invoke(result: unknown): void {
    if (result instanceof Promise) this.#pipe(result, () => ({ kind: 'settled' }))
  }

  #pipe<T>(work: Promise<T>, done: (value: T) => ServerMsg): void {
    this.#self.pipe(work, done, error => ({ kind: 'failed', error }))
  }

  /** §9.2: the CANCEL is answered in any case, the INVITE only while it has no final answer. */
  #cancel(request: Request, transaction: ActorRef<ServerOrder>): void {
    const response = createResponse(request, 200, { toTag: this.#arg.tag })
    this.#self.send(transaction, { kind: 'respond', response, user: this.#self.ref })
    if (!this.reply(487, {})) return
    const handler = this.#arg.core.CANCEL
    if (handler !== undefined) this.#invoke(handler(this.#incoming))
  }

  #response(status: number, { reason, headers, body }: ReplyOptions): Response {
    const { request } = this.#arg.received
    return createResponse(request, status, {
      lines: this.#lines(request, status, body),
      ...(status > 100 ? { toTag: this.#arg.tag } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    })
  }

  /** What the stack adds by itself. */
  #lines(request: Request, status: number, body: string | undefined): Field[] {
    const { allow, received } = this.#arg
    const lines: Field[] = []
    if (request.method === 'INVITE' && status > 100 && status < 300) {
      // §12.1.1: the record of the way is copied into whatever opens the dialog.
      for (const field of request.fields) if (isOf(field, recordRoute)) lines.push(field)
      lines.push(contactLine(request.uri.user, received.source.local, received.source.transport))
    }
    if (status === 405 || status === 200) lines.push(allow)
    if (body?.startsWith('v=')) lines.push(sessionDescription)
    return lines
  }

  /** What bears on a dialog goes out by its owner. */
  #send(response: Response): void {
    const { cores, core, received, inDialog } = this.#arg
    const isOpening = opensDialog(received.request) && response.status > 100 && response.status < 300
    if (inDialog !== undefined) this.#self.send(inDialog.owner, { kind: 'answer', response, received })
    else if (isOpening || this.#isBegun) {
      this.#self.send(cores, { kind: 'answered', response, received, core, isBegun: this.#isBegun })
      this.#isBegun = true
    } else this.#self.send(received.transaction, { kind: 'respond', response, user: this.#self.ref })
  }
}

/** What a dialog or its checks depend on, where it cannot be read (§8.1.1.8, §8.2.2.3, §12.1.1). */
function unreadableHeader(request: Request): string | undefined {
  for (const name of ['Require', 'Record-Route']) if (request.isMalformed(name)) return name
  if (!opensDialog(request)) return undefined
  // Clients older than RFC 3261 need not say where they are.
  if (!hasCookie(request.via) && !request.has('Contact')) return undefined
  const contacts = request.getAll('Contact')
  // Without exactly one Contact that is a SIP URI there would be a call that nobody could end.
  return contacts.length === 1 && contacts[0]?.uri.isSip && !request.isMalformed('Contact') ? undefined : 'Contact'
}
