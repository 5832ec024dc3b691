/** Session descriptions that the servlet gives with an ACK or a PRACK, where the callee has made the offer (RFC 3261 §13.2.1). */

import type { Response } from '../sip/sip.js'

export class PendingAnswers {
  readonly #waiting = new WeakMap<Response, (body: string) => void>()

  /** Settles when the ACK or PRACK for that response is sent; the stack gives up by itself (§13.2.2.4). */
  wanted(response: Response): Promise<string> {
    return new Promise(give => this.#waiting.set(response, give))
  }

  /** What was not asked for has been acknowledged by the stack already. */
  give(response: Response, body: string): void {
    this.#waiting.get(response)?.(body)
  }
}
