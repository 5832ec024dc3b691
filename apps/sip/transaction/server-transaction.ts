/** The actor that drives a server transaction: it feeds the machine of §17.2 and does what the machine asks for. */

import {
  type ActorRef,
  announced,
  type Behavior,
  hashOf,
  type Machine,
  type Receive,
  type Self,
} from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import type { Request, Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { type FlowReport, isReliable, placeText, type Route, type Source } from '../transport/flow.js'
import type { TransportMsg } from '../transport/transport.js'
import type { SleepState } from './dormant.js'
import type { AckReceived, ServerEffect, ServerEvent } from './effect.js'
import { hasCookie } from './key.js'
import type { MachineName } from './timers.js'
import type { ServerOrder, ServerReport, StateAnswer, StateQuestion, TransactionUserMsg } from './transaction-user.js'
import type { TransactionsMsg } from './transactions.js'

export type ServerMsg<Timer> =
  | ServerOrder
  | StateQuestion
  | FlowReport
  /** The user is gone, and never comes back. */
  | { readonly kind: 'orphaned' }
  /** The request again. */
  | { readonly kind: 'request' }
  | { readonly kind: 'ack'; readonly request: Request; readonly source: Source }
  | { readonly kind: 'timer'; readonly timer: Timer }
  /** Comes round through the mailbox: whoever answers at once has done so by then. */
  | { readonly kind: 'silence'; readonly rounds: number }

/** A server machine with what the driver must know of it. */
export interface ServerKind<State extends { readonly name: string }, Timer extends string, Ack> {
  readonly name: MachineName
  readonly machine: Machine<State, ServerEvent<Timer> | Ack, ServerEffect<Timer> | AckReceived>
  readonly initial: (reliable: boolean) => State
  /** The event of an ACK; a machine without one ignores it. */
  readonly ack: Ack | undefined
  readonly dormant: readonly SleepState<State['name'], Timer>[]
}

export interface ServerArg {
  readonly key: string
  readonly request: Request
  readonly route: Route
  readonly transport: ActorRef<TransportMsg>
  readonly transactions: ActorRef<TransactionsMsg>
  readonly cores: ActorRef<TransactionUserMsg>
}

/** Rounds through the mailbox that an answer given at once takes: to the core, to its handler, back, and one for the start. */
const ROUNDS = 4

export function serverTransaction<State extends { readonly name: string }, Timer extends string, Ack>(
  kind: ServerKind<State, Timer, Ack>,
): Behavior<ServerMsg<Timer>, ServerArg> {
  return {
    label: `${kind.name} transaction`,
    init(arg, self) {
      const driver = new ServerDriver(kind, arg, self)
      driver.begin()
      return driver.receive
    },
  }
}

class ServerDriver<State extends { readonly name: string }, Timer extends string, Ack> {
  readonly #kind: ServerKind<State, Timer, Ack>
  readonly #arg: ServerArg
  readonly #self: Self<ServerMsg<Timer>>
  readonly #begun: number
  #state: State
  #user: ActorRef<ServerReport> | undefined
  #answered = false
  /** The last response that was sent. */
  #response: Response | undefined

  constructor(kind: ServerKind<State, Timer, Ack>, arg: ServerArg, self: Self<ServerMsg<Timer>>) {
    this.#kind = kind
    this.#arg = arg
    this.#self = self
    this.#begun = self.now
    this.#state = kind.initial(isReliable(arg.route.transport))
  }

  /** Few INVITEs are answered at once, and each has its timer for the 100 (§17.2.1). */
  begin(): void {
    if (this.#kind.ack !== undefined) this.#step({ kind: 'start' })
    else this.#self.send(this.#self.ref, { kind: 'silence', rounds: ROUNDS })
  }

  readonly receive: Receive<ServerMsg<Timer>> = message => {
    switch (message.kind) {
      case 'respond':
        return this.#respond(message.response, message.user)
      case 'request':
        return this.#step({ kind: 'request' })
      case 'ack':
        return this.#ack(message.request, message.source)
      case 'timer':
        return this.#step({ kind: 'timer', timer: message.timer })
      case 'silence':
        return this.#silence(message.rounds)
      case 'transportError':
        return this.#step({ kind: 'transportError' })
      case 'state':
        return this.#self.send(message.replyTo, this.#shown())
      case 'orphaned':
        return this.#orphaned()
      case 'onFlow':
        return
    }
  }

  #shown(): StateAnswer {
    return {
      kind: this.#kind.name,
      method: this.#arg.request.method,
      state: this.#state.name,
      isAsleep: false,
      peer: placeText(this.#arg.route),
      since: Math.round(this.#self.now - this.#begun),
      key: this.#arg.key,
    }
  }

  #respond(response: Response, user: ActorRef<ServerReport>): void {
    const effects = this.#advance({ kind: 'respond', status: response.status, wire: formatMessage(response) })
    // What the machine ignores, a second final answer or an early 1xx (RFC 4320 §4.1), is as if it had not been said.
    if (effects.some(({ kind }) => kind === 'sendResponse')) {
      this.#answered = true
      this.#user = user
      this.#response = response
    }
    for (const effect of effects) this.#perform(effect)
    this.#settle()
  }

  /** Nobody will answer any more: an INVITE would ring for ever. All others have a timer (RFC 4320 §4.2). */
  #orphaned(): void {
    if (this.#state.name !== 'Proceeding' || this.#kind.ack === undefined) return
    const response = createResponse(this.#arg.request, 500, {
      toTag: this.#response?.to.tag ?? hashOf(this.#arg.key, 0).toString(36),
    })
    this.#step({ kind: 'respond', status: 500, wire: formatMessage(response) })
  }

  #silence(rounds: number): void {
    if (this.#answered) return
    if (rounds > 1) this.#self.send(this.#self.ref, { kind: 'silence', rounds: rounds - 1 })
    else this.#step({ kind: 'start' })
  }

  #ack(request: Request, source: Source): void {
    if (this.#kind.ack === undefined) return
    // §17.2.3: without a branch that tells, an ACK has to name the To tag of the response that it acknowledges.
    if (!hasCookie(request.via) && request.to.tag !== this.#response?.to.tag) return
    for (const effect of this.#advance(this.#kind.ack)) {
      if (effect.kind === 'inform' && effect.what === 'ack') {
        this.#self.send(this.#arg.cores, { kind: 'ack', request, source })
      } else this.#perform(effect)
    }
    this.#settle()
  }

  #step(event: ServerEvent<Timer>): void {
    for (const effect of this.#advance(event)) this.#perform(effect)
    this.#settle()
  }

  #advance(event: ServerEvent<Timer> | Ack): readonly (ServerEffect<Timer> | AckReceived)[] {
    const { state, effects } = this.#kind.machine(this.#state, event)
    this.#state = state
    return effects
  }

  #perform(effect: ServerEffect<Timer> | AckReceived): void {
    switch (effect.kind) {
      case 'sendResponse':
        return this.#send(effect.wire)
      case 'sendTrying':
        return this.#send(formatMessage(createResponse(this.#arg.request, 100, { delay: this.#age() })))
      case 'start':
        if (!this.#sleep(effect.timer, effect.after)) {
          this.#self.startTimer(effect.timer, effect.after, { kind: 'timer', timer: effect.timer })
        }
        return
      case 'stop':
        return this.#self.stopTimer(effect.timer)
      case 'inform':
        if (effect.what !== 'ack' && this.#user !== undefined) {
          this.#self.send(this.#user, { kind: 'transactionFailed', what: effect.what })
        }
    }
  }

  /** Seconds. */
  #age(): number {
    return (this.#self.now - this.#begun) / 1000
  }

  /** The user of an INVITE hears of a response that does not get out (§17.2.4, RFC 6026 §7.1); the others are asked again. */
  #send(text: string): void {
    const { transport, route } = this.#arg
    const owner = this.#kind.ack === undefined ? undefined : this.#self.ref
    this.#self.send(transport, { kind: 'send', text, route, owner })
  }

  /** In a dormant state the dispatcher keeps what is needed, and this actor ends. */
  #sleep(timer: Timer, hold: number): boolean {
    const { name } = this.#state
    const dormant = this.#kind.dormant.find(each => each.timer === timer && each.state === name)
    if (dormant === undefined) return false
    const { key, route, transactions, cores } = this.#arg
    // Empty where nothing is to be repeated: an accepted INVITE is its user's (RFC 6026 §7.1), a 408 nobody's (RFC 4320 §4.2).
    const wire = 'wire' in this.#state && typeof this.#state.wire === 'string' ? this.#state.wire : ''
    this.#self.send(transactions, {
      kind: 'sleep',
      side: 'server',
      key,
      hold,
      code: dormant.code,
      route,
      wire,
      user: cores,
    })
    this.#self.stop(announced)
    return true
  }

  #settle(): void {
    if (this.#state.name === 'Terminated') this.#self.stop()
  }
}
