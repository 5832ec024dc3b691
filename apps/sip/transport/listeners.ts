/** Opens what the configuration asks to listen on, watches over it, and says where we can be reached. */

import { type ActorRef, type Behavior, type ExitReason, type Self, showReason } from '../../actor/actor.js'
import { type ConnectionCount, type ConnectionsMsg, type ConnectionsOrder, connections } from './connections.js'
import { type FlowMsg, hostPort, type Listener, type Locals } from './flow.js'
import type { Inlet } from './inlet.js'
import type { ListenerReport, ListenPoint } from './listen-point.js'
import type { Network } from './network.js'
import { defaultStreamLimits, type StreamLimits } from './stream-limits.js'
import { type StreamListenerMsg, streamListener } from './stream-listener.js'
import type { TlsOptions } from './tls-options.js'
import { udpListener } from './udp.js'
import { undelivered } from './undelivered.js'

/** A place to listen that could not be had. */
export interface Failure {
  readonly kind: 'failed'
  readonly point: ListenPoint
  readonly reason: string
}

export type Opening = { readonly kind: 'open'; readonly locals: Locals } | Failure
export type OneOpening = { readonly kind: 'open'; readonly listener: Listener } | Failure

export type ListenersMsg =
  /** Answered when every listener is bound or has failed; at the first failure unless it is `partial`. */
  | { readonly kind: 'ready'; readonly replyTo: ActorRef<Opening> }
  /** One more. When it cannot be had nothing of it is left. */
  | { readonly kind: 'listen'; readonly point: ListenPoint; readonly replyTo: ActorRef<OneOpening> }
  /** One less, by where it listens; answered with whether it was there. Its connections live on, its UDP socket does not. */
  | {
      readonly kind: 'unlisten'
      readonly point: Pick<ListenPoint, 'transport' | 'address' | 'port'>
      readonly replyTo: ActorRef<boolean>
    }
  | { readonly kind: 'setTls'; readonly tls: TlsOptions }
  | { readonly kind: 'bound'; readonly id: number; readonly listener: Listener }
  | { readonly kind: 'broken'; readonly id: number; readonly reason: string }
  | { readonly kind: 'down'; readonly id: number; readonly reason: ExitReason }
  | { readonly kind: 'reopen'; readonly id: number }
  | { readonly kind: 'connections'; readonly replyTo: ActorRef<ConnectionCount> }
  | ConnectionsOrder

export interface ListenersArg {
  readonly network: Network
  readonly points: readonly ListenPoint[]
  readonly inlet: Inlet
  readonly limits?: StreamLimits
  readonly tls?: TlsOptions
  /** For the hashes of what peers choose. */
  readonly seed: number
  /** Octets that a request may have over UDP. */
  readonly largestDatagram: number
  /** Listeners that cannot start leave the others untouched; they are tried again. */
  readonly partial?: boolean
  /** Told whenever the table changes once all have been bound: a listener came back. */
  readonly changed: (locals: Locals) => void
  /** Told where it is to listen, with the ports that were chosen, each time that this may have changed. */
  readonly keep: (points: readonly ListenPoint[]) => void
  /** Told of each listener that cannot start or broke, when that does not stop the others. */
  readonly failed?: (failure: Failure) => void
  /** Told what those who run the stack may want to know, in a sentence. */
  readonly note: (text: string) => void
}

/** ms between two tries to open again a listener that broke. */
const REOPEN_AFTER = 1000

export const listeners: Behavior<ListenersMsg, ListenersArg> = {
  label: 'listeners',
  init(arg, self) {
    const office = new Listeners(arg, self)
    return message => office.receive(message)
  },
}

interface Entry {
  /** Once bound with its port, so that a listener that breaks comes back where peers know it. */
  point: ListenPoint
  child: ActorRef<FlowMsg> | ActorRef<StreamListenerMsg> | undefined
  listener: Listener | undefined
  failure: Failure | undefined
  /** Why it ended, in its own words. */
  reason: string | undefined
  /** Who waits to hear of a listener that was added. */
  asker: ActorRef<OneOpening> | undefined
}

class Listeners {
  readonly #arg: ListenersArg
  readonly #self: Self<ListenersMsg>
  readonly #pool: ActorRef<ConnectionsMsg>
  readonly #limits: StreamLimits
  readonly #entries = new Map<number, Entry>()
  #tls: TlsOptions | undefined
  #asker: ActorRef<Opening> | undefined
  #ready = false
  #lastId = 0

  constructor(arg: ListenersArg, self: Self<ListenersMsg>) {
    const { network, inlet, limits = defaultStreamLimits, points, tls, seed, note } = arg
    this.#arg = arg
    this.#self = self
    this.#limits = limits
    this.#tls = tls
    this.#pool = self.spawn(connections, { network, inlet, limits, tls, seed, note }, { link: true })
    self.defer(() => {
      for (const { child } of this.#entries.values()) if (child !== undefined) self.exit(child, { kind: 'shutdown' })
    })
    for (const point of points) this.#add(point, undefined)
  }

  receive(message: ListenersMsg): void {
    switch (message.kind) {
      case 'ready':
        this.#asker = message.replyTo
        return this.#announce()
      case 'listen':
        return this.#add(message.point, message.replyTo)
      case 'unlisten':
        return this.#self.send(message.replyTo, this.#remove(message.point))
      case 'setTls':
        return this.#setTls(message.tls)
      case 'bound':
        return this.#bound(message.id, message.listener)
      case 'broken': {
        const entry = this.#entries.get(message.id)
        if (entry !== undefined) entry.reason = message.reason
        return
      }
      case 'down':
        return this.#down(message.id, message.reason)
      case 'reopen':
        return this.#open(message.id)
      case 'connections':
        return this.#self.send(this.#pool, { kind: 'count', replyTo: message.replyTo })
      case 'list':
      case 'close':
        return this.#self.send(this.#pool, message)
    }
  }

  #add(point: ListenPoint, asker: ActorRef<OneOpening> | undefined): void {
    const id = ++this.#lastId
    this.#entries.set(id, {
      point,
      child: undefined,
      listener: undefined,
      failure: undefined,
      reason: undefined,
      asker,
    })
    this.#open(id)
  }

  #open(id: number): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    const { network, inlet } = this.#arg
    const { point } = entry
    const { transport } = point
    const report: ListenerReport = {
      bound: listener => this.#self.send(this.#self.ref, { kind: 'bound', id, listener }),
      broken: ({ message: reason }) => this.#self.send(this.#self.ref, { kind: 'broken', id, reason }),
      failed: (message, error) => undelivered(this.#self, message, error.message),
    }
    const down = { down: (reason: ExitReason) => ({ kind: 'down', id, reason }) as const }
    const arg = { network, point, inlet, report }
    if (transport === 'UDP') {
      entry.child = this.#self.spawn(udpListener, arg, down)
      return
    }
    const stream = { transport, tls: point.tls ?? this.#tls, limits: this.#limits, connections: this.#pool }
    entry.child = this.#self.spawn(streamListener, { ...arg, ...stream }, down)
  }

  #bound(id: number, listener: Listener): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.listener = listener
    entry.point = { ...entry.point, port: listener.port }
    entry.failure = undefined
    if (entry.asker !== undefined) this.#self.send(entry.asker, { kind: 'open', listener })
    entry.asker = undefined
    this.#announce()
  }

  #down(id: number, reason: ExitReason): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    const failure: Failure = { kind: 'failed', point: entry.point, reason: entry.reason ?? showReason(reason) }
    entry.listener = undefined
    if (entry.asker !== undefined) {
      this.#entries.delete(id)
      return this.#self.send(entry.asker, failure)
    }
    const known = entry.failure !== undefined
    entry.failure = failure
    if (this.#ready || this.#arg.partial) {
      if (!known) this.#arg.failed?.(failure)
      this.#self.startTimer(`reopen ${id}`, REOPEN_AFTER, { kind: 'reopen', id })
    }
    this.#announce()
  }

  #remove({ transport, address, port }: Pick<ListenPoint, 'transport' | 'address' | 'port'>): boolean {
    for (const [id, { listener, point, child }] of this.#entries) {
      const at = listener ?? point
      if (at.transport !== transport || at.address !== address || at.port !== port) continue
      this.#entries.delete(id)
      this.#self.stopTimer(`reopen ${id}`)
      if (child !== undefined) this.#self.exit(child, { kind: 'shutdown' })
      this.#announce(transport === 'UDP' ? hostPort(address, port) : undefined)
      return true
    }
    return false
  }

  #setTls(tls: TlsOptions): void {
    this.#tls = tls
    this.#self.send(this.#pool, { kind: 'setTls', tls })
    for (const { point, child } of this.#entries.values()) {
      if (point.transport === 'UDP' || point.tls !== undefined || child === undefined) continue
      this.#self.send(child as ActorRef<StreamListenerMsg>, { kind: 'setTls', tls })
    }
  }

  #announce(closed?: string): void {
    const entries = [...this.#entries.values()]
    this.#arg.keep(entries.flatMap(({ point, asker }) => (asker === undefined ? point : [])))
    const table = entries.flatMap(({ listener }) => listener ?? [])
    this.#self.send(this.#pool, { kind: 'listeners', listeners: table })
    const { largestDatagram } = this.#arg
    const kept = { listeners: table, connections: this.#pool, largestDatagram }
    const locals: Locals = closed === undefined ? kept : { ...kept, closed }
    if (this.#ready) return this.#arg.changed(locals)
    const failure = this.#arg.partial ? undefined : entries.find(each => each.failure !== undefined)?.failure
    const settled = entries.every(each => each.listener !== undefined || each.failure !== undefined)
    if (this.#asker === undefined || !(settled || failure !== undefined)) return
    this.#ready = failure === undefined
    this.#self.send(this.#asker, failure ?? { kind: 'open', locals })
  }
}
