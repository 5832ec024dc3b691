/** What two parties have with each other, as one application sees it: a dialog, or some requests without one (JSR 289 §6.2). */

import type { ActiveDialog, Address, Ended, Incoming, Request } from '../sip/sip.js'
import { Attributes } from './attributes.js'
import { PendingAnswers } from './pending-answers.js'
import { newId, type Runtime, sessionKey } from './runtime.js'
import { inside, outside } from './sending.js'
import { illegalState } from './servlet-error.js'
import type { SipApplicationSession } from './sip-application-session.js'
import { type Region, type Routing, SipServletRequest } from './sip-servlet-request.js'
import type { SipServletResponse } from './sip-servlet-response.js'

export type SessionState = 'INITIAL' | 'EARLY' | 'CONFIRMED' | 'TERMINATED'

export interface SessionParts {
  readonly applicationSession: SipApplicationSession
  /** The name of its servlet. */
  readonly handler: string
  readonly callId: string
  readonly local: Address
  readonly remote: Address
  readonly remoteUser?: string | undefined
  readonly routing?: Routing | undefined
  /** The CSeq number of our first request. */
  readonly seq?: number
}

/** Requests that others make: an ACK and a PRACK are made from their responses, a CANCEL from its INVITE. */
const madeOtherwise: ReadonlySet<string> = new Set(['ACK', 'PRACK', 'CANCEL'])

export class SipSession {
  readonly id: string
  readonly applicationSession: SipApplicationSession
  readonly attributes: Attributes
  readonly callId: string
  /** ms of the stack's clock. */
  readonly creationTime: number
  readonly remoteUser: string | undefined
  readonly region: Region
  readonly subscriberURI: string | undefined
  /** It ends by itself when nothing of it goes on any more. */
  invalidateWhenReady = true
  /** See B2buaHelper. */
  linked: SipSession | undefined
  /** Given with ACK and PRACK: the stack sends these, and waits for their bodies where they answer an offer. */
  readonly answers: PendingAnswers = new PendingAnswers()
  readonly #runtime: Runtime
  #handler: string
  #local: Address
  #remote: Address
  #state: SessionState = 'INITIAL'
  #isValid = true
  #lastAccessed: number
  #dialog: ActiveDialog | undefined
  /** What is to be sent as soon as there is a dialog. */
  #waiting: ((dialog: ActiveDialog) => void)[] = []
  /** Requests of either side without a final response. */
  #open: readonly SipServletRequest[] = []
  #hasBegun = false
  #keys: readonly string[] = []
  #lastSeq: number | undefined
  /** The 2xx that waits for its ACK. */
  #unacknowledged: SipServletResponse | undefined

  constructor(parts: SessionParts) {
    const { applicationSession: home } = parts
    this.#runtime = home.application.runtime
    this.id = newId(this.#runtime)
    this.applicationSession = home
    this.callId = parts.callId
    this.remoteUser = parts.remoteUser
    this.region = parts.routing?.region ?? 'NEUTRAL'
    this.subscriberURI = parts.routing?.subscriberURI
    this.#handler = parts.handler
    this.#local = parts.local
    this.#remote = parts.remote
    this.#lastSeq = parts.seq
    this.creationTime = home.application.now
    this.#lastAccessed = this.creationTime
    this.attributes = new Attributes(home.application.listeners.watchSession(this))
    if (parts.local.tag !== undefined) this.#know(parts.local.tag)
  }

  get isValid(): boolean {
    return this.#isValid
  }

  get state(): SessionState {
    return this.#state
  }

  get localParty(): Address {
    return this.#local
  }

  get remoteParty(): Address {
    return this.#remote
  }

  get lastAccessedTime(): number {
    return this.#lastAccessed
  }

  /** The name of the servlet that gets what comes. */
  get handler(): string {
    return this.#handler
  }

  /** Throws TypeError when the application has no such servlet. */
  setHandler(servletName: string): void {
    this.checkValid()
    this.applicationSession.application.checkServlet(servletName)
    this.#handler = servletName
  }

  /** Requests without a final response: of ours as `UAC`, of the other side as `UAS`. */
  pending(mode: 'UAC' | 'UAS'): readonly SipServletRequest[] {
    return this.#open.filter(({ isIncoming }) => isIncoming === (mode === 'UAS'))
  }

  /** The next request to the other side: inside the dialog, where there is one. Throws ServletError when it is over. */
  createRequest(method: string): SipServletRequest {
    this.checkValid()
    if (madeOtherwise.has(method)) illegalState(`a ${method} is made from the message that it is for`)
    if (this.#state === 'TERMINATED') illegalState('the session is over: nothing more is sent')
    const isInDialog = this.#state !== 'INITIAL'
    if (!isInDialog && this.pending('UAS').some(each => each.method === 'INVITE')) {
      illegalState('the INVITE has no answer: there is no dialog yet to send something in')
    }
    const sending = isInDialog ? inside(use => this.#whenJoined(use)) : outside(this.#runtime)
    return new SipServletRequest(this, { message: this.nextMessage(method), isInitial: false, sending })
  }

  /** A request with the next number. */
  nextMessage(method: string): Request {
    const made = this.#runtime.stack.createRequest(method, this.#target, { from: this.#local.toString() })
    this.#lastSeq = (this.#lastSeq ?? made.cseq.number) + 1
    // RFC 3261 §8.1.1.2: outside a dialog nobody is addressed by a tag.
    const to = this.#state === 'INITIAL' ? this.#remote.with({ tag: undefined }) : this.#remote
    const from = this.#local.tag === undefined ? made.from : this.#local
    // DEVIATES §8.1.1.4: a session has one Call-ID, in a dialog or not (JSR 289 §6.2).
    const headers = { From: from, To: to, 'Call-ID': this.callId, CSeq: `${this.#lastSeq} ${method}` }
    if (from.tag !== undefined) this.#know(from.tag)
    this.#local = from
    return made.with({ headers })
  }

  get #target(): string {
    return String(this.#dialog?.dialog.remoteTarget ?? this.#remote.uri)
  }

  /** Throws ServletError for one that has been invalidated. */
  checkValid(): void {
    if (!this.#isValid) illegalState('the session has been invalidated')
  }

  get isReadyToInvalidate(): boolean {
    if (this.#open.length > 0 || !this.#hasBegun) return false
    return this.#state === 'INITIAL' || this.#state === 'TERMINATED'
  }

  /** Ends it; a call that is up is ended with BYE, one that rings is given up. Throws ServletError for one that is over. */
  invalidate(): void {
    this.checkValid()
    const { application } = this.applicationSession
    this.#isValid = false
    for (const request of this.#open) this.#abandon(request)
    if (this.#state === 'CONFIRMED') void this.#dialog?.bye()
    this.#open = []
    if (this.linked !== undefined) this.linked.linked = undefined
    this.linked = undefined
    for (const key of this.#keys) this.#runtime.sessions.delete(key)
    application.listeners.tell(each => each.sessionDestroyed?.(this))
    this.attributes.clear(thrown => application.blame('an attribute', thrown))
    this.applicationSession.lost(this)
  }

  #abandon(request: SipServletRequest): void {
    if (!request.isIncoming) request.giveUp()
    else request.refuse(request.method === 'INVITE' ? 480 : 500)
  }

  opened(request: SipServletRequest): void {
    this.#hasBegun = true
    this.#open = [...this.#open, request]
    this.#touch()
  }

  #closed(request: SipServletRequest): void {
    this.#open = this.#open.filter(each => each !== request)
    this.applicationSession.settleSoon()
  }

  #touch(): void {
    this.#lastAccessed = this.applicationSession.application.now
    this.applicationSession.touch(this.#lastAccessed)
  }

  #know(localTag: string): void {
    const key = sessionKey(this.callId, localTag)
    if (this.#keys.includes(key)) return
    this.#keys = [...this.#keys, key]
    this.#runtime.sessions.set(key, this)
  }

  /** A request of the other side. */
  receive(request: SipServletRequest): void {
    const { method } = request
    this.#hasBegun = true
    if (method === 'ACK') this.#unacknowledged = undefined
    else if (method !== 'CANCEL' && method !== 'BYE') this.#open = [...this.#open, request]
    const ends = method === 'BYE' || (method === 'CANCEL' && this.#state !== 'CONFIRMED')
    const before = (): void => this.#touch()
    this.applicationSession.deliver(request, ends ? { before, after: () => this.#end() } : { before })
  }

  /** What follows from an answer of ours. */
  answered(request: SipServletRequest, incoming: Incoming): void {
    const { response } = request
    if (response === undefined) return
    const { status } = response
    if (request.method === 'INVITE') {
      if (incoming.dialog !== undefined) this.join(incoming.dialog)
      if (this.#state !== 'CONFIRMED' && status < 300) this.#proceed(status)
      if (response.message.isSuccess) this.#unacknowledged = response
      if (request.isInitial && status >= 300) this.#state = 'TERMINATED'
    }
    if (status >= 200) this.#closed(request)
  }

  /** The container has answered for the servlet. */
  refused(request: SipServletRequest): void {
    if (request.isInitial && request.method === 'INVITE') this.#state = 'TERMINATED'
    this.#closed(request)
  }

  #proceed(status: number): void {
    if (status >= 200) this.#state = 'CONFIRMED'
    else if (status > 100 && this.#state === 'INITIAL') this.#state = 'EARLY'
  }

  /** A response of the other side. */
  hear(response: SipServletResponse): void {
    const { request } = response
    // RFC 3261 §22.2: the stack may have answered a challenge with the next number.
    this.#lastSeq = Math.max(this.#lastSeq ?? 0, response.message.cseq.number)
    const before = (): void => {
      this.#touch()
      request.heard(response)
      this.#follow(response)
      if (response.status >= 200) this.#closed(request)
    }
    this.applicationSession.deliver(response, { before })
  }

  /** What follows from a response before the servlet gets it. */
  #follow(response: SipServletResponse): void {
    const { request, status, method } = response
    if (method === 'BYE' && status >= 200) return this.#end()
    if (method !== 'INVITE' || this.#state === 'CONFIRMED' || this.#state === 'TERMINATED') return
    const { tag } = response.to
    if (status < 300 && tag !== undefined) {
      this.#remote = response.to
      this.#proceed(status)
      // Another branch may have answered than rang, and its ACK goes first.
      if (status >= 200) this.#dialog = undefined
    } else if (status >= 300 && !request.isIncoming) {
      // JSR 289 §6.2.1: it may be tried again, with a password for instance.
      this.#state = 'INITIAL'
      this.#dialog = undefined
    }
  }

  /** There is a dialog now, early or confirmed. */
  join(dialog: ActiveDialog): void {
    if (this.#dialog === dialog) return
    this.#dialog = dialog
    this.#local = dialog.dialog.local
    this.#remote = dialog.dialog.remote
    this.#know(dialog.dialog.localTag)
    for (const use of this.#waiting.splice(0))
      this.applicationSession.turn(() => use(dialog), 'a request that waited for its dialog')
    void dialog.ended.then(by => {
      if (this.#dialog === dialog) this.over(by)
    })
    if (!this.#isValid) void dialog.bye()
  }

  #whenJoined(use: (dialog: ActiveDialog) => void): void {
    if (this.#dialog === undefined) this.#waiting.push(use)
    else use(this.#dialog)
  }

  /** Its call has ended. Of an end by the other side its BYE tells, or the failure of our INVITE. */
  over(by: Ended): void {
    if (by === 'remote' || !this.#isValid) return
    this.applicationSession.turn(() => {
      const { application } = this.applicationSession
      const unacknowledged = this.#unacknowledged
      const unpracked = this.pending('UAS').find(request => request.isUnpracked)
      if (by === 'lost' && unacknowledged !== undefined) {
        application.listeners.tell(each => each.noAckReceived?.(unacknowledged.request, unacknowledged))
      } else if (unpracked?.response !== undefined) {
        const { response } = unpracked
        application.listeners.tell(each => each.noPrackReceived?.(unpracked, response))
      }
      this.#end()
    })
  }

  #end(): void {
    this.#state = 'TERMINATED'
    this.#unacknowledged = undefined
    // Without a dialog nothing that waited for one is sent any more.
    const hasDialog = this.#dialog !== undefined
    this.#open = this.#open.filter(request => (request.isIncoming ? !request.isAnswered : hasDialog))
    this.#waiting = []
    this.applicationSession.settleSoon()
  }
}
