/** What an application holds of the requests that it sends, and how they end. */

import { type ExitReason, showReason } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { ActiveDialog } from './active-dialog.js'
import { Happenings } from './happenings.js'
import { type Reasons, reasonText } from './reason.js'

/** How a request ended. */
export type Outcome =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'rejected'; readonly response: Response }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'transportError'; readonly reason: string }

/** Of what is asked for inside a dialog that is no more. */
export const overAlready: Extract<Outcome, { kind: 'transportError' }> = {
  kind: 'transportError',
  reason: 'the call is over',
}

/** Of what the application has given up. */
export const givenUp: Extract<Outcome, { kind: 'transportError' }> = {
  kind: 'transportError',
  reason: 'it was given up',
}

/** Of what is asked of a stack that is no more. */
export const closed: Extract<Outcome, { kind: 'transportError' }> = {
  kind: 'transportError',
  reason: 'the stack was closed',
}

/** Of what ends with the actor that saw to it. */
export function cutShort(reason: ExitReason): typeof closed {
  return reason.kind === 'error' ? { kind: 'transportError', reason: `it crashed: ${showReason(reason)}` } : closed
}

/** How an INVITE ended. Cancelled is a call that ended because of `cancel()`, or of a BYE while it rang, answered meanwhile or not. */
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
  /** Where the early dialogs are that there are at a time. */
  early(dialogs: { readonly alive: readonly ActiveDialog[] }): void
  answered(dialog: ActiveDialog): void
  /** Told once. */
  settle(outcome: CallOutcome): void
  /** Nothing comes any more. */
  over(): void
}

/** What a call has told so far. */
interface Told {
  readonly responses: Happenings<Response>
  readonly dialogs: Happenings<ActiveDialog>
  early: { readonly alive: readonly ActiveDialog[] } | undefined
}

/** The same, with somebody else who hears the responses. */
export function heard(user: CallUser, hear: (response: Response) => void): CallUser {
  return {
    report: response => {
      hear(response)
      user.report(response)
    },
    early: dialogs => user.early(dialogs),
    answered: dialog => user.answered(dialog),
    settle: outcome => user.settle(outcome),
    over: () => user.over(),
  }
}

/** A call that we place. */
export class Call {
  /** Settles once and never rejects. */
  readonly outcome: Promise<CallOutcome>
  readonly #cancel: (reason?: string) => void
  readonly #told: Told

  constructor(start: (user: CallUser) => (reason?: string) => void) {
    const told: Told = { responses: new Happenings(), dialogs: new Happenings(), early: undefined }
    const teller = new Teller(told)
    this.outcome = new Promise(resolve => {
      teller.settled = resolve
    })
    this.#told = told
    this.#cancel = start(teller)
  }

  /**
   * Gives up (§9.1). The CANCEL waits for a provisional response; a call that is answered meanwhile is ended with BYE. Either says
   * why, where a reason is given (RFC 3326). Throws TypeError for a reason that cannot be written.
   */
  cancel({ reason }: { readonly reason?: Reasons } = {}): void {
    this.#cancel(reason && reasonText(reason))
  }

  /** Every response from now on and before, until the outcome. For one reader; of more than 100 unread the first are lost. */
  get responses(): AsyncIterable<Response> {
    return this.#told.responses
  }

  /** The dialogs that ring at the moment, one for each branch of a fork (§12.1.2): UPDATE, INFO and BYE go there. */
  get earlyDialogs(): readonly ActiveDialog[] {
    return this.#told.early?.alive ?? []
  }

  /**
   * The dialog of the outcome and, with `forks: 'all'`, those of other branches that answered, too, until no more can come,
   * which is 64*T1 after the first (§13.2.2.4), 32 s. For one reader.
   */
  get dialogs(): AsyncIterable<ActiveDialog> {
    return this.#told.dialogs
  }
}

/** Whoever tells us lives longer than our reader may: it lets go of what has not been read. */
class Teller implements CallUser {
  settled: (outcome: CallOutcome) => void = () => undefined
  #told: Told | undefined

  constructor(told: Told) {
    this.#told = told
  }

  report(response: Response): void {
    this.#told?.responses.push(response)
  }

  early(dialogs: { readonly alive: readonly ActiveDialog[] }): void {
    if (this.#told !== undefined) this.#told.early = dialogs
  }

  answered(dialog: ActiveDialog): void {
    this.#told?.dialogs.push(dialog)
  }

  settle(outcome: CallOutcome): void {
    this.settled(outcome)
    this.#told?.responses.end()
  }

  over(): void {
    if (this.#told === undefined) return
    this.#told.early = undefined
    this.#told.dialogs.end()
    this.#told = undefined
  }
}
