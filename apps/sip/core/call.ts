/** What an application holds of the requests that it sends, and how they end. */

import type { Response } from '../syntax/message.js'
import type { ActiveDialog } from './active-dialog.js'
import { Happenings } from './happenings.js'

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

/** What is told to whoever has placed a call. */
export interface CallUser {
  /** Each response but repeated ones. */
  report(response: Response): void
  /** The early dialogs that there are now. */
  early(dialogs: readonly ActiveDialog[]): void
  answered(dialog: ActiveDialog): void
  /** Told once. */
  settle(outcome: CallOutcome): void
  /** Nothing comes any more. */
  over(): void
}

/** A call that we place. */
export class Call {
  /** Settles once and never rejects. */
  readonly outcome: Promise<CallOutcome>
  readonly #cancel: () => void
  readonly #responses = new Happenings<Response>()
  readonly #dialogs = new Happenings<ActiveDialog>()
  #early: readonly ActiveDialog[] = []

  constructor(start: (user: CallUser) => () => void) {
    let settle: (outcome: CallOutcome) => void = () => undefined
    this.outcome = new Promise(resolve => {
      settle = resolve
    })
    this.#cancel = start({
      report: response => this.#responses.push(response),
      early: dialogs => {
        this.#early = dialogs
      },
      answered: dialog => this.#dialogs.push(dialog),
      settle: outcome => {
        settle(outcome)
        this.#responses.end()
      },
      over: () => {
        this.#early = []
        this.#dialogs.end()
      },
    })
  }

  /** Gives up (§9.1). The CANCEL waits for a provisional response; a call that is answered meanwhile is ended with BYE. */
  cancel(): void {
    this.#cancel()
  }

  /** Every response from now on and before, until the outcome. For one reader; of more than 100 unread the first are lost. */
  get responses(): AsyncIterable<Response> {
    return this.#responses
  }

  /** The dialogs that ring at the moment, one for each branch of a fork (§12.1.2): UPDATE, INFO and BYE go there. */
  get earlyDialogs(): readonly ActiveDialog[] {
    return this.#early
  }

  /**
   * The dialog of the outcome and, with `forks: 'all'`, those of other branches that answered, too. Ends when no more can
   * come, which is 64*T1 after the first (§13.2.2.4), 32 s. For one reader.
   */
  get dialogs(): AsyncIterable<ActiveDialog> {
    return this.#dialogs
  }
}
