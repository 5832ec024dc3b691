/** Sends the provisional responses to one INVITE reliably: T1, doubled, until the PRACK or 64*T1 (RFC 3262 §3). */

import type { Step } from '../../actor/machine.js'
import { newCSeq } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import type { DialogOwner } from './dialog-owner.js'
import {
  acknowledgedBy,
  type ReliableEffect,
  type ReliableState,
  reliableInitial,
  reliableResponses,
} from './reliable-response.js'
import type { Received } from './server.js'

export class ReliableResponses {
  readonly #owner: DialogOwner
  readonly #invite: Received
  /** A response goes out, or is answered by the session where it is final. */
  readonly #send: (response: Response) => void
  #state: ReliableState
  #isLingering = false

  constructor(owner: DialogOwner, invite: Received, send: (response: Response) => void) {
    this.#owner = owner
    this.#invite = invite
    this.#send = send
    this.#state = reliableInitial(newCSeq(owner.arg.context.random))
  }

  isOf({ transaction }: Received): boolean {
    return transaction === this.#invite.transaction
  }

  answer(response: Response): void {
    this.#step(reliableResponses(this.#state, { kind: 'answer', response }))
  }

  /** Whether a PRACK is for one of these; `goOn` is to be called when it has been answered. */
  takes(prack: Request): boolean {
    const acknowledged = acknowledgedBy(this.#state, prack, this.#invite.request)
    if (acknowledged === 'overtaken') this.#state = { ...this.#state, overtaken: [] }
    return acknowledged !== 'none'
  }

  /** The INVITE is refused, and a PRACK for what that has overtaken may come. */
  get isAwaited(): boolean {
    return this.#isLingering
  }

  /** RFC 3262 §3: the refusal goes out, and the PRACK that is on its way is still to be taken. */
  linger(): void {
    this.#isLingering = this.#state.overtaken.length > 0
  }

  /** Answers such a PRACK; false for any other. */
  takesLate(received: Received): boolean {
    if (!this.#isLingering || !this.takes(received.request)) return false
    this.#isLingering = false
    this.#rest()
    this.#owner.respond(received, createResponse(received.request, 200))
    return true
  }

  goOn(): void {
    if (this.#state.unacknowledged !== undefined) this.#step(reliableResponses(this.#state, { kind: 'acknowledged' }))
  }

  repeat(interval: number): void {
    const { unacknowledged } = this.#state
    if (unacknowledged === undefined) return
    this.#owner.respond(this.#invite, unacknowledged)
    this.#repeatAfter(2 * interval)
  }

  expired(): void {
    if (!this.#isLingering) return this.#step(reliableResponses(this.#state, { kind: 'expired' }))
    this.#isLingering = false
  }

  /** §9.2: a 2xx that waits has not been sent. */
  cancelled(invite: Received['transaction']): void {
    const last = this.#state.waiting.at(-1)
    if (invite === this.#invite.transaction && last?.isSuccess === true) this.answer(this.#refusal(487, last))
  }

  /** The session is over; a final response that waits is none any more (§15.1.2). */
  stop(): void {
    this.#rest()
    const { self, arg } = this.#owner
    if (this.#isLingering) self.startTimer('unpracked', 64 * arg.context.timers.T1, { kind: 'unpracked' })
    const last = this.#state.waiting.at(-1)
    this.#state = { ...this.#state, unacknowledged: undefined, waiting: [] }
    if (last !== undefined && !last.isProvisional) this.#owner.respond(this.#invite, this.#refusal(487, last))
  }

  #step({ state, effects }: Step<ReliableState, ReliableEffect>): void {
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: ReliableEffect): void {
    const { self, arg } = this.#owner
    const { T1 } = arg.context.timers
    switch (effect.kind) {
      case 'send':
        return this.#send(effect.response)
      case 'repeat':
        this.#repeatAfter(T1)
        return self.startTimer('unpracked', 64 * T1, { kind: 'unpracked' })
      case 'rest':
        return this.#rest()
      case 'refuse':
        this.#rest()
        if (effect.instead !== undefined) return this.#send(this.#refusal(500, effect.instead))
        return self.send(arg.cores, { kind: 'abort', transaction: this.#invite.transaction, status: 500 })
    }
  }

  #refusal(status: number, instead: Response): Response {
    return createResponse(this.#invite.request, status, { toTag: instead.to.tag ?? '' })
  }

  #repeatAfter(interval: number): void {
    this.#owner.self.startTimer('repeatReliable', interval, { kind: 'repeatReliable', interval })
  }

  #rest(): void {
    this.#owner.self.stopTimer('repeatReliable')
    this.#owner.self.stopTimer('unpracked')
  }
}
