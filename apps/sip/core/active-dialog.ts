/** A dialog in the hands of an application. */

import { checkMethod } from '../syntax/method.js'
import type { Uri } from '../syntax/uri.js'
import type { Ended, Outcome } from './call.js'
import type { Change } from './changes.js'
import { type Dialog, inDialogRequest } from './dialog.js'
import type { DialogOrder, DialogRequestOptions, ReinviteOptions } from './dialog-order.js'
import type { DialogSnapshot } from './dialog-snapshot.js'
import { Happenings } from './happenings.js'
import { checkMessage } from './instant-message.js'
import { type Reasons, reasonText } from './reason.js'
import { type DialogHolder, type ReferOptions, referHeaders } from './refer-to.js'
import { Referral } from './referral.js'

export interface ByeOptions extends DialogRequestOptions {
  /** Why, for the other side to show or to charge by (RFC 3326). */
  readonly reason?: Reasons
}

/** An established call. */
export class ActiveDialog {
  /** As it was when the call was established. */
  readonly dialog: Dialog
  /** Settles once, when the call is over. */
  readonly ended: Promise<Ended>
  readonly #order: (order: DialogOrder) => void
  #holds: Happenings<boolean> | undefined

  /** `ended` where its owner has one for all who ask. */
  constructor(dialog: Dialog, order: (order: DialogOrder) => void, ended?: Promise<Ended>) {
    this.dialog = dialog
    this.#order = order
    this.ended = ended ?? new Promise(told => order({ kind: 'watch', ended: told }))
  }

  /**
   * Sends a request inside the dialog (§12.2.1.1) and settles with its end. Never rejects. Throws TypeError for a method,
   * header or body that cannot be written, and for the methods that have functions of their own.
   */
  request(method: string, options: DialogRequestOptions = {}): Promise<Outcome> {
    if (['INVITE', 'UPDATE', 'ACK', 'CANCEL', 'BYE', 'REFER'].includes(method))
      throw new TypeError(`${method} is not sent with request()`)
    this.#check(method, options)
    return new Promise(done => this.#order({ kind: 'request', method, options, done }))
  }

  /**
   * Changes the call by an INVITE inside it (§14.1), and settles with its end; its 2xx is acknowledged. It waits while another
   * INVITE is under way in either direction, and is sent again after a while when it gets 491, up to five times. A call that
   * refuses the change goes on as it was, but for 408, 481 and the like, which end it. One that `signal` gives up settles with
   * whatever the peer says to the CANCEL, a 487 in most cases, and as transportError where it says nothing for 64*T1. Never
   * rejects. Throws TypeError for a header or body that cannot be written.
   */
  reinvite(options: ReinviteOptions = {}): Promise<Outcome> {
    return this.#change('INVITE', options)
  }

  /**
   * Changes the call, or what rings, by an UPDATE, which the peer answers at once (RFC 3311 §5.1); otherwise as `reinvite`. A
   * body is an offer: while it rings it waits until the first offer has its answer.
   */
  update(options: DialogRequestOptions = {}): Promise<Outcome> {
    return this.#change('UPDATE', options)
  }

  #change(method: Change['method'], options: ReinviteOptions): Promise<Outcome> {
    this.#check(method, options)
    const { signal } = options
    return new Promise(done => {
      if (signal === undefined) return this.#order({ kind: 'change', change: { method, options, done } })
      const giveUp = (): void => this.#order({ kind: 'giveUp', change })
      const settled = (outcome: Outcome): void => {
        signal.removeEventListener('abort', giveUp)
        done(outcome)
      }
      const change = { method, options, done: settled }
      signal.addEventListener('abort', giveUp)
      this.#order({ kind: 'change', change })
    })
  }

  /**
   * Holds the other side (RFC 3264 §8.4): a re-INVITE, as by `reinvite`, with our latest session description, in which what
   * we do not want to hear is sendonly, or inactive where we do not send either. Settles with its end, and as transportError
   * where no SDP has been exchanged. What refreshes the call keeps it so. Never rejects.
   */
  hold(): Promise<Outcome> {
    return new Promise(done => this.#order({ kind: 'hold', isHeld: true, done }))
  }

  /** Takes the other side from hold, as `hold` does it: in each stream we want to hear it again. */
  resume(): Promise<Outcome> {
    return new Promise(done => this.#order({ kind: 'hold', isHeld: false, done }))
  }

  /**
   * Whether the other side holds us, each time that changes, until the call ends: in each of its streams it is sendonly or
   * inactive, or has the address 0.0.0.0. Begins with true where it does already. For one reader.
   */
  get holds(): AsyncIterable<boolean> {
    if (this.#holds === undefined) {
      this.#holds = new Happenings()
      this.#order({ kind: 'watchHolds', told: this.#holds })
    }
    return this.#holds
  }

  /**
   * Refers the peer to somebody else (RFC 3515): a blind transfer with a URI; with a dialog of ours, whose peer is called and
   * our place there taken, an attended one (RFC 3891). Throws TypeError for a URI or header that cannot be written.
   */
  refer(target: string | Uri | DialogHolder, options: ReferOptions = {}): Referral {
    const headers = referHeaders(target, options, this.dialog.local.uri)
    this.#check('REFER', { headers })
    return new Referral(user => this.#order({ kind: 'refer', headers, user }))
  }

  /** Ends the call (§15.1.1); settles with the fate of the BYE. A callee's BYE waits for the ACK (§15). Throws TypeError as `request`. */
  bye({ reason, ...given }: ByeOptions = {}): Promise<Outcome> {
    const options =
      reason === undefined ? given : { ...given, headers: { ...given.headers, Reason: reasonText(reason) } }
    this.#check('BYE', options)
    return new Promise(done => this.#order({ kind: 'bye', options, done }))
  }

  /**
   * The call as plain data, to be kept as JSON and given to `restore` of another stack, where it goes on: dialog, session
   * descriptions and session timer, but nothing that is under way. Undefined when it is not established, or over. Here it goes
   * on, too, until this stack is closed.
   */
  snapshot(): Promise<DialogSnapshot | undefined> {
    return new Promise(told => this.#order({ kind: 'snapshot', told }))
  }

  /** What cannot be written is the caller's mistake, now and not when it is its turn. */
  #check(method: string, options: DialogRequestOptions): void {
    if (options.headers === undefined && options.body === undefined) checkMethod(method)
    else checkMessage(inDialogRequest(this.dialog, method, options).request)
  }
}
