/** The session of a dialog, its usage by INVITE: from the 2xx and its ACK to the BYE (§13.3.1.4, §14, §15). */

import { formatMessage } from '../syntax/format.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import type { Route } from '../transport/flow.js'
import { type Ended, type Outcome, overAlready } from './call.js'
import { type Change, Changes, isOffer } from './changes.js'
import type { DialogRequestOptions } from './dialog-order.js'
import type { DialogOwner } from './dialog-owner.js'
import { isReliable } from './reliable-response.js'
import { ReliableResponses } from './reliable-responses.js'
import type { Received } from './server.js'

/** A 2xx of ours that waits for its ACK. */
interface Unacknowledged {
  readonly seq: number
  readonly text: string
  readonly route: Route
  /** The answer to its offer comes with the ACK (§13.2.1). */
  readonly isOffer: boolean
}

interface Goodbye {
  readonly options: DialogRequestOptions
  readonly done: (outcome: Outcome) => void
}

export class Session {
  readonly #owner: DialogOwner
  readonly #changes: Changes
  #unacknowledged: Unacknowledged | undefined
  /** The BYE that waits for the ACK. */
  #goodbye: Goodbye | undefined
  #watchers: readonly ((by: Ended) => void)[] = []
  #over: Ended | undefined
  /** A session description went out in a reliable provisional response to the INVITE that opened the dialog. */
  #isDescribed = false
  /** The offer of that exchange has its answer, and the PRACK has come or gone: others may follow (RFC 3311 §5.1). */
  #isAgreed = false
  /** Since the first provisional response that is to be acknowledged. */
  #reliable: ReliableResponses | undefined

  constructor(owner: DialogOwner) {
    this.#owner = owner
    this.#changes = new Changes(owner)
  }

  get isOver(): boolean {
    return this.#over !== undefined
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
  changed(outcome: Outcome): void {
    this.#changes.settled(outcome)
  }

  rested(): void {
    this.#changes.rested()
    this.goOn()
  }

  goOn(): void {
    if (!this.isOver && this.#goodbye === undefined && this.#isFree) this.#changes.goOn()
  }

  /**
   * §14.1: an INVITE of ours waits until no other is under way in either direction, its ACK included. RFC 3311 §5.1: an
   * UPDATE may come before the final answer to the first INVITE.
   */
  get #isFree(): boolean {
    if (this.#owner.pending('UPDATE') !== undefined) return false
    if (this.#owner.dialog.state === 'early') {
      return this.#changes.next?.method === 'UPDATE' && (this.#isAgreed || !isOffer(this.#changes.next))
    }
    return this.#owner.pending('INVITE') === undefined && this.#unacknowledged === undefined
  }

  /** The first offer was answered before the call was. */
  agreed(): void {
    this.#isAgreed = true
    this.goOn()
  }

  /** A request of the peer, in order. */
  request(received: Received): void {
    const { request } = received
    if (this.isOver) {
      // RFC 5407 §3.2.1: both sides have ended it, and both are right.
      const isCrossing = request.method === 'BYE' && this.#owner.isLeaving
      return this.#owner.respond(received, createResponse(request, isCrossing ? 200 : 481))
    }
    if (request.method === 'BYE') return this.#goodbyeOf(received)
    if (request.method === 'PRACK') return this.#prack(received)
    if (request.method === 'UPDATE') return this.#update(received)
    if (request.method !== 'INVITE') return this.#owner.serve(received, 405)
    const isInviting = this.#owner.dialog.side === 'uac' && this.#owner.dialog.state === 'early'
    // §14.2: one after the other.
    if (isInviting || this.#changes.isPending) this.#owner.refuse(received, 491)
    else if (this.#owner.pending('INVITE') !== undefined || this.#owner.pending('UPDATE') !== undefined)
      this.#refuseForNow(received)
    else this.#owner.serve(received, 488)
  }

  /** RFC 3311 §5.2: one after the other, and no offer while another has no answer. */
  #update(received: Received): void {
    const isFree = received.request.body === ''
    const invite = this.#owner.pending('INVITE')
    const isTheirs = invite !== undefined && invite.body !== '' && !(isOpening(invite) && this.#isAgreed)
    if (this.#owner.pending('UPDATE') !== undefined || (!isFree && isTheirs)) this.#refuseForNow(received)
    else if (!isFree && this.#isOffering) this.#owner.refuse(received, 491)
    else this.#owner.serve(received, 405)
  }

  /** An offer of ours has no answer yet. */
  get #isOffering(): boolean {
    if (this.#owner.dialog.state === 'early' && !this.#isAgreed) return true
    return this.#changes.isOffering || this.#unacknowledged?.isOffer === true
  }

  #refuseForNow(received: Received): void {
    this.#owner.refuse(received, 500, { 'Retry-After': `${this.#owner.chance(11)}` })
  }

  /** RFC 3262 §3: one that acknowledges nothing gets 481; its body is for the core, if that wants it. */
  #prack(received: Received): void {
    if (this.#reliable === undefined || !this.#reliable.takes(received.request))
      return this.#owner.refuse(received, 481)
    if (this.#isDescribed) this.agreed()
    if (this.#owner.arg.core.PRACK !== undefined) this.#owner.serve(received, 200)
    else this.#owner.respond(received, createResponse(received.request, 200))
    this.#reliable.goOn()
  }

  repeatReliable(interval: number): void {
    this.#reliable?.repeat(interval)
  }

  unpracked(): void {
    this.#reliable?.expired()
  }

  /** A response of ours to an INVITE of the peer. */
  answer(received: Received, response: Response): void {
    const opens = isOpening(received.request)
    // §15.1.2: a call that was ended meanwhile is not answered any more.
    if (this.isOver && response.status < 300) return this.#owner.refuse(received, 487)
    if (opens && this.#reliable === undefined && isReliable(response)) {
      this.#reliable = new ReliableResponses(this.#owner, received, each => this.#answer(received, each))
    }
    if (opens && this.#reliable !== undefined) this.#reliable.answer(response)
    else this.#answer(received, response)
  }

  #answer(received: Received, response: Response): void {
    const { dialog } = this.#owner
    const opens = isOpening(received.request)
    if (response.isSuccess) {
      if (dialog.state === 'early') this.#owner.confirm()
      this.#accept(received, response)
      return
    }
    if (opens && response.isProvisional) this.#owner.await(received)
    if (opens && isReliable(response) && response.body !== '') this.#isDescribed = true
    this.#owner.respond(received, response)
    // §12.3: an early dialog ends with the refusal of its INVITE.
    if (opens && !response.isProvisional && dialog.state === 'early') this.end('local')
  }

  /** §13.3.1.4: the 2xx is repeated from T1 up to T2, whatever the transport, until the ACK comes or 64*T1 have passed. */
  #accept(received: Received, response: Response): void {
    const { self, arg } = this.#owner
    const { T1 } = arg.context.timers
    const { request, route } = received
    const isOffering = request.body === '' && response.body !== '' && !(isOpening(request) && this.#isAgreed)
    this.#unacknowledged = { seq: request.cseq.number, text: formatMessage(response), route, isOffer: isOffering }
    this.#owner.respond(received, response)
    self.startTimer('repeat', T1, { kind: 'repeat', interval: T1 })
    self.startTimer('unacknowledged', 64 * T1, { kind: 'unacknowledged' })
  }

  repeat(interval: number): void {
    const { self, arg } = this.#owner
    if (this.#unacknowledged === undefined) return
    const { text, route } = this.#unacknowledged
    self.send(arg.context.transport, { kind: 'send', text, route })
    const next = Math.min(2 * interval, arg.context.timers.T2)
    self.startTimer('repeat', next, { kind: 'repeat', interval: next })
  }

  acknowledged(received: Pick<Received, 'request' | 'source'>): void {
    if (this.#unacknowledged?.seq !== received.request.cseq.number) return
    this.#stopRepeating()
    const { dialog, arg, self } = this.#owner
    self.send(arg.cores, { kind: 'notify', core: arg.core, dialog, ...received })
    this.#sendGoodbye()
    this.goOn()
  }

  /** §13.3.1.4: the dialog is confirmed, but the session should be ended. */
  unacknowledged(): void {
    this.#unacknowledged = undefined
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
    if (this.#unacknowledged === undefined) this.#sendGoodbye()
  }

  #sendGoodbye(): void {
    if (this.#goodbye === undefined || this.isOver) return
    const { options, done } = this.#goodbye
    this.#goodbye = undefined
    this.#owner.request('BYE', options, 'INVITE', done)
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
    this.#stopRepeating()
    this.#reliable?.stop()
    for (const ended of this.#watchers) ended(by)
    this.#watchers = []
    this.#changes.stop()
    this.#goodbye?.done(overAlready)
    this.#goodbye = undefined
    this.#owner.sessionEnded()
  }

  #stopRepeating(): void {
    this.#unacknowledged = undefined
    this.#owner.self.stopTimer('repeat')
    this.#owner.self.stopTimer('unacknowledged')
  }
}

/** The INVITE that opened the dialog has no To tag. */
function isOpening(invite: Request): boolean {
  return invite.to.tag === undefined
}
