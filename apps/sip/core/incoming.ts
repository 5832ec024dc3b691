/** A request in the hands of an application, and its answer: §8.2.6. */

import { sdpTextOf } from '../syntax/content.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'
import type { Source } from '../transport/flow.js'
import type { ActiveDialog } from './active-dialog.js'
import type { Agreement } from './offer-answer.js'
import { type Reason, reasonsOf } from './reason.js'
import { unforced } from './revision.js'
import { answerTo } from './session-answer.js'
import type { AcceptOptions, Watcher } from './watcher.js'

export interface ReplyOptions {
  /** The phrase that RFC 3261 gives to the status unless given. */
  readonly reason?: string
  readonly headers?: HeaderInputs
  /** Octets as a latin1 string; a body needs a Content-Type among the headers, application/sdp for one that begins with v=. */
  readonly body?: string
  /**
   * Repeats a provisional answer to an INVITE until the caller acknowledges it with PRACK, where the caller can (RFC 3262).
   * It is so without being asked for when the caller requires it and `supported` of the core has 100rel. A 2xx waits for the
   * PRACK of one with a body; when none comes for 64*T1, 32 s, the call is refused with 500.
   */
  readonly reliable?: boolean
}

/** What the actor behind an incoming request does for it. */
export interface IncomingActor {
  reply(status: number, options: ReplyOptions): boolean
  after(ms: number, task: () => void): void
  readonly answered: number | undefined
  readonly user?: string | undefined
  /** Why the other side has given up. */
  readonly reasons?: readonly Reason[] | undefined
  readonly dialog?: ActiveDialog | undefined
  accept?(options: AcceptOptions): Watcher
  readonly replaces?: ActiveDialog | undefined
  readonly agreement?: Agreement | undefined
}

export class Incoming {
  readonly request: Request
  /** Where it came from: transport, address and port of the peer. */
  readonly source: Source
  readonly #actor: IncomingActor

  constructor(request: Request, source: Source, actor: IncomingActor) {
    this.request = request
    this.source = source
    this.#actor = actor
  }

  /**
   * Answers. The stack fills Via, From, To with its tag, Call-ID, CSeq and, where a dialog may come of it, Contact and
   * Record-Route. Returns false, and does nothing, when a final answer has gone out already, CANCEL included.
   * Throws TypeError for a status, header or body that cannot be written.
   */
  reply(status: number, options: ReplyOptions = {}): boolean {
    return this.#actor.reply(status, options)
  }

  /**
   * Accepts a SUBSCRIBE, or the subscription that comes with a REFER (RFC 3515 §2.4.4): answers with 200, and tells the state.
   * Throws TypeError for other requests, for what cannot be written, and for `full` in a core that serves other threads.
   */
  accept(options: AcceptOptions = {}): Watcher {
    const { method } = this.request
    if (this.#actor.accept === undefined || (method !== 'SUBSCRIBE' && method !== 'REFER')) {
      throw new TypeError(`a ${method} asks for no subscription`)
    }
    return this.#actor.accept(options)
  }

  /** The username that the request proved, where its core authenticates; undefined inside a dialog. */
  get user(): string | undefined {
    return this.#actor.user
  }

  /**
   * The dialog that it is in, or, for an INVITE outside, that its answer from 101 to 299 has opened: to send requests, to
   * change the call and to end it. Undefined in a core that has its home on another thread, and for a BYE, which leaves none.
   */
  get dialog(): ActiveDialog | undefined {
    return this.#actor.dialog
  }

  /**
   * The answer to the offer in it, for the body of what answers (RFC 3264 §6): the offered streams and formats that are in
   * `ours` too, which is what we would describe by ourselves; unless given, what we have described in this call. Octets as
   * latin1 strings. Undefined when nothing fits, which is a 488, and where either is no session description.
   */
  answer(ours?: string): string | undefined {
    const { agreement } = this.#actor
    const own = ours ?? (agreement && unforced(agreement))
    return own === undefined ? undefined : answerTo(sdpTextOf(this.request) ?? '', own, agreement?.latest)
  }

  /**
   * The dialog that this INVITE is to take the place of, where `supported` of the core has `replaces` (RFC 3891): the stack has
   * found it, and ends it when the INVITE is answered with 2xx. Whether its sender may do that is for the handler to judge. One
   * that another thread has is only to be looked at: its functions settle at once.
   */
  get replaces(): ActiveDialog | undefined {
    return this.#actor.replaces
  }

  /**
   * Why the call has ended, as far as the other side says it (RFC 3326): what stands in the BYE, and for an INVITE what stood in
   * the CANCEL. Empty where nothing is said.
   */
  get reasons(): readonly Reason[] {
    return this.#actor.reasons ?? reasonsOf(this.request)
  }

  /** The final status sent, or undefined while the request is open. */
  get answered(): number | undefined {
    return this.#actor.answered
  }

  /**
   * Runs `task` after `ms` ms of the stack's clock, unless the request has had its final answer by then. Throws TypeError for
   * what is no time.
   */
  after(ms: number, task: () => void): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new TypeError(`a time is a number of ms from 0, not ${ms}`)
    this.#actor.after(ms, task)
  }
}

/** True for a request that opens a dialog when it is accepted (§12.1). */
export function opensDialog(request: Request): boolean {
  return request.method === 'INVITE' && request.to.tag === undefined
}
