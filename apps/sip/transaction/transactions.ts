/** The transaction layer as an actor: matches what comes to the transaction it belongs to, or passes it up (§17.1.3, §17.2.3). */

import { type ActorRef, type Behavior, hashOf, nobody, type Self, Table } from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import type { Request, Response } from '../syntax/message.js'
import { congestionControlled, mayFallBack } from '../transport/congestion.js'
import { egress } from '../transport/egress.js'
import { type Locals, placeText, type Route, type Source, transportNames } from '../transport/flow.js'
import { TcpRefusals } from '../transport/tcp-refusals.js'
import type { TransportMsg, TransportUserMsg } from '../transport/transport.js'
import type { ClientMsg } from './client-transaction.js'
import { type Dormant, DormantLog, type Sleeping } from './dormant.js'
import { clientKey, clientKeyTelling, serverKey, showKey } from './key.js'
import { type Kinds, kindsOf, sleeperOf } from './kinds.js'
import type { ServerMsg } from './server-transaction.js'
import type { TimerConfig } from './timers.js'
import type { ClientReport, ServerOrder, StateAnswer, StateQuestion, TransactionUserMsg } from './transaction-user.js'

/** ms between two looks at the sleepers that are due, so that a busy log does not set a timer for each. */
const SWEEP = 50
/**
 * And ms at the most: what runs for the first time after V8 has optimised makes it throw away what it has made. A first look
 * after Timer K cost a busy caller 0.2 s.
 */
const LOOK = 1000

/** What the dispatcher itself sends to a transaction: nothing that depends on its timers. */
export type ServerTransactionMsg = Exclude<ServerMsg<never>, { kind: 'timer' }>
export type ClientTransactionMsg = Exclude<ClientMsg<never>, { kind: 'timer' }>

export type TransactionsMsg =
  | TransportUserMsg
  /** From above, at its start. */
  | { readonly kind: 'user'; readonly user: ActorRef<TransactionUserMsg> }
  /** Starts a client transaction: the request has its Via. Without a user nobody waits for the answer. */
  | { readonly kind: 'start'; readonly request: Request; readonly route: Route; readonly user?: ActorRef<ClientReport> }
  /** A CANCEL to the same place as its INVITE, whose socket is gone. */
  | { readonly kind: 'cancelFromElsewhere'; readonly request: Request; readonly route: Route }
  /** A transaction goes to sleep for `hold` ms. */
  | {
      readonly kind: 'sleep'
      readonly side: 'client' | 'server'
      readonly key: string
      readonly hold: number
      readonly code: number
      readonly route: Route
      readonly wire: string
      readonly user: ActorRef<TransactionUserMsg> | ActorRef<ClientReport> | undefined
    }
  /** `bereft` still waits for an answer, perhaps, of a client transaction that crashed. */
  | { readonly kind: 'ended'; readonly key: string; readonly bereft?: ActorRef<ClientReport> | undefined }
  /** A request that is too large for UDP could not go over TCP. */
  | { readonly kind: 'tcpRefused'; readonly route: Route }
  | { readonly kind: 'expire'; readonly hold: number }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<TransactionCount> }
  /** The first `most`: those that are actors, then those that sleep. */
  | { readonly kind: 'list'; readonly most: number; readonly replyTo: ActorRef<TransactionList> }

export interface TransactionList {
  readonly awake: readonly ActorRef<StateQuestion>[]
  readonly asleep: readonly StateAnswer[]
}

export interface TransactionCount {
  readonly awake: number
  readonly asleep: number
  readonly octets: number
}

export interface TransactionsArg {
  readonly transport: ActorRef<TransportMsg>
  readonly timers: TimerConfig
  /** Makes the hash of sleeping transactions unpredictable. */
  readonly seed: number
  /** A response as the layers above are to have it from there. */
  readonly edge: (response: Response, source: Source) => Response
}

export const transactions: Behavior<TransactionsMsg, TransactionsArg> = {
  label: 'transactions',
  init(arg, self) {
    const office = new Dispatcher(arg, self)
    self.send(arg.transport, { kind: 'user', user: self.ref })
    return message => office.receive(message)
  },
}

class Dispatcher {
  readonly #self: Self<TransactionsMsg>
  readonly #transport: ActorRef<TransportMsg>
  readonly #kinds: Kinds
  readonly #seed: number
  readonly #edge: TransactionsArg['edge']
  readonly #patience: number
  readonly #servers = new Table<string, ActorRef<ServerTransactionMsg>>()
  readonly #clients = new Table<string, ActorRef<ClientTransactionMsg>>()
  /** By how long they hold, in ms: two or three of them. */
  readonly #logs = new Map<number, DormantLog>()
  readonly #refusals = new TcpRefusals()
  #user: ActorRef<TransactionUserMsg> | undefined
  #locals: Locals | undefined

  constructor({ transport, timers, seed, edge }: TransactionsArg, self: Self<TransactionsMsg>) {
    this.#self = self
    this.#transport = transport
    this.#kinds = kindsOf(timers)
    this.#seed = seed
    this.#edge = edge
    this.#patience = 64 * timers.T1
    self.defer(() => {
      for (const ref of [...this.#servers.values(), ...this.#clients.values()]) self.exit(ref, { kind: 'shutdown' })
    })
  }

  receive(message: TransactionsMsg): void {
    switch (message.kind) {
      case 'request':
        return this.#request(message.request, message.source, message.route)
      case 'response':
        return this.#response(this.#edge(message.response, message.source))
      case 'start':
        return this.#start(message.request, message.route, message.user)
      case 'cancelFromElsewhere':
        return this.#cancelFromElsewhere(message)
      case 'sleep':
        return this.#sleep(message)
      case 'ended':
        this.#servers.delete(message.key, this.#hash(message.key))
        this.#clients.delete(message.key, this.#clientHash(message.key))
        if (message.bereft !== undefined) {
          this.#self.send(message.bereft, { kind: 'transportError', reason: 'the transaction crashed' })
        }
        return
      case 'tcpRefused':
        return this.#refusals.add(message.route, this.#self.now)
      case 'expire':
        return this.#expire(message.hold)
      case 'locals':
        this.#locals = message.locals
        if (this.#user !== undefined) this.#self.send(this.#user, message)
        return
      case 'closed':
        for (const ref of this.#clients.values()) this.#self.send(ref, message)
        return
      case 'user':
        this.#orphan()
        this.#user = message.user
        if (this.#locals !== undefined) this.#self.send(this.#user, { kind: 'locals', locals: this.#locals })
        return
      case 'count':
        return this.#self.send(message.replyTo, this.#count())
      case 'list':
        return this.#self.send(message.replyTo, this.#list(message.most))
    }
  }

  #request(request: Request, source: Source, route: Route): void {
    const key = serverKey(request)
    const hash = this.#hash(key)
    const ack = request.method === 'ACK'
    const live = this.#servers.get(key, hash)
    if (live !== undefined) {
      return this.#self.send(live, ack ? { kind: 'ack', request, source } : { kind: 'request' })
    }
    const dormant = this.#find(key, hash)
    if (dormant !== undefined) return this.#wakeServer(dormant, request, source)
    if (this.#user === undefined) return
    if (ack) return this.#self.send(this.#user, { kind: 'ack', request, source })
    const transaction = this.#serve(key, hash, request, route, this.#user)
    if (request.method === 'CANCEL') return this.#cancel(request, transaction, this.#user)
    this.#self.send(this.#user, { kind: 'request', request, source, route, transaction })
  }

  #serve(
    key: string,
    hash: number,
    request: Request,
    route: Route,
    cores: ActorRef<TransactionUserMsg>,
  ): ActorRef<ServerTransactionMsg> {
    const arg = { key, request, route, transport: this.#transport, transactions: this.#self.ref, cores }
    const transaction = this.#kinds.spawnServer(this.#self, arg)
    this.#servers.set(key, hash, transaction)
    return transaction
  }

  /** §9.2: the CANCEL is a transaction of its own; the one that it cancels has the key of an INVITE. */
  #cancel(request: Request, transaction: ActorRef<ServerOrder>, user: ActorRef<TransactionUserMsg>): void {
    const key = serverKey(request, 'INVITE')
    const hash = this.#hash(key)
    const invite = this.#servers.get(key, hash)
    const matched = invite !== undefined || this.#find(key, hash) !== undefined
    this.#self.send(user, { kind: 'cancel', request, transaction, invite, matched })
  }

  #response(response: Response): void {
    const key = clientKey(response.via.branch ?? '', response.cseq.method)
    const hash = this.#clientHash(key)
    const live = this.#clients.get(key, hash)
    if (live !== undefined) return this.#self.send(live, { kind: 'response', response })
    const dormant = this.#find(key, hash)
    if (dormant !== undefined) this.#wakeClient(dormant, response)
  }

  #start(request: Request, route: Route, user: ActorRef<ClientReport> | undefined): void {
    const key = clientKey(request.via.branch ?? '', request.method)
    const wire = formatMessage(request)
    const other = this.#locals && congestionControlled({ request, route }, wire.length, this.#locals)
    const instead = other !== undefined && mayFallBack(request) ? { request, route, wire } : undefined
    const isOther = other !== undefined && !(instead !== undefined && this.#refusals.has(route, this.#self.now))
    const arg = {
      request: isOther ? other.request : request,
      route: isOther ? other.route : route,
      wire: isOther ? formatMessage(other.request) : wire,
      instead: isOther ? instead : undefined,
      key,
      user,
      patience: this.#patience,
      transport: this.#transport,
      transactions: this.#self.ref,
    }
    this.#clients.set(key, this.#clientHash(key), this.#kinds.spawnClient(this.#self, arg))
  }

  /** With the Via of the INVITE, by which the peer knows what it cancels (§9.1). */
  #cancelFromElsewhere({ request, route }: Extract<TransactionsMsg, { kind: 'cancelFromElsewhere' }>): void {
    const { transport, address, port } = route
    const way = this.#locals && egress(this.#locals, { transport, address, port, name: address })
    if (way !== undefined) this.#start(request, way.route, undefined)
  }

  #sleep({ side, key, hold, code, route, wire, user }: Extract<TransactionsMsg, { kind: 'sleep' }>): void {
    const hash = side === 'client' ? this.#clientHash(key) : this.#hash(key)
    const awake = side === 'client' ? this.#clients : this.#servers
    awake.delete(key, hash)
    let log = this.#logs.get(hold)
    if (log === undefined) {
      log = new DormantLog(hold)
      this.#logs.set(hold, log)
    }
    const { address, port, flow } = route
    const transport = transportNames.indexOf(route.transport)
    if (log.size === 0) this.#self.startTimer(`expire ${hold}`, Math.min(hold, LOOK), { kind: 'expire', hold })
    log.sleep(key, hash, { code, transport, flow, user: user ?? nobody, port, address, wire }, this.#self.now)
  }

  #hash(key: string): number {
    return hashOf(key, this.#seed)
  }

  /** The users of what is going on are gone with the layer above: calls would ring for ever, on either side. */
  #orphan(): void {
    for (const ref of this.#servers.values()) this.#self.send(ref, { kind: 'orphaned' })
    for (const ref of this.#clients.values()) this.#self.send(ref, { kind: 'orphaned' })
  }

  #clientHash(key: string): number {
    return hashOf(key, this.#seed, clientKeyTelling.from, clientKeyTelling.to)
  }

  #find(key: string, hash: number): Dormant | undefined {
    for (const log of this.#logs.values()) {
      const dormant = log.find(key, hash)
      if (dormant !== undefined) return dormant
    }
    return undefined
  }

  #expire(hold: number): void {
    const log = this.#logs.get(hold)
    log?.expire(this.#self.now)
    const { due } = log ?? {}
    if (due === undefined) return
    const after = Math.min(Math.max(Math.ceil(due - this.#self.now), SWEEP), LOOK)
    this.#self.startTimer(`expire ${hold}`, after, { kind: 'expire', hold })
  }

  #wakeServer({ code, wire, ...way }: Dormant, request: Request, source: Source): void {
    const event = request.method === 'ACK' ? 'ack' : 'request'
    for (const effect of this.#kinds.wakeServer(code, wire, event)) {
      if (effect.kind === 'sendResponse') this.#send(effect.wire, way)
      else if (effect.kind === 'inform' && effect.what === 'ack' && this.#user !== undefined) {
        this.#self.send(this.#user, { kind: 'ack', request, source })
      }
    }
  }

  #wakeClient({ code, wire, user, ...way }: Dormant, response: Response): void {
    for (const effect of this.#kinds.wakeClient(code, response)) {
      if (effect.kind === 'repeatAck') this.#send(wire, way)
      else if (effect.kind === 'inform' && effect.what === 'response') {
        this.#self.send(user as ActorRef<ClientReport>, { kind: 'response', response, transaction: nobody })
        if (this.#user !== undefined) this.#self.send(this.#user, { kind: 'accepted', response })
      }
    }
  }

  #send(
    text: string,
    { transport, address, port, flow }: Pick<Dormant, 'transport' | 'address' | 'port' | 'flow'>,
  ): void {
    const name = transportNames[transport]
    if (name === undefined) return
    const route: Route = { transport: name, address, port, flow: flow as Route['flow'] }
    this.#self.send(this.#transport, { kind: 'send', text, route })
  }

  #list(most: number): TransactionList {
    const awake: ActorRef<StateQuestion>[] = []
    for (const table of [this.#servers, this.#clients]) {
      for (const ref of table.values()) if (awake.length < most) awake.push(ref)
    }
    const asleep: StateAnswer[] = []
    for (const log of this.#logs.values()) {
      for (const each of log.first(most - awake.length - asleep.length)) asleep.push(...shown(each, this.#self.now))
    }
    return { awake, asleep }
  }

  #count(): TransactionCount {
    let asleep = 0
    let octets = 0
    for (const log of this.#logs.values()) {
      asleep += log.size
      octets += log.octets
    }
    return { awake: this.#servers.size + this.#clients.size, asleep, octets }
  }
}

function shown({ key, what, from }: Sleeping, now: number): readonly StateAnswer[] {
  const { code, address, port, wire } = what
  const sleeper = sleeperOf(code)
  const transport = transportNames[what.transport]
  if (sleeper === undefined || transport === undefined) return []
  const { kind, state } = sleeper
  const own = kind === 'INVITE client' ? 'INVITE' : kind === 'non-INVITE client' ? wire : undefined
  const peer = placeText({ transport, address, port })
  return [
    {
      kind,
      method: own ?? key.slice(key.lastIndexOf(' ') + 1),
      state,
      isAsleep: true,
      peer,
      since: Math.round(now - from),
      key: own === undefined ? key : showKey(key, own),
    },
  ]
}
