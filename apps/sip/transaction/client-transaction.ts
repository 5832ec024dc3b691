/** The actor that drives a client transaction: it feeds the machine of §17.1 and does what the machine asks for. */

import {
  type ActorRef,
  type AnyRef,
  announced,
  type Behavior,
  type Machine,
  type Receive,
  type Self,
} from '../../actor/actor.js'
import { createAck } from '../syntax/ack.js'
import { createCancel } from '../syntax/cancel.js'
import { formatMessage } from '../syntax/format.js'
import { via } from '../syntax/header/routing.js'
import { isOf } from '../syntax/headers.js'
import type { Request, Response } from '../syntax/message.js'
import { type FlowReport, isReliable, placeText, type Route } from '../transport/flow.js'
import type { TransportMsg } from '../transport/transport.js'
import type { SleepState } from './dormant.js'
import type { AckEffect, ClientEffect, ClientEvent } from './effect.js'
import { showKey } from './key.js'
import type { MachineName } from './timers.js'
import type { ClientOrder, ClientReport, StateAnswer, StateQuestion } from './transaction-user.js'
import type { TransactionsMsg } from './transactions.js'

export type ClientMsg<Timer> =
  | ClientOrder
  | StateQuestion
  | FlowReport
  | { readonly kind: 'response'; readonly response: Response }
  | { readonly kind: 'lost' }
  /** The listeners of these sockets have been closed. */
  | { readonly kind: 'closed'; readonly flows: readonly AnyRef[] }
  /** It is time to hold the way through a NAT open. */
  | { readonly kind: 'refresh' }
  /** The user is gone, and never comes back. */
  | { readonly kind: 'orphaned' }
  | { readonly kind: 'timer'; readonly timer: Timer }

/** A client machine with what the driver must know of it. */
export interface ClientKind<State extends { readonly name: string }, Timer extends string> {
  readonly name: MachineName
  readonly machine: Machine<State, ClientEvent<Timer, Response>, ClientEffect<Timer, Response> | AckEffect<Response>>
  readonly initial: (reliable: boolean) => State
  readonly dormant: readonly SleepState<State['name'], Timer>[]
}

export interface ClientArg {
  readonly key: string
  /** With our Via on top. */
  readonly request: Request
  readonly route: Route
  /** The request as text. */
  readonly wire: string
  /** The way over UDP of a request that is too large for it, for when TCP is refused (§18.1.1). */
  readonly instead: Pick<ClientArg, 'request' | 'route' | 'wire'> | undefined
  /** Nobody waits for the answer when it is undefined. */
  readonly user: ActorRef<ClientReport> | undefined
  /** 64*T1, in ms. */
  readonly patience: number
  readonly transport: ActorRef<TransportMsg>
  readonly transactions: ActorRef<TransactionsMsg>
}

export function clientTransaction<State extends { readonly name: string }, Timer extends string>(
  kind: ClientKind<State, Timer>,
): Behavior<ClientMsg<Timer>, ClientArg> {
  return {
    label: `${kind.name} transaction`,
    init(arg, self) {
      return new ClientDriver(kind, arg, self).receive
    },
  }
}

/** ms between two INVITEs while it rings: RFC 3581 §3. */
const REFRESH = 20_000

class ClientDriver<State extends { readonly name: string }, Timer extends string> {
  readonly #kind: ClientKind<State, Timer>
  #arg: ClientArg
  readonly #self: Self<ClientMsg<Timer>>
  readonly #begun: number
  #state: State
  #ack = ''
  #flow: AnyRef | undefined

  constructor(kind: ClientKind<State, Timer>, arg: ClientArg, self: Self<ClientMsg<Timer>>) {
    this.#kind = kind
    this.#arg = arg
    this.#self = self
    this.#begun = self.now
    this.#state = kind.initial(isReliable(arg.route.transport))
    this.#step({ kind: 'start' }, '')
  }

  readonly receive: Receive<ClientMsg<Timer>> = message => {
    switch (message.kind) {
      case 'response': {
        const { response } = message
        return this.#isOther(response) || this.#isAstray(response)
          ? undefined
          : this.#step({ kind: 'response', status: response.status, response }, '')
      }
      case 'timer':
        return this.#step({ kind: 'timer', timer: message.timer }, '')
      case 'transportError':
        return this.#failed(message.reason)
      case 'onFlow':
        return this.#watch(message.flow)
      case 'lost':
        return this.#lost('the connection was closed')
      case 'closed':
        return message.flows.includes(this.#arg.route.flow) ? this.#moved() : undefined
      case 'refresh':
        return this.#refresh()
      case 'orphaned':
        return this.#orphaned()
      case 'cancel':
        return this.#cancel(message.reason)
      case 'abandon':
        return this.#self.stop()
      case 'state':
        return this.#self.send(message.replyTo, this.#shown())
    }
  }

  /** §17.1.3: the branch alone is not enough. */
  #isOther({ cseq }: Response): boolean {
    return cseq.method !== this.#arg.request.method
  }

  /** §8.1.3.3: nobody stands behind a user agent, so an answer that is to go on to somebody else is not for it. */
  #isAstray(response: Response): boolean {
    return hasSeveral(response) && !hasSeveral(this.#arg.request)
  }

  #shown(): StateAnswer {
    return {
      kind: this.#kind.name,
      method: this.#arg.request.method,
      state: this.#state.name,
      isAsleep: false,
      peer: placeText(this.#arg.route),
      since: Math.round(this.#self.now - this.#begun),
      key: showKey(this.#arg.key, this.#arg.request.method),
    }
  }

  #failed(reason: string): void {
    const { instead } = this.#arg
    const { name } = this.#state
    if (instead === undefined || (name !== 'Calling' && name !== 'Trying')) {
      return this.#step({ kind: 'transportError' }, reason)
    }
    this.#self.send(this.#arg.transactions, { kind: 'tcpRefused', route: instead.route })
    this.#arg = { ...this.#arg, ...instead, instead: undefined }
    this.#state = this.#kind.initial(isReliable(instead.route.transport))
    this.#step({ kind: 'start' }, '')
  }

  /** §17.1.4: the end of the connection is the end of waiting for an answer on it. */
  #watch(flow: AnyRef): void {
    if (this.#flow === flow) return
    this.#flow = flow
    this.#self.monitor(flow, () => ({ kind: 'lost' }))
  }

  /**
   * DEVIATES §17.1.1.2: figure 5 lets an INVITE in Proceeding wait, for a server may open another connection to answer
   * (§18.2.2); in practice the peer is gone, and its user should not be left ringing.
   */
  #lost(reason: string): void {
    this.#step({ kind: 'transportError' }, reason)
    if (this.#state.name === 'Proceeding') {
      this.#report({ kind: 'transportError', reason })
      this.#self.stop()
    }
  }

  /** RFC 6141 §5.5: no answer finds us any more, so what the peer still thinks about is cancelled from where we are now. */
  #moved(): void {
    const { request, route, transactions } = this.#arg
    if (this.#state.name === 'Proceeding' && request.method === 'INVITE') {
      this.#self.send(transactions, { kind: 'cancelFromElsewhere', request: createCancel(request), route })
    }
    this.#lost('the listener was closed')
  }

  /** An INVITE in Proceeding has no timer of its own, so it is cancelled, and ended when that does not help (§9.1). */
  #orphaned(): void {
    if (this.#state.name !== 'Proceeding' || this.#arg.request.method !== 'INVITE') return
    this.#cancel()
    this.#self.startTimer('orphaned', this.#arg.patience, { kind: 'abandon' })
  }

  /** RFC 3581 §3: nothing else would hold the way through a NAT open while a call rings over UDP. */
  #holdOpen(): void {
    const { request, route } = this.#arg
    if (request.method !== 'INVITE' || isReliable(route.transport)) return
    if (this.#state.name === 'Proceeding') this.#self.startTimer('refresh', REFRESH, { kind: 'refresh' })
    else this.#self.stopTimer('refresh')
  }

  #refresh(): void {
    this.#send(this.#arg.wire)
    this.#holdOpen()
  }

  #report(report: ClientReport): void {
    if (this.#arg.user !== undefined) this.#self.send(this.#arg.user, report)
  }

  /** §9.1: to the same place, with the same branch, as a transaction of its own whose answer nobody waits for. */
  #cancel(reason?: string): void {
    const { request, route, transactions } = this.#arg
    this.#self.send(transactions, { kind: 'start', request: createCancel(request, reason), route })
  }

  #step(event: ClientEvent<Timer, Response>, reason: string): void {
    const { state, effects } = this.#kind.machine(this.#state, event)
    const isOther = state.name !== this.#state.name
    this.#state = state
    for (const effect of effects) this.#perform(effect, reason)
    if (isOther) this.#holdOpen()
    if (state.name === 'Terminated') this.#self.stop()
  }

  #perform(effect: ClientEffect<Timer, Response> | AckEffect<Response>, reason: string): void {
    switch (effect.kind) {
      case 'sendRequest':
        return this.#send(this.#arg.wire)
      case 'sendAck':
        this.#ack = formatMessage(createAck(this.#arg.request, effect.response))
        return this.#send(this.#ack)
      case 'repeatAck':
        return this.#send(this.#ack)
      case 'start':
        if (!this.#sleep(effect.timer, effect.after)) {
          this.#self.startTimer(effect.timer, effect.after, { kind: 'timer', timer: effect.timer })
        }
        return
      case 'stop':
        return this.#self.stopTimer(effect.timer)
      case 'inform':
        return this.#inform(effect, reason)
    }
  }

  #inform(effect: Extract<ClientEffect<Timer, Response>, { kind: 'inform' }>, reason: string): void {
    if (effect.what === 'response') {
      this.#report({ kind: 'response', response: effect.response, transaction: this.#self.ref })
    } else if (effect.what === 'timeout') this.#report({ kind: 'timeout' })
    else this.#report({ kind: 'transportError', reason })
  }

  #send(text: string): void {
    const { transport, route } = this.#arg
    this.#self.send(transport, { kind: 'send', text, route, owner: this.#self.ref })
  }

  #sleep(timer: Timer, hold: number): boolean {
    const { name } = this.#state
    const dormant = this.#kind.dormant.find(each => each.timer === timer && each.state === name)
    if (dormant === undefined) return false
    const { key, request, route, user, transactions } = this.#arg
    const { code } = dormant
    const wire = request.method === 'INVITE' ? this.#ack : request.method
    this.#self.send(transactions, { kind: 'sleep', side: 'client', key, hold, code, route, wire, user })
    this.#self.stop(announced)
    return true
  }
}

/** Whether it has more than one Via, in one line or in several. */
function hasSeveral(message: Request | Response): boolean {
  let seen = false
  for (const field of message.fields) {
    if (!isOf(field, via)) continue
    if (seen || field.hasSeveral(message.grammar.limits)) return true
    seen = true
  }
  return false
}
