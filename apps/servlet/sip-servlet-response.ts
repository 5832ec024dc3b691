/** A response in the hands of a servlet: one to send, or one that came (SipServletResponse, JSR 289 §5.4). */

import type { Request, Response } from '../sip/sip.js'
import { illegalState } from './servlet-error.js'
import { type Origin, SipServletMessage } from './sip-servlet-message.js'
import type { SipServletRequest } from './sip-servlet-request.js'

export class SipServletResponse extends SipServletMessage {
  readonly kind = 'response'
  readonly request: SipServletRequest
  #message: Response
  /** Sent, or received. */
  #isCommitted: boolean
  #isReliable = false

  /** `isReceived` of one that came. */
  constructor(request: SipServletRequest, message: Response, isReceived: boolean) {
    super(request.session)
    this.request = request
    this.#message = message
    this.#isCommitted = isReceived
  }

  override get message(): Response {
    return this.#message
  }

  override get isCommitted(): boolean {
    return this.#isCommitted
  }

  protected override get isNew(): boolean {
    return false
  }

  protected override get origin(): Origin | undefined {
    return undefined
  }

  protected override replace(message: Request | Response): void {
    if (message.kind === 'response') this.#message = message
  }

  get status(): number {
    return this.#message.status
  }

  get reasonPhrase(): string {
    return this.#message.reason
  }

  /** Throws TypeError for what is no status. */
  setStatus(status: number, reason?: string): void {
    if (this.#isCommitted) illegalState('the response has been sent: its status stays')
    this.#message = this.#message.with(reason === undefined ? { status } : { status, reason })
  }

  override send(): void {
    this.#send(false)
  }

  /** Repeated until the PRACK comes (RFC 3262). Throws ServletError where it cannot be. */
  sendReliably(): void {
    const { message } = this.request
    const asks = [...message.getAll('Supported'), ...message.getAll('Require')].some(
      tag => tag.toLowerCase() === '100rel',
    )
    if (this.method !== 'INVITE') illegalState('only answers to INVITE are sent reliably')
    if (this.status < 101 || this.status > 199) illegalState('only 101 to 199 are sent reliably')
    if (!asks) illegalState('the caller does not support 100rel')
    this.#send(true)
  }

  /** It was sent until its PRACK came. */
  get isReliable(): boolean {
    return this.#isReliable
  }

  #send(reliable: boolean): void {
    if (this.#isCommitted) illegalState(`this ${this.status} has been sent, or came from a peer`)
    this.#isReliable = reliable
    this.request.respond(this, reliable)
    this.#isCommitted = true
  }

  /** For a 2xx to INVITE. */
  createAck(): SipServletRequest {
    return this.request.createAck(this)
  }

  /** For a provisional response that was sent reliably. */
  createPrack(): SipServletRequest {
    return this.request.createPrack(this)
  }

  /** The realms that ask who we are. */
  get challengeRealms(): readonly string[] {
    const challenges = [...this.#message.getAll('WWW-Authenticate'), ...this.#message.getAll('Proxy-Authenticate')]
    return challenges.flatMap(challenge => challenge.params.get('realm') ?? [])
  }
}
