/** The requests of our own on one thread, each with its user: those that are no INVITE, calls, and changes of calls (§8.1). */

import { type ActorRef, type AnyRef, type Self, Table, TextTable } from '../../actor/actor.js'
import type { TransactionUserMsg } from '../transaction/transaction-user.js'
import { AnsweredInvites, type AnsweredMsg } from './answered-invites.js'
import type { Exit } from './attempts.js'
import { closed, overAlready } from './call.js'
import { type ClientOrder, client } from './client.js'
import type { CoreContext } from './context.js'
import type { CoresMsg } from './cores.js'
import { MessageTurns, turnOf } from './instant-message.js'
import { type InviterMsg, type InviterOrder, inviter } from './inviter.js'
import { meansOf } from './means.js'
import { type ReinviterOrder, reinviter } from './reinviter.js'

export type OwnMsg =
  /** A request of our own that is no INVITE. */
  | { readonly kind: 'send'; readonly order: ClientOrder }
  | { readonly kind: 'reinvite'; readonly order: ReinviterOrder }
  | { readonly kind: 'invite'; readonly order: InviterOrder }
  /** Gives up a call by its Call-ID, with that value of Reason. */
  | { readonly kind: 'cancelCall'; readonly callId: string; readonly reason?: string | undefined }
  /** An early dialog of such a call has been ended by BYE. */
  | { readonly kind: 'hungUp'; readonly callId: string; readonly tag: string }
  /** From now on no request of our own begins anything. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'callEnded'; readonly callId: string }
  /** `turn` is that of a MESSAGE. */
  | { readonly kind: 'clientEnded'; readonly id: number; readonly turn: string | undefined }
  | { readonly kind: 'changeEnded'; readonly id: number }
  | AnsweredMsg

const draining = { kind: 'transportError', reason: 'the stack is draining' } as const

export class OwnRequests {
  readonly #context: CoreContext
  readonly #self: Self<CoresMsg>
  /** Requests of our own but INVITEs. */
  readonly #clients = new Table<number, AnyRef>()
  /** Re-INVITEs of our own. */
  readonly #changes = new Table<number, AnyRef>()
  readonly #calls: TextTable<ActorRef<InviterMsg>>
  readonly #answered: AnsweredInvites
  readonly #turns: MessageTurns
  #latest = 0
  #isDraining = false
  #exit: Exit

  constructor(context: CoreContext, self: Self<CoresMsg>) {
    this.#context = context
    this.#self = self
    this.#exit = { context, locals: undefined, means: meansOf(undefined) }
    this.#calls = new TextTable(context.random.uint32())
    this.#answered = new AnsweredInvites(context, self)
    this.#turns = new MessageTurns(context.random.uint32())
    self.defer(() => this.#turns.end(closed))
  }

  get clients(): number {
    return this.#clients.size + this.#turns.size
  }

  /** INVITEs, until no further 2xx can come. */
  get calls(): number {
    return this.#calls.size + this.#changes.size + this.#answered.size
  }

  *values(): IterableIterator<AnyRef> {
    for (const table of [this.#clients, this.#changes, this.#calls, this.#answered]) yield* table.values()
  }

  receive(message: OwnMsg | Extract<TransactionUserMsg, { kind: 'locals' | 'accepted' }>): void {
    switch (message.kind) {
      case 'send':
        return this.#send(message.order)
      case 'reinvite':
        return this.#reinvite(message.order)
      case 'invite':
        return this.#invite(message.order)
      case 'cancelCall': {
        const call = this.#calls.get(message.callId)
        return call === undefined ? undefined : this.#self.send(call, { kind: 'cancel', reason: message.reason })
      }
      case 'hungUp': {
        const call = this.#calls.get(message.callId)
        return call === undefined ? undefined : this.#self.send(call, { kind: 'hungUp', tag: message.tag })
      }
      case 'clientEnded':
        this.#clients.delete(message.id, message.id)
        return message.turn === undefined ? undefined : this.#goOn(message.turn)
      case 'changeEnded':
        this.#changes.delete(message.id, message.id)
        return
      case 'callEnded':
        this.#calls.delete(message.callId)
        return
      case 'drain':
        this.#isDraining = true
        return
      case 'locals':
        this.#exit = { context: this.#context, locals: message.locals, means: meansOf(message.locals) }
        return
      case 'rest':
        if (message.answered.isForking) this.#calls.delete(message.answered.invite.callId)
        return this.#answered.receive(message, this.#exit)
      default:
        return this.#answered.receive(message, this.#exit)
    }
  }

  /** Gives up all calls that nobody has answered. */
  cancelAll(): void {
    for (const call of this.#calls.values()) this.#self.send(call, { kind: 'cancel' })
  }

  #send(order: ClientOrder): void {
    if (this.#isRefused(order)) return
    const turn = turnOf(order.attempt.request)
    if (turn === undefined || this.#turns.take(turn, order)) this.#begin(order, turn)
  }

  #isRefused({ attempt, done, isOver }: ClientOrder): boolean {
    if (isOver?.() === true) {
      done?.(overAlready)
      return true
    }
    if (!this.#isDraining || attempt.request.to.tag !== undefined) return false
    done?.(draining)
    return true
  }

  #begin(order: ClientOrder, turn: string | undefined): void {
    const id = ++this.#latest
    const arg = { order, exit: this.#exit }
    this.#clients.set(id, id, this.#self.spawn(client, arg, { down: () => ({ kind: 'clientEnded', id, turn }) }))
  }

  /** RFC 3428 §8: the next MESSAGE, now that the one before has ended. */
  #goOn(turn: string): void {
    for (let order = this.#turns.next(turn); order !== undefined; order = this.#turns.next(turn)) {
      if (!this.#isRefused(order)) return this.#begin(order, turn)
    }
  }

  #reinvite(order: ReinviterOrder): void {
    const id = ++this.#latest
    const arg = { order, exit: this.#exit, cores: this.#self.ref }
    this.#changes.set(id, id, this.#self.spawn(reinviter, arg, { down: () => ({ kind: 'changeEnded', id }) }))
  }

  #invite(order: InviterOrder): void {
    if (this.#isDraining) {
      order.user.settle(draining)
      return order.user.over()
    }
    const { callId } = order.attempt.request
    const arg = { order, exit: this.#exit, cores: this.#self.ref }
    this.#calls.set(callId, this.#self.spawn(inviter, arg, { down: () => ({ kind: 'callEnded', callId }) }))
  }
}
