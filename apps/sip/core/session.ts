/** The session of a dialog, its usage by INVITE: from the 2xx and its ACK to the BYE (§13.3.1.4, §14, §15). */

import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { AcceptedResponse } from './accepted-response.js'
import { type Ended, givenUp, type Outcome, overAlready } from './call.js'
import { type Change, Changes } from './changes.js'
import type { DialogOrder, DialogRequestOptions } from './dialog-order.js'
import type { DialogOwner } from './dialog-owner.js'
import type { SessionSnapshot } from './dialog-snapshot.js'
import { statusWithoutUsage } from './event-policy.js'
import { Exchange } from './exchange.js'
import type { Happenings } from './happenings.js'
import { type Agreement, isOfferMethod } from './offer-answer.js'
import { isReliable } from './reliable-response.js'
import { ReliableResponses } from './reliable-responses.js'
import { standing } from './revision.js'
import type { Received } from './server.js'
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
  readonly #exchange: Exchange
  readonly #accepted: AcceptedResponse
  /** The latest re-INVITE of ours that was to bring both views together. */
  #resync: Change | undefined
  /** The BYE that waits for the ACK. */
  #goodbye: Goodbye | undefined
  #watchers: readonly ((by: Ended) => void)[] = []
  #ended: Promise<Ended> | undefined
  #over: Ended | undefined
  /** Of the latest INVITE with a provisional response that is to be acknowledged. */
  #reliable: ReliableResponses | undefined

  constructor(owner: DialogOwner) {
    this.#owner = owner
    this.#changes = new Changes(owner)
    this.#refresher = new SessionRefresher(owner, this)
    this.#accepted = new AcceptedResponse(owner)
    this.#exchange = new Exchange(this, owner)
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
    if (change.options.signal?.aborted) return change.done(givenUp)
    this.#changes.add(change)
    this.goOn()
  }

  giveUp(change: Change): void {
    this.#changes.giveUp(change)
    this.goOn()
  }

  /**
   * RFC 6141 §5.3, §5.5: what both sides make of the session may differ, so that a re-INVITE tells what stands. Any
   * other does so, too. It goes out with `goOn`.
   */
  resync(): void {
    if (this.isOver || this.#changes.hasInvite) return
    this.#resync = this.#unchanged('INVITE')
    this.#changes.add(this.#resync)
  }

  /** How the change that we asked for ended; whether the session lives on is another matter. */
  changed(request: Request, outcome: Outcome, answer = ''): void {
    const { sent } = this.#changes
    if (sent !== undefined) {
      const isAnswered = outcome.kind === 'answered'
      const what = isAnswered ? 'success' : 'failure'
      const body = isAnswered ? outcome.response.body : ''
      this.#exchange.tell({ kind: 'response', to: 'local', method: sent.method, what, body })
      if (isAnswered && sent.method === 'INVITE') this.#exchange.tell({ kind: 'ack', body: answer })
      if (isAnswered) this.#refresher.answered('local', request, outcome.response)
    }
    const isRefused = outcome.kind === 'rejected'
    const isAstray = isRefused && sent?.method === 'INVITE' && sent !== this.#resync && this.#changes.hasMoved
    this.#changes.settled(outcome, isRefused && this.#refresher.raises(outcome.response))
    // DEVIATES RFC 6141 §5.3: whether the ACK, which goes where the peer was, got there or not: over UDP nobody hears.
    if (isAstray) this.resync()
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
    if (!this.#exchange.mayRequest(method, offer !== undefined || (options.body ?? '') !== '')) return
    const body = offer === undefined ? options.body : offer()
    if (offer !== undefined && body === undefined) {
      this.#changes.drop(undescribed)
      return this.goOn()
    }
    this.#exchange.tell({ kind: 'request', by: 'local', method, body: body ?? '' })
    const headers = { ...this.#refresher.headers, ...options.headers }
    const answer = (_offer: string, response: Response): string => this.#exchange.answerIn(response)
    this.#changes.goOn({ answer, ...options, ...(body === undefined ? {} : { body }), headers })
  }

  /** RFC 3264 §8.4: stops what the other side sends, or wants it again. */
  hold({ isHeld, done }: Extract<DialogOrder, { kind: 'hold' }>): void {
    this.change({ method: 'INVITE', options: {}, offer: () => this.#exchange.holding(isHeld), done })
  }

  watchHolds(told: Happenings<boolean>): void {
    if (this.isOver) told.end()
    else this.#exchange.watchHolds(told)
  }

  restore(body: string): void {
    this.#changes.add({ method: 'UPDATE', options: { body }, done: () => undefined })
  }

  /** A reliable response to the INVITE of ours that opens the dialog. */
  agreed(order: Extract<DialogOrder, { kind: 'agree' }>): void {
    this.#exchange.agreed(order)
    if (!order.response.isProvisional) this.#refresher.answered('local', order.invite, order.response)
    this.goOn()
  }

  /** RFC 4028 §7.4: what we have described has not changed. */
  refresh(method: 'INVITE' | 'UPDATE'): void {
    this.change(this.#unchanged(method))
  }

  #unchanged(method: 'INVITE' | 'UPDATE'): Change {
    const { agreement } = this.#exchange
    const options = method === 'UPDATE' || agreement === undefined ? {} : { body: standing(agreement) }
    return {
      method,
      options,
      done: outcome => {
        if (outcome.kind === 'rejected') this.#refresher.refused(outcome.response.status)
        else if (outcome.kind === 'transportError') this.#refresher.refused(503)
      },
    }
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
    const effect = this.#exchange.tell({ kind: 'request', by: 'remote', method, body })
    if (effect?.kind !== 'refuse') this.#serve(received, this.#exchange.unchanged(request, this.#refresher.isRunning))
    else if (effect.status === 491) this.#owner.refuse(received, 491)
    else this.#refuseForNow(received)
  }

  #serve(received: Received, answer: string | undefined): void {
    if (answer !== undefined) this.#owner.serve(received, 200, answer)
    else this.#owner.serve(received, received.request.method === 'INVITE' ? 488 : 405)
  }

  #refuseForNow(received: Received): void {
    this.#owner.refuse(received, 500, { 'Retry-After': `${this.#owner.chance(11)}` })
  }

  /** RFC 3262 §3: one that acknowledges nothing gets 481; its body is for the core, if that wants it. */
  #prack(received: Received): void {
    if (this.#reliable === undefined || !this.#reliable.takes(received.request))
      return this.#owner.refuse(received, 481)
    this.#exchange.tell({ kind: 'request', by: 'remote', method: 'PRACK', body: received.request.body })
    if (this.#owner.arg.core.PRACK !== undefined) this.#owner.serve(received, 200)
    else {
      const body = this.#exchange.answerToPrack(received.request.body)
      const answer = body === undefined ? undefined : { body, headers: { 'Content-Type': 'application/sdp' } }
      this.answer(received, createResponse(received.request, 200, answer))
    }
    this.#reliable.goOn()
    this.goOn()
  }

  repeatReliable(interval: number): void {
    this.#reliable?.repeat(interval)
  }

  cancelled(invite: Received['transaction']): void {
    this.#reliable?.cancelled(invite)
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
    if (isOpening(request)) this.#exchange.invited(request)
    if (isReliable(response)) this.#sendReliably(received)
    if (this.#reliable?.isOf(received) === true) this.#reliable.answer(response)
    else this.#answer(received, response)
  }

  #sendReliably(received: Received): void {
    if (this.#reliable?.isOf(received) === true) return
    this.#reliable?.stop()
    this.#reliable = new ReliableResponses(this.#owner, received, each => this.#answer(received, each))
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
    this.#exchange.tell({ kind: 'response', to: 'remote', method, what, body: response.body })
  }

  repeat(interval: number): void {
    this.#accepted.repeat(interval)
  }

  acknowledged(received: Pick<Received, 'request' | 'source'>): void {
    if (!this.#accepted.takes(received.request)) return
    this.#exchange.tell({ kind: 'ack', body: received.request.body })
    const { dialog, arg, self } = this.#owner
    const { request, source } = received
    self.send(arg.cores, { kind: 'notify', core: arg.core, dialog, session: this, request, source })
    this.#sendGoodbye()
    this.goOn()
  }

  /** §13.3.1.4: the dialog is confirmed, but the session should be ended. */
  unacknowledged(): void {
    this.#accepted.stop()
    this.#exchange.tell({ kind: 'ack', body: '' })
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

  /** §15.1.2: with a 2xx, even where it requires what we do not know, for whoever has sent it is gone. */
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
    this.#exchange.end()
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
