/** The changes of a session that we ask for: one after the other, and once more after a 491 (§14.1, RFC 3311 §5). */

import type { Uri } from '../syntax/uri.js'
import { givenUp, type Outcome, overAlready } from './call.js'
import type { ReinviteOptions } from './dialog-order.js'
import type { DialogOwner } from './dialog-owner.js'

/** A re-INVITE or an UPDATE. */
export interface Change {
  readonly method: 'INVITE' | 'UPDATE'
  readonly options: ReinviteOptions
  /** Makes its offer, when it is sent; undefined when there is none to make. */
  readonly offer?: () => string | undefined
  readonly done: (outcome: Outcome) => void
}

/** How often one is sent that meets 491 or 422 each time. */
const MOST = 5

export class Changes {
  readonly #owner: DialogOwner
  /** The first is the one under way, if any is. */
  #wanted: readonly Change[] = []
  #phase: 'idle' | 'sent' | 'resting' = 'idle'
  #sent = 0
  /** Where the peer was when it was sent. */
  #target: Uri | undefined

  constructor(owner: DialogOwner) {
    this.#owner = owner
  }

  /** The one to send next; undefined while one is under way or rests. */
  get next(): Change | undefined {
    return this.#phase === 'idle' ? this.#wanted[0] : undefined
  }

  /** The one that has been sent, and has no final answer. */
  get sent(): Change | undefined {
    return this.#phase === 'sent' ? this.#wanted[0] : undefined
  }

  /** Whether the peer has moved since the latest was sent. */
  get hasMoved(): boolean {
    return `${this.#target}` !== `${this.#owner.dialog.remoteTarget}`
  }

  /** A re-INVITE is under way, or will be. */
  get hasInvite(): boolean {
    return this.#wanted.some(each => each.method === 'INVITE')
  }

  add(change: Change): void {
    this.#wanted = [...this.#wanted, change]
  }

  /** Sends the next one, which nothing forbids. */
  goOn(options: ReinviteOptions): void {
    const { next } = this
    if (next === undefined) return
    this.#phase = 'sent'
    this.#sent++
    this.#target = this.#owner.dialog.remoteTarget
    this.#owner.request(next.method, options, 'INVITE')
  }

  /**
   * §14.1, RFC 3311 §5.3: whoever made the Call-ID waits longer, so that both do not meet again. What is `mended` goes out
   * again at once.
   */
  settled(outcome: Outcome, isMended: boolean): void {
    const [first, ...others] = this.#wanted
    if (this.#phase !== 'sent' || first === undefined) return
    const isLast = this.#sent >= MOST || first.options.signal?.aborted === true
    if (isMended && !isLast) {
      this.#phase = 'idle'
      return
    }
    if (outcome.kind === 'rejected' && outcome.response.status === 491 && !isLast) {
      this.#phase = 'resting'
      const ms = this.#owner.dialog.side === 'uac' ? 2100 + 10 * this.#owner.chance(191) : 10 * this.#owner.chance(201)
      return this.#owner.self.startTimer('rested', ms, { kind: 'rested' })
    }
    this.#phase = 'idle'
    this.#sent = 0
    this.#wanted = others
    first.done(outcome)
  }

  /** The next one is not sent at all. */
  drop(outcome: Outcome): void {
    const [first, ...others] = this.#wanted
    this.#wanted = others
    first?.done(outcome)
  }

  /** One that is under way is the affair of whoever sees to that. */
  giveUp(change: Change): void {
    if (change === this.sent || !this.#wanted.includes(change)) return
    if (change === this.#wanted[0]) {
      this.#owner.self.stopTimer('rested')
      this.#phase = 'idle'
      this.#sent = 0
    }
    this.#wanted = this.#wanted.filter(each => each !== change)
    change.done(givenUp)
  }

  rested(): void {
    this.#phase = 'idle'
  }

  stop(): void {
    const wanted = this.#wanted
    this.#wanted = []
    this.#phase = 'idle'
    this.#owner.self.stopTimer('rested')
    for (const { done } of wanted) done(overAlready)
  }
}
