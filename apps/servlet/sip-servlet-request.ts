/** A request in the hands of a servlet: one that came, or one to send (SipServletRequest, JSR 289 §5.3). */

import {
  type Address,
  type CredentialSource,
  createResponse,
  type Incoming,
  type Request,
  type Response,
  toAddress,
  toUri,
  type Uri,
} from '../sip/sip.js'
import type { AuthInfo } from './auth-info.js'
import { B2buaHelper } from './back-to-back.js'
import { illegalState } from './servlet-error.js'
import { type Origin, SipServletMessage } from './sip-servlet-message.js'
import { SipServletResponse } from './sip-servlet-response.js'
import type { SipSession } from './sip-session.js'
import { ownHeaders } from './system-header.js'

/** In whose interest an application is invoked: that of the caller, of the callee, or of neither (JSR 289 §15). */
export type Region = 'ORIGINATING' | 'TERMINATING' | 'NEUTRAL'

/** What the application router has said about a request. */
export interface Routing {
  readonly region: Region
  readonly subscriberURI: string | undefined
  /** What it wants to be told when the request goes on. */
  readonly stateInfo: string | undefined
}

/** How a request of ours is sent, and given up. */
export interface Sending {
  readonly isInDialog: boolean
  send(request: SipServletRequest): void
}

export interface RequestParts {
  readonly message: Request
  /** Outside any dialog, and not the next one of a session. */
  readonly isInitial: boolean
  /** Of one that came. */
  readonly incoming?: Incoming
  /** Of one to send. */
  readonly sending?: Sending
  readonly routing?: Routing
  /** Our own Route, which was on top. */
  readonly poppedRoute?: Address | undefined
}

/** Neither has an answer of the application's. */
const unanswered: ReadonlySet<string> = new Set(['ACK', 'CANCEL'])
const neutral: Routing = { region: 'NEUTRAL', subscriberURI: undefined, stateInfo: undefined }

export class SipServletRequest extends SipServletMessage {
  readonly kind = 'request'
  readonly isInitial: boolean
  readonly routing: Routing
  /** The Route that named this container, and was taken away; undefined where there was none. */
  readonly poppedRoute: Address | undefined
  /** Whether the request is news to the application router, or goes on from the one that it answers (JSR 289 §15.2.2). */
  routingDirective: 'NEW' | 'CONTINUE' = 'NEW'
  /** The request of the other side that this one follows from: see B2buaHelper. */
  linked: SipServletRequest | undefined
  readonly #incoming: Incoming | undefined
  readonly #sending: Sending | undefined
  #message: Request
  #isSent = false
  /** The latest response that was sent, or that came. */
  #response: SipServletResponse | undefined
  #auth: CredentialSource | undefined
  #giveUp: (() => void) | undefined

  constructor(session: SipSession, parts: RequestParts) {
    super(session)
    this.#message = parts.message
    this.isInitial = parts.isInitial
    this.#incoming = parts.incoming
    this.#sending = parts.sending
    this.routing = parts.routing ?? neutral
    this.poppedRoute = parts.poppedRoute
  }

  override get message(): Request {
    return this.#message
  }

  /** It came from a peer; else it is to be sent, or has been. */
  get isIncoming(): boolean {
    return this.#sending === undefined
  }

  override get isCommitted(): boolean {
    return this.isIncoming ? this.isAnswered : this.#isSent
  }

  /** It has a final response. */
  get isAnswered(): boolean {
    return (this.#response?.status ?? 0) >= 200 || (this.#incoming?.answered ?? 0) >= 200
  }

  /** The latest response, of either direction. */
  get response(): SipServletResponse | undefined {
    return this.#response
  }

  protected override get isNew(): boolean {
    return !this.isIncoming && this.#sending?.isInDialog === false
  }

  protected override get origin(): Origin | undefined {
    return this.#incoming?.source
  }

  protected override replace(message: Request | Response): void {
    if (message.kind === 'request') this.#message = message
  }

  get requestURI(): Uri {
    return this.#message.uri
  }

  /** Throws ServletError inside a dialog, whose requests go to the target of the peer (RFC 3261 §12.2.1.1). */
  set requestURI(uri: Uri | string) {
    if (this.isCommitted) illegalState('the request is committed: its Request-URI stays')
    if (this.#sending?.isInDialog) illegalState('a request inside a dialog goes to the target of the peer')
    this.#message = this.#message.with({ uri: toUri(uri) })
  }

  get maxForwards(): number {
    return this.#message.get('Max-Forwards') ?? 70
  }

  set maxForwards(hops: number) {
    this.setHeader('Max-Forwards', String(hops))
  }

  /** The request goes there first. Throws ServletError for one that is not new. */
  pushRoute(route: Uri | Address | string): void {
    this.#push('Route', route)
  }

  /** A registration is to be reached by way of there (RFC 3327). */
  pushPath(path: Uri | Address | string): void {
    this.#push('Path', path)
  }

  #push(name: 'Route' | 'Path', place: Uri | Address | string): void {
    if (!this.isNew || this.#isSent) illegalState(`only a new request takes a ${name}`)
    const address = toAddress(String(place))
    if (!address.uri.isSip || !address.uri.isLooseRouter)
      throw new TypeError(`a ${name} is a SIP URI with lr: ${address}`)
    this.#message = this.#message.prepend(name, address.toString())
  }

  /** The user that has proven to be one, where the application has a security constraint. */
  get remoteUser(): string | undefined {
    return this.#incoming?.user ?? this.session.remoteUser
  }

  isUserInRole(role: string): boolean {
    const user = this.remoteUser
    return user !== undefined && this.session.applicationSession.application.runtime.rolesOf(user).includes(role)
  }

  get region(): Region {
    return this.routing.region
  }

  get subscriberURI(): string | undefined {
    return this.routing.subscriberURI
  }

  /** Throws ServletError: proxies come with the proxy core. */
  getProxy(): never {
    return illegalState('this container has no proxy yet: answer the request, or send one of your own (B2buaHelper)')
  }

  get b2buaHelper(): B2buaHelper {
    return new B2buaHelper()
  }

  /** An answer, to be sent. Throws ServletError when there has been a final one, TypeError for what is no status. */
  createResponse(status: number, reason?: string): SipServletResponse {
    if (!this.isIncoming || unanswered.has(this.method))
      illegalState('a response is for a request that came, but not for ACK and CANCEL')
    // RFC 3261 §15.1.2: the stack has answered a BYE before anybody else hears of it.
    if (this.isAnswered && this.method !== 'BYE') illegalState(`the ${this.method} has been answered`)
    const message = createResponse(this.#message, status, reason === undefined ? {} : { reason })
    return new SipServletResponse(this, message, false)
  }

  /** For SipServletResponse. */
  respond(response: SipServletResponse, reliable: boolean): void {
    this.session.checkValid()
    if (this.method === 'BYE') return
    const incoming = this.#incoming
    if (incoming === undefined) illegalState('only what came is answered')
    const { message } = response
    const isSent = incoming.reply(message.status, {
      reason: message.reason,
      headers: ownHeaders(message),
      ...(message.body === '' ? {} : { body: message.body }),
      ...(reliable ? { reliable } : {}),
    })
    if (!isSent) illegalState(`the ${this.method} has been answered with ${incoming.answered} already`)
    this.#response = response
    this.session.answered(this, incoming)
  }

  /** Throws ServletError when it has been sent, TypeError for what cannot be written. */
  override send(): void {
    if (this.#sending === undefined) illegalState('the request came from a peer: it is answered, not sent')
    if (this.#isSent) illegalState(`the ${this.method} has been sent already`)
    this.session.checkValid()
    this.#sending.send(this)
    this.#isSent = true
  }

  /** Nobody has acknowledged a reliable answer to it, and so the stack has refused it (RFC 3262 §3). */
  get isUnpracked(): boolean {
    return this.#response?.isReliable === true && this.#response.status < 200 && this.#incoming?.answered === 500
  }

  /** Answers for a servlet that did not. */
  refuse(status: number): void {
    if (!this.isIncoming || this.isAnswered || unanswered.has(this.method)) return
    this.#incoming?.reply(status)
    this.session.refused(this)
  }

  /** Gives up an INVITE of ours, whether or not it is under way. */
  giveUp(): void {
    this.#giveUp?.()
  }

  /** An INVITE of ours is under way: how it is given up. */
  placed(giveUp: () => void): void {
    this.#giveUp = giveUp
  }

  /** For whoever gets its responses. */
  heard(response: SipServletResponse): void {
    this.#response = response
  }

  /** A CANCEL for an INVITE of ours that has no final response. */
  createCancel(): SipServletRequest {
    const giveUp = this.#giveUp
    if (giveUp === undefined || this.isAnswered) illegalState(`there is no ${this.method} under way to cancel`)
    const message = this.#message.with({ method: 'CANCEL', body: '' }).set('CSeq', `${this.message.cseq.number} CANCEL`)
    const sending = { isInDialog: false, send: () => giveUp() }
    return new SipServletRequest(this.session, { message, isInitial: false, sending })
  }

  /** See SipServletResponse. */
  createAck(response: SipServletResponse): SipServletRequest {
    if (!this.#isSent || this.method !== 'INVITE' || !response.message.isSuccess) {
      illegalState('an ACK is for a 2xx to an INVITE of ours')
    }
    return this.#acknowledgement('ACK', response)
  }

  createPrack(response: SipServletResponse): SipServletRequest {
    if (!this.#isSent || !response.message.isProvisional || !response.message.has('RSeq')) {
      illegalState('a PRACK is for a provisional response that was sent reliably')
    }
    return this.#acknowledgement('PRACK', response)
  }

  /** The stack writes it; what the application gives is its body. */
  #acknowledgement(method: string, response: SipServletResponse): SipServletRequest {
    const message = this.session.nextMessage(method)
    const sending = {
      isInDialog: true,
      send: (sent: SipServletRequest) => this.session.answers.give(response.message, sent.message.body),
    }
    return new SipServletRequest(this.session, { message, isInitial: false, sending })
  }

  /** The request is sent with a password, and the challenge of that response is answered when it comes again. */
  addAuthHeader(
    response: SipServletResponse,
    ...secret: readonly [AuthInfo] | readonly [user: string, password: string]
  ): void {
    if (this.#sending?.isInDialog) illegalState('inside a dialog the credentials of its first request serve')
    const [first, password] = secret
    const realms = response.challengeRealms
    this.#auth =
      typeof first === 'string'
        ? realm => (realms.includes(realm) ? { username: first, password: password ?? '' } : undefined)
        : first.source(response.status)
  }

  get auth(): CredentialSource | undefined {
    return this.#auth
  }
}
