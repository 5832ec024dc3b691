/** The offers and answers of one session, what both sides describe by them, and whether one is held: RFC 3264, RFC 6337. */

import { sdpTextOf } from '../syntax/content.js'
import type { Request, Response } from '../syntax/message.js'
import type { DialogOrder } from './dialog-order.js'
import type { DialogOwner } from './dialog-owner.js'
import type { Happenings } from './happenings.js'
import {
  type Agreement,
  mayRequest,
  type OfferAnswerEffect,
  type OfferAnswerEvent,
  type OfferAnswerState,
  offerAnswer,
  offerAnswerInitial,
} from './offer-answer.js'
import { refusedOffer } from './refused-offer.js'
import { isHeld, isSame, standing, turned, unforced } from './revision.js'
import { answerTo } from './session-answer.js'

/** Whose descriptions they are. */
interface Described {
  /** RFC 6337 §3.4, RFC 6141 §3.4: the peer is to be offered that, so that both sides have the same session again. */
  restore(body: string): void
}

export class Exchange {
  readonly #session: Described
  #state: OfferAnswerState
  #holdWatchers: readonly Happenings<boolean>[] = []
  /** The other side takes nothing that we send. */
  #isHeld = false

  constructor(session: Described, { dialog, arg }: Pick<DialogOwner, 'dialog' | 'arg'>) {
    const { resumed } = arg
    const initial = offerAnswerInitial(dialog.side === 'uac' && dialog.state === 'early')
    this.#session = session
    this.#state = resumed === undefined ? initial : { ...initial, agreement: resumed.agreement }
    this.#noteHold()
  }

  /** What both sides describe as yet. */
  get agreement(): Agreement | undefined {
    return this.#state.agreement
  }

  mayRequest(method: 'INVITE' | 'UPDATE', isOffer: boolean): boolean {
    return mayRequest(this.#state, method, isOffer)
  }

  tell(event: OfferAnswerEvent): OfferAnswerEffect | undefined {
    const { state, effects } = offerAnswer(this.#state, event)
    this.#state = state
    for (const effect of effects) {
      if (effect.kind === 'restore') this.#restore()
      else if (effect.kind === 'agreed') this.#noteHold()
    }
    return effects[0]
  }

  /** The INVITE of the peer that opens the dialog, of which we hear at our first answer. */
  invited({ body }: Request): void {
    if (this.#state.invite !== undefined) return
    this.tell({ kind: 'request', by: 'remote', method: 'INVITE', body, isOpening: true })
  }

  /** A reliable response to the INVITE of ours that opens the dialog. */
  agreed({ invite, response, answer }: Extract<DialogOrder, { kind: 'agree' }>): void {
    const { body, isProvisional } = response
    if (this.#state.invite?.isDescribed !== true) {
      this.tell({ kind: 'request', by: 'local', method: 'INVITE', body: invite.body, isOpening: true })
    }
    this.tell({ kind: 'response', to: 'local', method: 'INVITE', what: isProvisional ? 'reliable' : 'success', body })
    if (isProvisional) this.tell({ kind: 'request', by: 'local', method: 'PRACK', body: answer })
    else this.tell({ kind: 'ack', body: answer })
  }

  /** RFC 3264 §8.4: the offer that holds the other side, or resumes; undefined where nothing has been described. */
  holding(isHeld: boolean): string | undefined {
    const { agreement } = this.#state
    return agreement && turned(agreement, !isHeld)
  }

  watchHolds(told: Happenings<boolean>): void {
    if (this.#isHeld) told.push(true)
    this.#holdWatchers = [...this.#holdWatchers, told]
  }

  /** RFC 4028 §7.4, RFC 3264 §8: what answers a request that changes nothing, and may only refresh the session. */
  unchanged({ method, body }: Request, isRefreshed: boolean): string | undefined {
    const { agreement } = this.#state
    if (body === '' && !isRefreshed) return undefined
    if (body === '' && method === 'UPDATE') return ''
    return agreement && (body === '' || isSame(body, agreement.remote)) ? standing(agreement) : undefined
  }

  /** RFC 3262 §3, §5: a PRACK is never refused, so that what it offers has an answer even where it does not fit. */
  answerToPrack(body: string): string | undefined {
    return this.#state.offer?.method === 'PRACK' ? this.#answerTo(body) : undefined
  }

  /** §14.1: what answers the offer in the 2xx to our re-INVITE, where the application does not; empty where there is none. */
  answerIn(response: Response): string {
    const offer = sdpTextOf(response)
    return offer === undefined ? '' : this.#answerTo(offer)
  }

  #answerTo(offer: string): string {
    const { agreement } = this.#state
    return (agreement && answerTo(offer, unforced(agreement), agreement.latest)) ?? refusedOffer(offer)
  }

  end(): void {
    for (const told of this.#holdWatchers) told.end()
    this.#holdWatchers = []
  }

  #restore(): void {
    const { agreement } = this.#state
    const body = agreement && standing(agreement)
    if (body !== undefined) this.#session.restore(body)
  }

  #noteHold(): void {
    const { agreement } = this.#state
    const isOnHold = agreement !== undefined && isHeld(agreement)
    if (isOnHold === this.#isHeld) return
    this.#isHeld = isOnHold
    for (const told of this.#holdWatchers) told.push(isOnHold)
  }
}
