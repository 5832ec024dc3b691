/** Who has sent binding requests by a socket, and waits for their answers: RFC 5626 §4.4.2. */

import type { ActorRef } from '../../actor/actor.js'
import type { BindingReport } from './flow.js'
import { bindingId, bindingReport } from './stun.js'

/** Requests at a time without an answer: of more than that the oldest are forgotten. */
const MOST = 10_000

export class StunAskers {
  /** By the id of the request. A few at a time, so a Map will do. */
  readonly #waiting = new Map<string, ActorRef<BindingReport>>()

  add(request: string, asker: ActorRef<BindingReport>): void {
    this.#waiting.set(bindingId(request), asker)
    if (this.#waiting.size <= MOST) return
    for (const oldest of this.#waiting.keys()) {
      this.#waiting.delete(oldest)
      break
    }
  }

  /** Whom an answer is for; undefined where it is none, or nobody has asked. */
  take(text: string): { readonly asker: ActorRef<BindingReport>; readonly report: BindingReport } | undefined {
    const asker = this.#waiting.get(bindingId(text))
    const report = asker && bindingReport(text)
    if (asker === undefined || report === undefined) return undefined
    this.#waiting.delete(report.id)
    return { asker, report }
  }
}
