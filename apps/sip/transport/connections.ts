/** Who keeps the connections: finds the one that leads to a peer, or makes it (§18.1.1, §18.2.2, RFC 5923). */

import { type ActorRef, type Behavior, type Self, Table, TextTable } from '../../actor/actor.js'
import { type Alias, type FlowMsg, hostPort, type Listener } from './flow.js'
import type { Inlet } from './inlet.js'
import type { Network, StreamEvents, StreamSocket, StreamTransport, Ticket } from './network.js'
import type { Reach } from './reach.js'
import { SourceCounts } from './source-counts.js'
import { sourceOf } from './source-net.js'
import { type StreamConnectionMsg, streamConnection } from './stream-connection.js'
import type { StreamLimits } from './stream-limits.js'
import type { TlsOptions } from './tls-options.js'
import { undelivered } from './undelivered.js'

export type ConnectionsMsg =
  | FlowMsg
  | {
      readonly kind: 'accepted'
      readonly take: (events: StreamEvents) => StreamSocket
      readonly transport: StreamTransport
      readonly address: string
      readonly reach: Reach | undefined
    }
  | { readonly kind: 'refused' }
  | Alias
  | { readonly kind: 'leaving'; readonly id: number; readonly ref: ActorRef<StreamConnectionMsg> }
  | { readonly kind: 'ended'; readonly id: number }
  /** What a connection that is dead did not get out. */
  | { readonly kind: 'again'; readonly id: number; readonly message: FlowMsg }
  | { readonly kind: 'ticket'; readonly key: string; readonly ticket: Ticket }
  | { readonly kind: 'listeners'; readonly listeners: readonly Listener[] }
  | { readonly kind: 'setTls'; readonly tls: TlsOptions }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<ConnectionCount> }
  | ConnectionsOrder

/** What those who run the stack ask for. */
export type ConnectionsOrder =
  /** The latest `most`, by number. */
  | {
      readonly kind: 'list'
      readonly most: number
      readonly replyTo: ActorRef<readonly (readonly [id: number, ref: ActorRef<StreamConnectionMsg>])[]>
    }
  /** Closes one; answered with whether there was one of that number. */
  | { readonly kind: 'close'; readonly id: number; readonly replyTo: ActorRef<boolean> }

export interface ConnectionCount {
  readonly open: number
  /** Accepted and closed at once, since there were too many. */
  readonly refused: number
}

export interface ConnectionsArg {
  readonly network: Network
  readonly inlet: Inlet
  readonly limits: StreamLimits
  readonly tls: TlsOptions | undefined
  /** For the hashes of what peers choose. */
  readonly seed: number
  /** Told what those who run the stack may want to know, in a sentence. */
  readonly note: (text: string) => void
}

interface Peer {
  readonly transport: StreamTransport
  readonly address: string
  readonly port: number
  /** The host before resolution; one server may have a certificate for each of many. */
  readonly name?: string
}

interface Connection {
  readonly id: number
  readonly ref: ActorRef<StreamConnectionMsg>
  readonly way: Way
  /** What it is found by. */
  readonly keys: string[]
}

/** Who made a connection, and the source at the other end: of each there are so many at most. */
interface Way {
  readonly direction: 'in' | 'out'
  readonly source: string
}

/** Peers whose tickets are kept. */
const TICKETS = 1000

export const connections: Behavior<ConnectionsMsg, ConnectionsArg> = {
  label: 'connections',
  init(arg, self) {
    const pool = new Pool(arg, self)
    return message => pool.receive(message)
  },
}

class Pool {
  readonly #arg: ConnectionsArg
  readonly #self: Self<ConnectionsMsg>
  readonly #byId = new Table<number, Connection>()
  readonly #byRef = new Table<ActorRef<FlowMsg>, Connection>()
  readonly #byPeer: TextTable<ActorRef<StreamConnectionMsg>>
  readonly #counts: Readonly<Record<Way['direction'], SourceCounts>>
  readonly #totals = { in: 0, out: 0 }
  readonly #tickets = new Map<string, Ticket>()
  #listeners: readonly Listener[] = []
  #tls: TlsOptions | undefined
  #lastId = 0
  #refused = 0

  constructor(arg: ConnectionsArg, self: Self<ConnectionsMsg>) {
    this.#arg = arg
    this.#self = self
    this.#tls = arg.tls
    this.#byPeer = new TextTable(arg.seed)
    this.#counts = { in: new SourceCounts(arg.seed), out: new SourceCounts(arg.seed) }
    self.defer(() => {
      for (const { ref } of this.#byId.values()) self.exit(ref, { kind: 'shutdown' })
    })
  }

  receive(message: ConnectionsMsg): void {
    switch (message.kind) {
      case 'transmit':
        return this.#transmit(message)
      case 'accepted':
        return this.#accept(message)
      case 'refused':
        this.#refused++
        return
      case 'alias':
        return this.#alias(message.flow, keyOf(message))
      case 'again':
        this.#forget(message.id)
        return this.#transmit(message.message)
      case 'leaving':
        this.#forget(message.id)
        return this.#self.send(message.ref, { kind: 'leave' })
      case 'ended':
        return this.#forget(message.id)
      case 'ticket':
        if (this.#tickets.size < TICKETS || this.#tickets.has(message.key)) {
          this.#tickets.set(message.key, message.ticket)
        }
        return
      case 'listeners':
        this.#listeners = message.listeners
        return
      case 'setTls':
        this.#tls = message.tls
        this.#tickets.clear()
        return
      case 'count':
        return this.#self.send(message.replyTo, { open: this.#byId.size, refused: this.#refused })
      case 'list': {
        const all = [...this.#byId.values()].sort((a, b) => a.id - b.id)
        const listed = all.slice(-message.most).map(({ id, ref }) => [id, ref] as const)
        return this.#self.send(message.replyTo, listed)
      }
      case 'close': {
        const connection = this.#byId.get(message.id, message.id)
        if (connection !== undefined) this.#self.send(connection.ref, { kind: 'shut' })
        return this.#self.send(message.replyTo, connection !== undefined)
      }
    }
  }

  /** On the connection it asks for while that lives, else on one that leads to the address. */
  #transmit(message: FlowMsg): void {
    const { flow, transport = 'TCP' } = message
    if (flow !== undefined && this.#byRef.get(flow, flow) !== undefined) return this.#self.send(flow, message)
    if (transport === 'UDP') return
    const { address, port, name, octets } = message
    const peer = { transport, address, port, ...(name === undefined ? {} : { name }) }
    const known = this.#byPeer.get(keyOf(peer))
    if (known === undefined && octets !== undefined) {
      this.#arg.note(`a request of ${octets} octets to ${hostPort(address, port)} goes over ${transport} (§18.1.1)`)
    }
    const ref = known ?? this.#connect(peer)
    if (ref !== undefined) this.#self.send(ref, message)
    else undelivered(this.#self, message, `there are too many connections to ${address} already`)
  }

  /** Whoever else wants to go there meanwhile waits for the same connection. */
  #connect(peer: Peer): ActorRef<StreamConnectionMsg> | undefined {
    const { transport, address, port, name } = peer
    const way = { direction: 'out', source: sourceOf(address) } as const
    if (!this.#hasRoom(way)) return undefined
    const key = keyOf(peer)
    const ticket = this.#tickets.get(key)
    const kind = {
      transport,
      ...(this.#tls === undefined ? {} : { tls: this.#tls }),
      ...(name === undefined ? {} : { name }),
      ...(ticket === undefined ? {} : { ticket }),
    }
    const open = (events: StreamEvents): StreamSocket => this.#arg.network.connect(address, port, events, kind)
    const connection = this.#spawn(transport, open, this.#reachOf(transport, address), key, way)
    connection.keys.push(key)
    this.#byPeer.set(key, connection.ref)
    return connection.ref
  }

  #accept({ take, transport, address, reach }: Extract<ConnectionsMsg, { kind: 'accepted' }>): void {
    const way = { direction: 'in', source: sourceOf(address) } as const
    if (!this.#hasRoom(way)) {
      this.#refused++
      return take(nobody).destroy()
    }
    this.#spawn(transport, take, reach, '', way)
  }

  #hasRoom({ direction, source }: Way): boolean {
    const { total, perAddress } = this.#arg.limits
    return this.#totals[direction] < total && this.#counts[direction].of(source) < perAddress
  }

  #count({ direction, source }: Way, more: 1 | -1): void {
    this.#totals[direction] += more
    this.#counts[direction].add(source, more)
  }

  #spawn(
    transport: StreamTransport,
    open: (events: StreamEvents) => StreamSocket,
    reach: Reach | undefined,
    key: string,
    way: Way,
  ): Connection {
    const self = this.#self
    const { inlet, limits } = this.#arg
    const id = ++this.#lastId
    const arg = {
      ...{ open, transport, accepted: way.direction === 'in', reach, inlet, limits },
      again: (message: FlowMsg) => self.send(self.ref, { kind: 'again', id, message }),
      leaving: (ref: ActorRef<StreamConnectionMsg>) => self.send(self.ref, { kind: 'leaving', id, ref }),
      ticket: (ticket: Ticket) => self.send(self.ref, { kind: 'ticket', key, ticket }),
    }
    const ref = self.spawn(streamConnection, arg, { down: () => ({ kind: 'ended', id }) })
    const connection = { id, ref, way, keys: [] }
    this.#count(way, 1)
    this.#byId.set(id, id, connection)
    this.#byRef.set(ref, ref, connection)
    return connection
  }

  #alias(flow: ActorRef<FlowMsg>, key: string): void {
    const connection = this.#byRef.get(flow, flow)
    if (connection === undefined || this.#byPeer.get(key) !== undefined) return
    connection.keys.push(key)
    this.#byPeer.set(key, connection.ref)
  }

  #forget(id: number): void {
    const connection = this.#byId.get(id, id)
    if (connection === undefined) return
    const { ref, way, keys } = connection
    this.#byId.delete(id, id)
    this.#byRef.delete(ref, ref)
    for (const key of keys) if (this.#byPeer.get(key) === ref) this.#byPeer.delete(key)
    this.#count(way, -1)
  }

  /** What the peer of a connection that we made is told of us. */
  #reachOf(transport: StreamTransport, peer: string): Reach | undefined {
    const six = peer.includes(':')
    const family = this.#listeners.filter(({ address }) => address.includes(':') === six)
    return (family.find(each => each.transport === transport) ?? family[0])?.reach
  }
}

function keyOf({ transport, address, port, name = '' }: Peer): string {
  const secure = transport === 'TLS' || transport === 'WSS'
  return `${transport} ${hostPort(address, port)}${secure ? ` ${name.toLowerCase()}` : ''}`
}

const nobody: StreamEvents = { connected: () => undefined, chunk: () => undefined, closed: () => undefined }
