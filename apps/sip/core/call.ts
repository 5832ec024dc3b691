/** What an application holds of the requests that it sends, and how they end. */

import type { Response } from '../syntax/message.js'
import type { ActiveDialog } from './active-dialog.js'

/** How a request ended. */
export type Outcome =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'rejected'; readonly response: Response }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'transportError'; readonly reason: string }

/** How an INVITE ended. Cancelled is a call that ended because of `cancel()`, answered meanwhile or not. */
export type CallOutcome =
  | Exclude<Outcome, { kind: 'answered' }>
  | { readonly kind: 'answered'; readonly response: Response; readonly dialog: ActiveDialog }
  | { readonly kind: 'cancelled'; readonly response: Response | undefined }

/** Who ended a call: us, the peer, or the loss of the peer. */
export type Ended = 'local' | 'remote' | 'lost'

/** Responses of one call that are kept for its reader: a peer may send provisional ones without end. */
const MOST = 1000

/** A call that we place. */
export class Call {
  /** Settles once and never rejects. */
  readonly outcome: Promise<CallOutcome>
  readonly #cancel: () => void
  readonly #seen: Response[] = []
  #wake: (() => void) | undefined
  #over = false

  constructor(start: (report: (response: Response) => void, settle: (outcome: CallOutcome) => void) => () => void) {
    let settle: (outcome: CallOutcome) => void = () => undefined
    this.outcome = new Promise(resolve => {
      settle = resolve
    })
    this.#cancel = start(
      response => {
        if (this.#seen.length < MOST) this.#seen.push(response)
        this.#wake?.()
      },
      outcome => {
        this.#over = true
        settle(outcome)
        this.#wake?.()
      },
    )
  }

  /** Gives up (§9.1). The CANCEL waits for a provisional response; a call that is answered meanwhile is ended with BYE. */
  cancel(): void {
    this.#cancel()
  }

  /** Every response from now on and before, until the outcome. For one reader. */
  get responses(): AsyncIterable<Response> {
    return this.#responses()
  }

  async *#responses(): AsyncGenerator<Response> {
    for (let next = 0; ; ) {
      const response = this.#seen[next]
      if (response !== undefined) {
        next++
        yield response
      } else if (this.#over) return
      else {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
    }
  }
}
