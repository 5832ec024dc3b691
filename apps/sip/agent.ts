/** What places calls and sends requests: the application's side of a UAC (§8.1.1). */

import type { ActorRef, Kernel } from '../actor/actor.js'
import { abilityLines, able, acceptingHeaders, wishing, withoutHandlers } from './core/abilities.js'
import { ActiveDialog } from './core/active-dialog.js'
import type { AnswerOffer } from './core/asked-answer.js'
import type { AttemptsOrder } from './core/attempts.js'
import type { CredentialSource } from './core/auth/credentials.js'
import { DigestClient } from './core/auth/digest-client.js'
import { Call, heard, type Outcome } from './core/call.js'
import { type CallHandlers, callCore } from './core/core.js'
import type { CoresMsg } from './core/cores.js'
import { usageOf } from './core/dialog-order.js'
import { type DialogSnapshot, dialogOf, sessionOf } from './core/dialog-snapshot.js'
import { followed, referred } from './core/following.js'
import { handOver } from './core/handing-over.js'
import type { Incoming } from './core/incoming.js'
import { checkMessage } from './core/instant-message.js'
import type { InviterOrder } from './core/inviter.js'
import type { Keeper } from './core/keeper.js'
import { isAnonymous, type Privacy, privacyHeaders } from './core/privacy.js'
import type { PublicationOptions } from './core/publication.js'
import { Publication } from './core/publisher.js'
import { Recourse } from './core/recourse.js'
import { type DialogHolder, type ReferOptions, referHeaders } from './core/refer-to.js'
import { Referral } from './core/referral.js'
import { referrer } from './core/referrer.js'
import { Registration } from './core/registrant.js'
import type { RegistrationOptions } from './core/registration.js'
import type { Alternative } from './core/retry.js'
import { routed } from './core/route.js'
import type { SessionTimer } from './core/session-interval.js'
import { Subscription, type SubscriptionOptions } from './core/subscription.js'
import type { AcceptOptions } from './core/watcher.js'
import { createAddress, toAddress } from './syntax/address.js'
import { sdpLine } from './syntax/content.js'
import { type Field, trustedField } from './syntax/field.js'
import { callId as callIdHeader } from './syntax/header/routing.js'
import type { HeaderInputs } from './syntax/header-value.js'
import { newCSeq, newTag, type Random } from './syntax/ids.js'
import { Request, type Response } from './syntax/message.js'
import { createRequest } from './syntax/request.js'
import { toUri, type Uri } from './syntax/uri.js'
import { requestFromUri } from './syntax/uri-request.js'
import type { TimerConfig } from './transaction/timers.js'

export interface RequestOptions {
  /** Who we are, as a URI or as `"Name" <URI>`; anonymous unless given (§8.1.1.3). */
  readonly from?: string
  /**
   * What is to be kept secret of us (RFC 3323, RFC 3325), such as `id`, or several: with any but `none` From is anonymous,
   * whatever `from` says. With `critical` a service on the way that cannot do it has to refuse.
   */
  readonly privacy?: Privacy
  /** For whom it is, as a URI, where that is not the Request-URI, as in a REGISTER (§8.1.1.2, §10.2). */
  readonly to?: string | Uri
  readonly headers?: HeaderInputs
  /** Octets as a latin1 string. One that begins with v= is taken for application/sdp. */
  readonly body?: string
  /**
   * What to answer a 401 or 407 with (§22): `{ username, password }`, `{ username, ha1 }`, or a function that returns one
   * of these for a realm, or a promise of it, or undefined. A challenge that is answered is not among the responses of a
   * call; one that cannot be ends it as rejected. A DigestClient, given to several requests, saves their challenges.
   */
  readonly auth?: CredentialSource | DigestClient
  /**
   * How many requests 3xx responses may lead to (§8.1.3.4); 0 unless given. Targets are tried by q, none of them twice.
   * A call reports each 3xx among its responses; the outcome is that of the last target, or of the last that answered.
   */
  readonly redirects?: number
  /** Whether what is for a sips URI may go to a sip URI because of a 3xx or a 416; false unless given. */
  readonly insecureRedirects?: boolean
  /** Bodies to send instead of one that is refused with 413 or 415: the first that the refusal allows (§8.1.3.5). */
  readonly alternatives?: readonly Alternative[]
}

export interface InviteOptions extends RequestOptions {
  /** Gives the call up when it aborts. */
  readonly signal?: AbortSignal
  /**
   * What becomes of those who answer after the first, where a proxy has forked the call (§13.2.2.4): unless given they are
   * hung up on; with `all` they are among the `dialogs` of the call.
   */
  readonly forks?: 'all'
  /**
   * Makes the answer to the offer of the callee, for a call without a body (§13.2.1); it goes into the ACK, or the PRACK.
   * Octets as latin1 strings. When it throws or rejects, the call is ended, and its outcome is `cancelled`. Unless given, the
   * streams are refused, and the call is not.
   */
  readonly answer?: AnswerOffer
  /**
   * What answers the requests of the callee inside the call: an object of functions such as `INFO`, `reINVITE`, `UPDATE` and
   * `BYE`, as the handlers of a core. What has none gets 405, a re-INVITE 488.
   */
  readonly handlers?: CallHandlers
  /**
   * The callee may send provisional responses reliably (RFC 3262), which are acknowledged with PRACK; with `required` it
   * has to, and with `unsupported` it is told that it cannot.
   */
  readonly reliable?: 'required' | 'unsupported'
  /**
   * A dialog whose peer is called, and whose place the new one takes there (RFC 3891); to be found at the URI of its remote
   * target. The callee has to understand that, or refuses with 420.
   */
  readonly replaces?: DialogHolder
  /**
   * When the call ends if nobody refreshes it (RFC 4028), and who does. Unless given no such timer is asked for, and what
   * the callee wants of one is done; with `false` it is told that it cannot have any.
   */
  readonly sessionTimer?: SessionTimer | false
  /**
   * The packages that the `INFO` of `handlers` knows (RFC 6086), told in Recv-Info, also where there are none; an INFO of another
   * one gets 469. Unless given, nothing is told.
   */
  readonly infoPackages?: readonly string[]
  /** Where the callee reaches us in the call, instead of the place that we send from: `contact` of a registration, for instance. */
  readonly contact?: string | Uri
}

export interface FollowOptions extends InviteOptions {
  /** How the REFER is accepted; `expires` is for how long its sender is told, 300 s unless given. */
  readonly accept?: Pick<AcceptOptions, 'expires'>
}

/** What goes for a call that began on another stack. */
export type RestoreOptions = Pick<
  InviteOptions,
  'handlers' | 'auth' | 'sessionTimer' | 'infoPackages' | 'privacy' | 'contact'
>

/** Of what is kept at a server. */
type Keeping = Pick<RequestOptions, 'auth'> & {
  /** Seconds to ask for: 3600 unless given. */
  readonly expires?: number
}

export interface AgentOptions {
  readonly kernel: Kernel
  readonly cores: () => ActorRef<CoresMsg>
  readonly random: Random
  readonly newCallId: () => string
  readonly timers: TimerConfig
  /** There are threads, and each owns calls. */
  readonly isShared: boolean
}

/** Seconds that what is kept at a server is asked for (§10.2). */
const LASTING = 3600

/** §8.1.1.3. */
const anonymous = toAddress('"Anonymous" <sip:anonymous@anonymous.invalid>')

export class Agent {
  readonly #options: AgentOptions

  constructor(options: AgentOptions) {
    this.#options = options
  }

  /** Places a call (§13.2). Throws TypeError for a URI, header or body that cannot be written. */
  invite(to: string | Uri | Request, options: InviteOptions = {}): Call {
    return this.#place(this.#prepared(to, options), options)
  }

  #prepared(to: string | Uri | Request, options: InviteOptions): Pick<InviterOrder, 'attempt' | 'core'> {
    const { handlers, sessionTimer } = options
    const { infoPackages, privacy, contact } = options
    const isPlain = (handlers ?? sessionTimer ?? infoPackages ?? privacy ?? contact) === undefined
    const core = isPlain ? withoutHandlers : callCore(handlers ?? {}, options)
    const request =
      to instanceof Request
        ? able(unsent('INVITE', to), core, options)
        : wishing(this.#created('INVITE', to, options, abilityLines(core, options)), options)
    return { attempt: this.#order(request, options), core }
  }

  #place(
    { attempt, core }: Pick<InviterOrder, 'attempt' | 'core'>,
    { signal, forks, answer }: InviteOptions,
    hear?: (response: Response) => void,
  ): Call {
    const { kernel, cores } = this.#options
    const { callId } = attempt.request
    const call = new Call(teller => {
      const user = hear === undefined ? teller : heard(teller, hear)
      const order = { attempt, user, keepsForks: forks === 'all', answer, core }
      handOver(kernel, cores(), { kind: 'invite', order })
      return reason => kernel.send(cores(), { kind: 'cancelCall', callId, reason })
    })
    if (signal !== undefined) endWith(signal, () => call.cancel(), call.outcome)
    return call
  }

  /**
   * Sends a request outside a dialog, and settles with its final response or failure. Never rejects. A MESSAGE waits until
   * the one before to the same URI has its answer (RFC 3428 §8). Throws TypeError for what belongs to a call, and as
   * `createRequest`.
   */
  request(method: string, to: string | Uri | Request, options: RequestOptions = {}): Promise<Outcome> {
    if (['INVITE', 'ACK', 'CANCEL', 'BYE'].includes(method)) {
      throw new TypeError(`${method} is not sent with request(): use invite()`)
    }
    const { kernel, cores } = this.#options
    const made = to instanceof Request ? unsent(method, to) : this.createRequest(method, to, options)
    const attempt = this.#order(made, options)
    checkMessage(attempt.request)
    return new Promise(done => handOver(kernel, cores(), { kind: 'send', order: { attempt, done } }))
  }

  /**
   * Takes up a call that another stack has described by `dialog.snapshot()` (§12). The peer goes on to send to the Contact that
   * it knows: listen there, or tell it another one with `reinvite()`. Throws TypeError for what is no snapshot, for options as
   * `invite` does, and with threads, of which each has calls of its own.
   */
  restore(snapshot: DialogSnapshot, options: RestoreOptions = {}): ActiveDialog {
    const { kernel, cores, isShared } = this.#options
    if (isShared) throw new TypeError('a call is restored on a stack without threads')
    const dialog = dialogOf(snapshot)
    const id = dialog.id
    const core = callCore(options.handlers ?? {}, options)
    const opened = { core, auth: digestClient(options), resumed: sessionOf(snapshot) }
    kernel.send(cores(), { kind: 'open', dialog, isCall: true, ...opened })
    return new ActiveDialog(dialog, order => handOver(kernel, cores(), { kind: 'order', id, order }))
  }

  /** Keeps an address of record registered (§10.2). Throws TypeError for what cannot be registered. */
  keepRegistered(aor: string | Uri, options: RegistrationOptions & Keeping = {}): Registration {
    const { kernel, random, newCallId } = this.#options
    const now = (): number => kernel.clock.now()
    return new Registration(this.#keeper(options), { aor: toUri(aor), options, callId: newCallId(), random, now })
  }

  /** Keeps a state published (RFC 3903 §4). Throws TypeError for what cannot be published. */
  publish(uri: string | Uri, options: PublicationOptions & Keeping): Publication {
    const { random, newCallId } = this.#options
    return new Publication(this.#keeper(options), { uri: toUri(uri), options, callId: newCallId(), random })
  }

  /** Subscribes to the state of a resource (RFC 6665 §4.1). Throws TypeError for what cannot be written. */
  subscribe(to: string | Uri, options: SubscriptionOptions & RequestOptions): Subscription {
    const { kernel, cores, random, timers } = this.#running()
    const { event, accept, expires = LASTING, forks, retry = true, signal } = options
    if (!Number.isInteger(expires) || expires < 0 || expires > 0xffffffff) {
      throw new TypeError(`expires must be a whole number of seconds, not ${expires}`)
    }
    const told = { Event: event, ...(accept === undefined ? {} : { Accept: accept }) }
    const open = (seconds: number): AttemptsOrder => {
      const headers = { ...options.headers, ...told, Expires: seconds }
      return this.#order(this.createRequest('SUBSCRIBE', to, { ...options, headers }), options)
    }
    // What cannot be written is the caller's mistake, now and not later.
    const usage = usageOf(open(expires).request)
    if (usage === undefined) throw new TypeError(`no event package: ${JSON.stringify(event)}`)
    const subscription = new Subscription({
      ...{ kernel, cores, random, expires, usage, open, headers: told },
      ...{ retries: retry, keepsForks: forks === 'all', patience: 64 * timers.T1 },
    })
    if (signal !== undefined) endWith(signal, () => void subscription.unsubscribe(), subscription.closed)
    return subscription
  }

  /**
   * Refers somebody to somebody else, outside any call (RFC 3515); `target` as in `dialog.refer()`. Throws TypeError for what
   * cannot be written.
   */
  refer(
    to: string | Uri,
    target: string | Uri | DialogHolder,
    { replaces, report, ...options }: Omit<ReferOptions, 'headers'> & RequestOptions = {},
  ): Referral {
    const { kernel, cores, timers } = this.#running()
    const by = toAddress(options.from ?? anonymous).uri
    const asked = {
      ...(replaces === undefined ? {} : { replaces }),
      ...(report === undefined ? {} : { report }),
      ...(options.headers === undefined ? {} : { headers: options.headers }),
    }
    const request = this.createRequest('REFER', to, { ...options, headers: referHeaders(target, asked, by) })
    const order = this.#order(request, options)
    return new Referral(user => kernel.spawn(referrer, { user, cores, order, patience: 64 * timers.T1 }))
  }

  /**
   * Does what a REFER asks for: accepts it, calls whom it names with the headers that it wants, such as Replaces, and tells its
   * sender how the call goes on (RFC 3515 §2.4). What is no call to a SIP URI is refused, and undefined returned. Throws
   * TypeError for what is no REFER, or has its answer, and as `invite`.
   */
  follow(refer: Incoming, { accept = {}, ...options }: FollowOptions = {}): Call | undefined {
    if (refer.request.method !== 'REFER') throw new TypeError(`a ${refer.request.method} refers to nobody`)
    if (refer.answered !== undefined) throw new TypeError(`the REFER has been answered with ${refer.answered}`)
    const asked = referred(refer)
    if (typeof asked === 'number' || !this.#isWritable(asked.uri)) {
      refer.reply(typeof asked === 'number' ? asked : 400)
      return undefined
    }
    const headers = { ...asked.headers, ...options.headers }
    // What the options cannot write is the caller's mistake, and nothing that is accepted.
    const prepared = this.#prepared(asked.uri, { ...options, headers })
    return followed(refer, accept, hear => this.#place(prepared, options, hear))
  }

  /** Whether its headers, which somebody else has written, make a request (§19.1.5). */
  #isWritable(uri: Uri): boolean {
    try {
      return this.createRequest('INVITE', uri).method === 'INVITE'
    } catch (error) {
      if (error instanceof TypeError) return false
      throw error
    }
  }

  #running(): AgentOptions {
    const { kernel, cores } = this.#options
    if (!kernel.isAlive(cores())) throw new TypeError('the stack was closed')
    return this.#options
  }

  #keeper(options: Keeping): Keeper {
    const { kernel, cores, random, timers } = this.#running()
    const { expires = LASTING } = options
    if (!Number.isInteger(expires) || expires < 1 || expires > 0xffffffff) {
      throw new TypeError(`expires must be a whole number of seconds from 1 on, not ${expires}`)
    }
    return { kernel, cores, random, expires, auth: digestClient(options), patience: 64 * timers.T1 }
  }

  #order(request: Request, options: InviteOptions): AttemptsOrder {
    const { redirects = 0, insecureRedirects = false, alternatives = [] } = options
    if (!Number.isInteger(redirects) || redirects < 0) {
      throw new TypeError(`redirects must be a whole number, not ${redirects}`)
    }
    for (const { type, body } of alternatives) request.with({ headers: { 'Content-Type': type }, body })
    const recourse = new Recourse(request, {
      redirects,
      insecure: insecureRedirects,
      alternatives,
      isBodyOptional: options.answer !== undefined,
      random: this.#options.random,
    })
    const way = routed(request)
    return { request: way.request, nextHop: way.nextHop, auth: digestClient(options), recourse }
  }

  /**
   * A request as `invite` and `request` would send it, with tag, Call-ID and CSeq, to be changed before it is given to them
   * in the place of a URI. §19.1.5: the URI may say what else belongs into it; what the options say goes before. Throws
   * TypeError for a URI, header or body that cannot be written, and for a URI that is for another method.
   */
  createRequest(method: string, to: string | Uri, options: RequestOptions = {}): Request {
    return this.#created(method, to, options, [])
  }

  /** What the options say goes before `lines`. */
  #created(method: string, to: string | Uri, options: RequestOptions, lines: readonly Field[]): Request {
    const { random, newCallId } = this.#options
    const uri = toUri(to)
    const asked = requestFromUri(uri)
    if (asked.method !== undefined && asked.method !== method) {
      throw new TypeError(`${uri} is for ${asked.method}, not for ${method}`)
    }
    const { privacy } = options
    const from = isAnonymous(privacy) ? anonymous : (options.from ?? anonymous)
    const body = options.body ?? asked.body
    const callId = newCallId()
    return createRequest(method, asked.uri, {
      from: toAddress(from).with({ tag: newTag(random) }),
      to: createAddress({ uri: options.to ?? asked.uri }),
      callId: trustedField(callIdHeader, callId, callId),
      cseq: newCSeq(random),
      lines: body?.startsWith('v=') ? [sdpLine, ...lines] : lines,
      headers: acceptingHeaders(method, headersOf(asked.headers, options)),
      body,
    })
  }
}

/** Whoever has made the request has said in it what else the options would say. */
function unsent(method: string, request: Request): Request {
  if (request.method !== method) throw new TypeError(`the request is ${request.method}, not ${method}`)
  if (request.has('Via')) throw new TypeError('what has a Via has been sent by others: make one with createRequest()')
  return request
}

/** What the options say goes before what the URI asks for. */
function headersOf(asked: HeaderInputs, { privacy, headers }: RequestOptions): HeaderInputs | undefined {
  // Most have none, and to spread parts into one takes its time.
  if ((privacy ?? headers) === undefined && Object.keys(asked).length === 0) return undefined
  return { ...asked, ...(privacy && privacyHeaders(privacy)), ...headers }
}

function digestClient({ auth }: Pick<RequestOptions, 'auth'>): DigestClient | undefined {
  return auth === undefined || auth instanceof DigestClient ? auth : new DigestClient(auth)
}

/** A signal may outlive what it ends by far, so that lets go of it. */
function endWith(signal: AbortSignal, end: () => void, ended: Promise<unknown>): void {
  if (signal.aborted) return end()
  signal.addEventListener('abort', end, { once: true })
  void ended.then(() => signal.removeEventListener('abort', end))
}
