/** The owner of a dialog as an actor: it numbers, routes and answers all that is sent inside (§12.2, RFC 5057 §4). */

import { type ActorRef, announced, type Behavior, type ExitReason, type Receive, type Self } from '../../actor/actor.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import { newCSeq } from '../syntax/ids.js'
import type { Message, Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { acceptingHeaders } from './abilities.js'
import type { DigestClient } from './auth/digest-client.js'
import { type Outcome, overAlready } from './call.js'
import type { CoreContext } from './context.js'
import type { Core } from './core.js'
import type { CoresMsg } from './cores.js'
import { accept, confirmed, type Dialog, inDialogRequest, isTargetRefresh, refreshed } from './dialog.js'
import { fateOf } from './dialog-fate.js'
import { type DialogFlow, flowOf } from './dialog-flow.js'
import type { DialogMsg, DialogOrder, ReinviteOptions, RequestUser } from './dialog-order.js'
import { type SessionSnapshot, snapshotOf } from './dialog-snapshot.js'
import { type DialogAnswer, type DialogHappening, dialogAnswer, usageText } from './dialog-state.js'
import { type Completion, contactAs } from './outgoing.js'
import { refer } from './referrer.js'
import { isReliable } from './reliable-response.js'
import { replacementRefusal } from './replacement.js'
import type { Received } from './server.js'
import { Session } from './session.js'
import { standingHeaders } from './standing-headers.js'
import { Usages } from './usages.js'

export interface DialogArg {
  readonly context: CoreContext
  readonly cores: ActorRef<CoresMsg>
  /** An INVITE has opened it: there is a session. */
  readonly isCall: boolean
  /** Who is given the requests of the peer. */
  readonly core: Core
  /** What our requests are authenticated with. */
  readonly auth: DigestClient | undefined
  /** Of a call that went on on another stack. */
  readonly resumed?: SessionSnapshot | undefined
}

/** The dialog changes, what it is given with does not. */
export interface OpenedDialog {
  readonly dialog: Dialog
  readonly arg: DialogArg
}

export const dialogOwner: Behavior<DialogMsg, OpenedDialog> = {
  label: 'dialog',
  init(opened, self) {
    return new DialogOwner(opened, self).receive
  },
}

function isAccepting(response: Response): boolean {
  return response.isSuccess || isReliable(response)
}

/** The name of the usage that an INVITE makes; others are named after their event package. */
const SESSION = 'INVITE'

export class DialogOwner {
  readonly arg: DialogArg
  readonly self: Self<DialogMsg>
  readonly #session: Session
  readonly #begun: number
  #dialog: Dialog
  #flow: DialogFlow | undefined
  #complete: Completion | undefined
  /** Requests of the peer that no usage has, and that we have not answered finally. */
  #pending: readonly Received[] = []
  readonly usages: Usages
  /** Our BYE has no final answer yet. */
  #isLeaving = false

  constructor({ dialog, arg }: OpenedDialog, self: Self<DialogMsg>) {
    this.arg = arg
    this.self = self
    this.#begun = self.now
    this.#dialog = dialog
    this.usages = new Usages(this)
    this.#session = new Session(this)
    self.defer((reason: ExitReason) => {
      if (reason.kind !== 'normal') this.#end()
      this.usages.leave()
    })
    this.tell('created')
  }

  get dialog(): Dialog {
    return this.#dialog
  }

  /** RFC 5407 §3.2.1: until it is answered, the BYE of the peer may cross ours. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** A number below `limit`. */
  chance(limit: number): number {
    return this.arg.context.random.uint32() % limit
  }

  readonly receive: Receive<DialogMsg> = message => {
    switch (message.kind) {
      case 'request':
        return this.#request(message.received)
      case 'ack':
        return this.#session.acknowledged(message.received)
      case 'answer':
        return this.#answer(message)
      case 'confirm':
        this.#confirm(message.dialog)
        for (const order of message.orders) this.#order(order)
        return
      case 'order':
        return this.#order(message.order)
      case 'outcome':
        return this.#settled(message)
      case 'rested':
        return this.#session.rested()
      case 'repeat':
        return this.#session.repeat(message.interval)
      case 'unacknowledged':
        return this.#session.unacknowledged()
      case 'repeatReliable':
        return this.#session.repeatReliable(message.interval)
      case 'unpracked':
        return this.#session.unpracked()
      case 'sessionTimer':
        return this.#session.fired(message.timer)
      case 'leave':
        return this.self.stop(announced)
      case 'state':
        return this.self.send(message.replyTo, this.#shown())
      case 'transactionFailed':
        return
    }
  }

  /** RFC 3891 §3: what rings is given up as a whole. */
  #replaced(): void {
    const { state, callId } = this.#dialog
    if (state === 'early') this.self.send(this.arg.cores, { kind: 'cancelCall', callId })
    else this.#session.bye({}, () => undefined)
  }

  #shown(): DialogAnswer {
    const usages = [...(this.#session.isOver ? [] : ['invite']), ...this.usages.names.map(usageText)]
    return dialogAnswer(this.#dialog, usages, Math.round(this.self.now - this.#begun))
  }

  tell(kind: DialogHappening['kind']): void {
    this.arg.context.watch.tell?.({ kind, dialog: this.#shown() })
  }

  /** The peer has said, perhaps, where it is from now on. */
  #refresh(message: Message): void {
    const { remoteTarget } = this.#dialog
    this.#dialog = refreshed(this.#dialog, message)
    if (this.arg.context.watch.tell === undefined || this.#dialog.remoteTarget === remoteTarget) return
    if (`${remoteTarget}` !== `${this.#dialog.remoteTarget}`) this.tell('changed')
  }

  /** Builds and sends the next request; `done` is told how it ends, and the dialog what follows from that. */
  request(
    method: string,
    { headers, body, answer, signal }: ReinviteOptions,
    usage: string,
    { done, numbered }: RequestUser = {},
  ): void {
    const { context, cores, auth, core } = this.arg
    const { dialog, request, nextHop } = inDialogRequest(this.#dialog, method, {
      seq: newCSeq(context.random),
      headers: standingHeaders(core, method, acceptingHeaders(method, headers)),
      body,
    })
    this.#dialog = dialog
    if (method === 'BYE') this.#isLeaving = true
    const settled = (outcome: Outcome, answer?: string): void => {
      this.self.send(this.self.ref, { kind: 'outcome', request, usage, outcome, answer })
      done?.(outcome)
    }
    numbered?.(request.cseq.number)
    const attempt = {
      request,
      nextHop,
      auth,
      flow: this.#flow,
      nextSeq: numbered === undefined ? this.#nextSeq : () => this.#nextSeq(numbered),
      complete: this.#complete,
    }
    if (method === 'INVITE') {
      return this.self.send(cores, { kind: 'reinvite', order: { attempt, dialog, answer, signal, done: settled } })
    }
    const isOver = method === 'MESSAGE' ? () => this.#session.isOver : undefined
    this.self.send(cores, { kind: 'send', order: { attempt, done: settled, isOver } })
  }

  /** §22.2: a request that is challenged comes again with a number above all that have gone out meanwhile. */
  readonly #nextSeq = (numbered?: RequestUser['numbered']): number => {
    const localSeq = (this.#dialog.localSeq ?? 0) + 1
    this.#dialog = { ...this.#dialog, localSeq }
    numbered?.(localSeq)
    return localSeq
  }

  /** Gives a request to the handler of the core; where it has none, the answer has that status and body. */
  serve(received: Received, status: number, body = ''): void {
    this.#pending = [...this.#pending, received]
    const { core, cores } = this.arg
    const fallback = { status, body }
    const { agreement, ended } = this.#session
    this.self.send(cores, {
      kind: 'serve',
      core,
      received,
      owner: this.self.ref,
      dialog: this.#dialog,
      fallback,
      agreement,
      ended,
    })
  }

  refuse(received: Received, status: number, headers?: HeaderInputs): void {
    this.respond(received, createResponse(received.request, status, headers === undefined ? {} : { headers }))
  }

  respond({ transaction }: Received, response: Response): void {
    this.self.send(transaction, { kind: 'respond', response, user: this.self.ref })
  }

  /** The session is over: §15.1.2 answers what is pending with 487; the dialog goes on while it has another usage. */
  sessionEnded(): void {
    for (const { transaction } of this.#pending)
      this.self.send(this.arg.cores, { kind: 'abort', transaction, status: 487 })
    const { state, side, callId, remoteTag } = this.#dialog
    // §15: its INVITE is still to be answered, and a 2xx may be on its way.
    if (state === 'early' && side === 'uac') this.self.send(this.arg.cores, { kind: 'hungUp', callId, tag: remoteTag })
    this.usageEnded()
  }

  usageEnded(): void {
    if (!this.#isUnused && this.#dialog.state !== 'terminated') this.tell('changed')
    this.endUnused()
  }

  endUnused(): void {
    if (this.#isUnused && !this.#isLeaving && !this.#session.isAwaited) this.#end()
  }

  get #isUnused(): boolean {
    return this.#session.isOver && this.usages.isEmpty
  }

  #request(received: Received): void {
    const { request } = received
    if (this.#dialog.state === 'terminated') return this.refuse(received, 481)
    const next = accept(this.#dialog, request)
    if (next === undefined) return this.refuse(received, 500)
    this.#dialog = next
    if (!this.usages.give(received)) this.#session.request(received)
  }

  #answer({ received, response, subscribed }: Extract<DialogMsg, { kind: 'answer' }>): void {
    const { request } = received
    this.#flow = flowOf(received.source, request, this.#dialog.remoteTarget)
    if (!response.isProvisional) {
      this.#pending = this.#pending.filter(each => each.transaction !== received.transaction)
      this.usages.answered(received.transaction)
    }
    // RFC 6141 §4.6: a reliable provisional response accepts the target, whatever becomes of the rest.
    if (isAccepting(response) && isTargetRefresh(request.method)) this.#refresh(request)
    if (request.to.tag === undefined) this.#placed(request)
    this.#session.answer(received, response)
    if (subscribed !== undefined) this.usages.grant(subscribed)
    this.#session.goOn()
  }

  /** Where we are for the peer, by our answer: most call us by our address. */
  #placed({ uri: { user } }: Request): void {
    if (user !== this.#dialog.local.uri.user) this.#complete ??= contactAs(user)
  }

  /** Kept for an INVITE that opened the dialog, which came when there was none yet. */
  await(received: Received): void {
    this.#pending = [...this.#pending, received]
  }

  confirm(): void {
    this.#dialog = { ...this.#dialog, state: 'confirmed' }
    this.tell('changed')
  }

  #confirm(dialog: Dialog): void {
    if (this.#dialog.state !== 'early') return
    this.#dialog = confirmed(this.#dialog, dialog)
    this.tell('changed')
    this.#session.goOn()
  }

  #abandoned(): void {
    if (this.#dialog.state === 'early') this.#session.end('remote')
  }

  #order(order: DialogOrder): void {
    switch (order.kind) {
      case 'request':
        // RFC 6141 §4.7, §4.9: while it rings, too.
        if (order.acknowledged !== undefined) this.#refresh(order.acknowledged)
        return this.#requestOf(order.usage ?? SESSION, order)
      case 'change':
        return this.#session.change(order.change)
      case 'giveUp':
        return this.#session.giveUp(order.change)
      case 'resync':
        this.#session.resync()
        return this.#session.goOn()
      case 'hold':
        return this.#session.hold(order)
      case 'watchHolds':
        return this.#session.watchHolds(order.told)
      case 'bye':
        return this.#session.bye(order.options, order.done)
      case 'watch':
        return this.#session.watch(order.ended)
      case 'attach':
        return this.usages.attach(order.usage, order.user)
      case 'notice':
        return this.usages.notice(order)
      case 'refer':
        return this.#session.isOver ? order.user.settle(overAlready) : refer(this, order)
      case 'drain':
        return this.usages.leaving()
      case 'detach':
        return this.usages.detach(order.user)
      case 'agree':
        return this.#session.agreed(order)
      case 'cancelled':
        return this.#session.cancelled(order.invite)
      case 'abandon':
        return this.#abandoned()
      case 'replaceable': {
        const standing = this.#session.isOver ? (this.arg.isCall ? 'over' : 'none') : 'going on'
        const refusal = replacementRefusal(this.#dialog, standing, order.isEarlyOnly)
        return order.told(refusal ?? { dialog: this.#dialog, ended: this.#session.ended })
      }
      case 'replaced':
        return this.#replaced()
      case 'snapshot': {
        const isStanding = this.#dialog.state === 'confirmed' && !this.#session.isOver
        return order.told(isStanding ? snapshotOf(this.#dialog, this.#session.snapshot) : undefined)
      }
    }
  }

  #requestOf(usage: string, { method, options, done }: Extract<DialogOrder, { kind: 'request' }>): void {
    if (usage === SESSION ? this.#session.isOver : !this.usages.has(usage, method)) done(overAlready)
    else this.request(method, options, usage, { done })
  }

  /** §12.2.1.2 and RFC 5057 §5.1: a 2xx may move the target, a failure may end the usage or the dialog. */
  #settled({ request, usage, outcome, answer }: Extract<DialogMsg, { kind: 'outcome' }>): void {
    if (this.#dialog.state === 'terminated') return
    if (request.method === 'BYE') this.#isLeaving = false
    if (outcome.kind === 'answered' && isTargetRefresh(request.method)) this.#refresh(outcome.response)
    if (request.method === 'INVITE' || request.method === 'UPDATE') this.#session.changed(request, outcome, answer)
    const fate = fateOf(outcome, usage !== SESSION || request.method === usage)
    if (fate === 'usage' && usage !== SESSION) return this.usages.lose(usage, request.method)
    if (fate !== 'none') this.#session.lost()
    if (fate === 'dialog') return this.#end()
    this.#session.goOn()
    this.endUnused()
  }

  /** Whoever still sends something gets 481: from here until the cores have forgotten the dialog, then from them. */
  #end(): void {
    if (this.#dialog.state === 'terminated') return
    this.#dialog = { ...this.#dialog, state: 'terminated' }
    this.usages.end()
    this.#session.end('lost')
    this.tell('terminated')
    this.self.send(this.arg.cores, { kind: 'dialogEnded', id: this.#dialog.id, owner: this.self.ref })
  }
}
