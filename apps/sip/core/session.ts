/** The session of a dialog, its usage by INVITE: from the 2xx and its ACK to the BYE (§13.3.1.4, §14, §15). */

import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { AcceptedResponse } from './accepted-response.js'
import { type Ended, type Outcome, overAlready } from './call.js'
import { type Change, Changes } from './changes.js'
import type { DialogOrder, DialogRequestOptions } from './dialog-order.js'
import type { DialogOwner } from './dialog-owner.js'
import type { SessionSnapshot } from './dialog-snapshot.js'
import { statusWithoutUsage } from './event-policy.js'
import type { Happenings } from './happenings.js'
import {
  type Agreement,
  isOfferMethod,
  mayRequest,
  type OfferAnswerEffect,
  type OfferAnswerEvent,
  type OfferAnswerState,
  offerAnswer,
  offerAnswerInitial,
} from './offer-answer.js'
import { refusedOffer } from './refused-offer.js'
import { isReliable } from './reliable-response.js'
import { ReliableResponses } from './reliable-responses.js'
import { isHeld, isSame, standing, turned, unforced } from './revision.js'
import type { Received } from './server.js'
import { answerTo } from './session-answer.js'
import { SessionRefresher } from './session-refresher.js'

interface Goodbye {
  readonly options: DialogRequestOptions
  readonly done: (outcome: Outcome) => void
}

const undescribed: Outcome = { kind: 'transportError', reason: 'there is no session description to change' }

export class Session {
  readonly #owner: DialogOwner
  readonly #changes: Changes
  readonly #refresher: SessionRefresher
  #exchange: OfferAnswerState
  readonly #accepted: AcceptedResponse
  /** The BYE that waits for the ACK. */
  #goodbye: Goodbye | undefined
  #watchers: readonly ((by: Ended) => void)[] = []
  #ended: Promise<Ended> | undefined
  #holdWatchers: readonly Happenings<boolean>[] = []
  /** The other side takes nothing that we send. */
  #isHeld = false
  #over: Ended | undefined
  /** Since the first provisional response that is to be acknowledged. */
  #reliable: ReliableResponses | undefined

  constructor(owner: DialogOwner) {
    this.#owner = owner
    this.#changes = new Changes(owner)
    this.#refresher = new SessionRefresher(owner, this)
    this.#accepted = new AcceptedResponse(owner)
    const { resumed } = owner.arg
    const initial = offerAnswerInitial(owner.dialog.side === 'uac' && owner.dialog.state === 'early')
    this.#exchange = resumed === undefined ? initial : { ...initial, agreement: resumed.agreement }
    this.#noteHold()
    if (!owner.arg.isCall) this.#over = 'local'
  }

  /** Something may still come for which the dialog has to be there. */
  get isAwaited(): boolean {
    return this.#reliable?.isAwaited === true
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  /** What both sides describe as yet. */
  get agreement(): Agreement | undefined {
    return this.#exchange.agreement
  }

  get snapshot(): SessionSnapshot {
    const { agreement } = this
    return { ...(agreement === undefined ? {} : { agreement }), ...this.#refresher.snapshot }
  }

  /** One for all the requests of the peer, who may send them without end. */
  get ended(): Promise<Ended> {
    this.#ended ??= new Promise(ended => this.watch(ended))
    return this.#ended
  }

  watch(ended: (by: Ended) => void): void {
    if (this.#over !== undefined) ended(this.#over)
    else this.#watchers = [...this.#watchers, ended]
  }

  change(change: Change): void {
    if (this.isOver || this.#goodbye !== undefined) return change.done(overAlready)
    this.#changes.add(change)
    this.goOn()
  }

  /** How the change that we asked for ended; whether the session lives on is another matter. */
  changed(request: Request, outcome: Outcome, answer = ''): void {
    const { sent } = this.#changes
    if (sent !== undefined) {
      const isAnswered = outcome.kind === 'answered'
      const what = isAnswered ? 'success' : 'failure'
      const body = isAnswered ? outcome.response.body : ''
      this.#tell({ kind: 'response', to: 'local', method: sent.method, what, body })
      if (isAnswered && sent.method === 'INVITE') this.#tell({ kind: 'ack', body: answer })
      if (isAnswered) this.#refresher.answered('local', request, outcome.response)
    }
    this.#changes.settled(outcome, outcome.kind === 'rejected' && this.#refresher.raises(outcome.response))
  }

  rested(): void {
    this.#changes.rested()
    this.goOn()
  }

  /** Sends the next change that we ask for, once nothing forbids it. */
  goOn(): void {
    const { next } = this.#changes
    if (next === undefined || this.isOver || this.#goodbye !== undefined) return
    const { method, options, offer } = next
    if (!mayRequest(this.#exchange, method, offer !== undefined || (options.body ?? '') !== '')) return
    const body = offer === undefined ? options.body : offer()
    if (offer !== undefined && body === undefined) {
      this.#changes.drop(undescribed)
      return this.goOn()
    }
    this.#tell({ kind: 'request', by: 'local', method, body: body ?? '' })
    const headers = { ...this.#refresher.headers, ...options.headers }
    this.#changes.goOn({ ...options, ...(body === undefined ? {} : { body }), headers })
  }

  #tell(event: OfferAnswerEvent): OfferAnswerEffect | undefined {
    const { state, effects } = offerAnswer(this.#exchange, event)
    this.#exchange = state
    for (const effect of effects) {
      if (effect.kind === 'restore') this.#restore()
      else if (effect.kind === 'agreed') this.#noteHold()
    }
    return effects[0]
  }

  #noteHold(): void {
    const { agreement } = this.#exchange
    const isOnHold = agreement !== undefined && isHeld(agreement)
    if (isOnHold === this.#isHeld) return
    this.#isHeld = isOnHold
    for (const told of this.#holdWatchers) told.push(isOnHold)
  }

  /** RFC 3264 §8.4: stops what the other side sends, or wants it again. */
  hold({ isHeld, done }: Extract<DialogOrder, { kind: 'hold' }>): void {
    const offer = (): string | undefined => {
      const { agreement } = this.#exchange
      return agreement && turned(agreement, !isHeld)
    }
    this.change({ method: 'INVITE', options: {}, offer, done })
  }

  watchHolds(told: Happenings<boolean>): void {
    if (this.isOver) return told.end()
    if (this.#isHeld) told.push(true)
    this.#holdWatchers = [...this.#holdWatchers, told]
  }

  /** RFC 6337 §3.4, RFC 6141 §3.4: so that both sides have the same session again. */
  #restore(): void {
    const { agreement } = this.#exchange
    const body = agreement && standing(agreement)
    if (body !== undefined) this.#changes.add({ method: 'UPDATE', options: { body }, done: () => undefined })
  }

  /** A reliable response to the INVITE of ours that opens the dialog. */
  agreed({ invite, response, answer }: Extract<DialogOrder, { kind: 'agree' }>): void {
    const { body, isProvisional } = response
    if (this.#exchange.invite?.isDescribed !== true) {
      this.#tell({ kind: 'request', by: 'local', method: 'INVITE', body: invite.body, isOpening: true })
    }
    this.#tell({ kind: 'response', to: 'local', method: 'INVITE', what: isProvisional ? 'reliable' : 'success', body })
    if (isProvisional) this.#tell({ kind: 'request', by: 'local', method: 'PRACK', body: answer })
    else {
      this.#tell({ kind: 'ack', body: answer })
      this.#refresher.answered('local', invite, response)
    }
    this.goOn()
  }

  /** RFC 4028 §7.4: what we have described has not changed. */
  refresh(method: 'INVITE' | 'UPDATE'): void {
    const { agreement } = this.#exchange
    const options = method === 'UPDATE' || agreement === undefined ? {} : { body: standing(agreement) }
    this.change({
      method,
      options,
      done: outcome => {
        if (outcome.kind === 'rejected') this.#refresher.refused(outcome.response.status)
        else if (outcome.kind === 'transportError') this.#refresher.refused(503)
      },
    })
  }

  fired(timer: 'refresh' | 'expiry'): void {
    this.#refresher.fired(timer)
  }

  /** A request of the peer, in order. */
  request(received: Received): void {
    const { request } = received
    const { method, body } = request
    if (this.isOver) {
      if (method === 'PRACK' && this.#reliable?.takesLate(received)) return this.#owner.endUnused()
      // RFC 5407 §3.2.1: both sides have ended it, and both are right.
      const isCrossing = method === 'BYE' && this.#owner.isLeaving
      return this.#owner.respond(received, createResponse(request, isCrossing ? 200 : 481))
    }
    if (method === 'BYE') return this.#goodbyeOf(received)
    if (method === 'PRACK') return this.#prack(received)
    if (!isOfferMethod(method)) return this.#owner.serve(received, statusWithoutUsage(request))
    const effect = this.#tell({ kind: 'request', by: 'remote', method, body })
    if (effect?.kind !== 'refuse') this.#serve(received, this.#unchanged(request))
    else if (effect.status === 491) this.#owner.refuse(received, 491)
    else this.#refuseForNow(received)
  }

  #serve(received: Received, answer: string | undefined): void {
    if (answer !== undefined) this.#owner.serve(received, 200, answer)
    else this.#owner.serve(received, received.request.method === 'INVITE' ? 488 : 405)
  }

  /** RFC 4028 §7.4, RFC 3264 §8: what answers a request that changes nothing, and may only refresh the session. */
  #unchanged({ method, body }: Request): string | undefined {
    const { agreement } = this.#exchange
    if (body === '' && !this.#refresher.isRunning) return undefined
    if (body === '' && method === 'UPDATE') return ''
    return agreement && (body === '' || isSame(body, agreement.remote)) ? standing(agreement) : undefined
  }

  #refuseForNow(received: Received): void {
    this.#owner.refuse(received, 500, { 'Retry-After': `${this.#owner.chance(11)}` })
  }

  /** RFC 3262 §3: one that acknowledges nothing gets 481; its body is for the core, if that wants it. */
  #prack(received: Received): void {
    if (this.#reliable === undefined || !this.#reliable.takes(received.request))
      return this.#owner.refuse(received, 481)
    this.#tell({ kind: 'request', by: 'remote', method: 'PRACK', body: received.request.body })
    if (this.#owner.arg.core.PRACK !== undefined) this.#owner.serve(received, 200)
    else this.answer(received, createResponse(received.request, 200, this.#answerOf(received.request)))
    this.#reliable.goOn()
    this.goOn()
  }

  /** RFC 3262 §3, §5: a PRACK is never refused, so that what it offers has an answer even where it does not fit. */
  #answerOf({ body }: Request): { readonly body: string; readonly headers: HeaderInputs } | undefined {
    const { offer, agreement } = this.#exchange
    if (offer?.method !== 'PRACK') return undefined
    const answer = agreement && answerTo(body, unforced(agreement), agreement.latest)
    return { body: answer ?? refusedOffer(body), headers: { 'Content-Type': 'application/sdp' } }
  }

  repeatReliable(interval: number): void {
    this.#reliable?.repeat(interval)
  }

  unpracked(): void {
    this.#reliable?.expired()
    if (this.isOver) this.#owner.endUnused()
  }

  /** A response of ours to a request of the peer. */
  answer(received: Received, response: Response): void {
    const { request } = received
    if (request.method !== 'INVITE') {
      if (request.method === 'UPDATE' && response.isSuccess) this.#refresher.answered('remote', request, response)
      this.#answered(request, response)
      return this.#owner.respond(received, response)
    }
    // §15.1.2: a call that was ended meanwhile is not answered any more.
    if (this.isOver && response.status < 300) {
      const gone = createResponse(request, 487, { toTag: response.to.tag ?? this.#owner.dialog.localTag })
      return this.#owner.respond(received, gone)
    }
    const opens = isOpening(request)
    if (opens && this.#exchange.invite === undefined) {
      this.#tell({ kind: 'request', by: 'remote', method: 'INVITE', body: request.body, isOpening: true })
    }
    if (opens && this.#reliable === undefined && isReliable(response)) {
      this.#reliable = new ReliableResponses(this.#owner, received, each => this.#answer(received, each))
    }
    if (opens && this.#reliable !== undefined) this.#reliable.answer(response)
    else this.#answer(received, response)
  }

  #answer(received: Received, response: Response): void {
    const { dialog } = this.#owner
    const opens = isOpening(received.request)
    this.#answered(received.request, response)
    if (response.isSuccess) {
      if (dialog.state === 'early') this.#owner.confirm()
      this.#accepted.send(received, response)
      return this.#refresher.answered('remote', received.request, response)
    }
    if (opens && response.isProvisional) this.#owner.await(received)
    this.#owner.respond(received, response)
    if (!opens || response.isProvisional || dialog.state !== 'early') return
    // §12.3: an early dialog ends with the refusal of its INVITE.
    this.#reliable?.linger()
    this.end('local')
  }

  #answered({ method }: Request, response: Response): void {
    if (!isOfferMethod(method)) return
    const what = response.isSuccess ? 'success' : isReliable(response) ? 'reliable' : 'failure'
    if (response.isProvisional && what !== 'reliable') return
    this.#tell({ kind: 'response', to: 'remote', method, what, body: response.body })
  }

  repeat(interval: number): void {
    this.#accepted.repeat(interval)
  }

  acknowledged(received: Pick<Received, 'request' | 'source'>): void {
    if (!this.#accepted.takes(received.request)) return
    this.#tell({ kind: 'ack', body: received.request.body })
    const { dialog, arg, self } = this.#owner
    self.send(arg.cores, { kind: 'notify', core: arg.core, dialog, ended: this.ended, ...received })
    this.#sendGoodbye()
    this.goOn()
  }

  /** §13.3.1.4: the dialog is confirmed, but the session should be ended. */
  unacknowledged(): void {
    this.#accepted.stop()
    this.#tell({ kind: 'ack', body: '' })
    if (this.#goodbye !== undefined) this.#sendGoodbye()
    else this.lost()
  }

  /** §12.2.1.2: the peer is gone, or knows nothing of the session. */
  lost(): void {
    if (this.isOver) return
    this.#owner.request('BYE', {}, 'INVITE')
    this.end('lost')
  }

  /** §15.1.1: the session is over as soon as the BYE is sent; §15: a callee does not send it before the ACK is there. */
  bye(options: DialogRequestOptions, done: (outcome: Outcome) => void): void {
    const { dialog } = this.#owner
    if (this.isOver || this.#goodbye !== undefined) return done(overAlready)
    if (dialog.state === 'early' && dialog.side === 'uas') {
      return done({ kind: 'transportError', reason: 'a call that is not answered is refused, not ended' })
    }
    this.#goodbye = { options, done }
    if (!this.#accepted.isWaiting) this.#sendGoodbye()
  }

  #sendGoodbye(): void {
    if (this.#goodbye === undefined || this.isOver) return
    const { options, done } = this.#goodbye
    this.#goodbye = undefined
    this.#owner.request('BYE', options, 'INVITE', { done })
    this.end('local')
  }

  #goodbyeOf(received: Received): void {
    const { self, arg } = this.#owner
    const { request, source } = received
    const { core, cores } = arg
    this.#owner.respond(received, createResponse(request, 200))
    self.send(cores, { kind: 'notify', core, request, source })
    this.end('remote')
  }

  end(by: Ended): void {
    if (this.#over !== undefined) return
    this.#over = by
    this.#accepted.stop()
    this.#reliable?.stop()
    for (const ended of this.#watchers) ended(by)
    this.#watchers = []
    for (const told of this.#holdWatchers) told.end()
    this.#holdWatchers = []
    this.#changes.stop()
    this.#refresher.stop()
    this.#goodbye?.done(overAlready)
    this.#goodbye = undefined
    this.#owner.sessionEnded()
  }
}

/** The INVITE that opened the dialog has no To tag. */
function isOpening(invite: Request): boolean {
  return invite.to.tag === undefined
}
