/** A network of many hosts in memory, on a clock that may be virtual. The same seed gives the same trace. */

import type { Clock } from '../actor/actor.js'
import type { Closable, ListenerEvents, Network, StreamEvents, StreamSocket, UdpEvents, UdpSocket } from '../sip/sip.js'
import type { RuleOptions, Subject, Weather } from './conditions.js'
import { StreamEnd } from './simulated-stream.js'
import type { Trace } from './trace.js'

export interface SimulatedNetworkOptions {
  readonly clock: Clock
  readonly weather: Weather
  readonly trace: Trace
}

/** Where dynamic ports begin (RFC 6335 §6). */
const FIRST_EPHEMERAL = 49_152
/** What fits into one UDP datagram over IPv4. */
const LARGEST_DATAGRAM = 65_507

interface Bound {
  readonly events: UdpEvents
}

export class SimulatedNetwork {
  readonly clock: Clock
  readonly weather: Weather
  readonly trace: Trace
  readonly #sockets = new Map<string, Bound>()
  readonly #listeners = new Map<string, ListenerEvents>()
  readonly #streams = new Set<StreamEnd>()
  readonly #stalled = new Set<string>()
  readonly #silent = new Set<string>()
  #fragment: number | undefined
  #ephemeral = FIRST_EPHEMERAL

  constructor({ clock, weather, trace }: SimulatedNetworkOptions) {
    this.clock = clock
    this.weather = weather
    this.trace = trace
  }

  /** The network as one host sees it. Addresses need no declaration. */
  host(address: string): Network {
    return {
      udp: (at, port, events) => this.#udp(this.#own(address, at), port, events),
      listen: (at, port, events) => this.#listen(this.#own(address, at), port, events),
      connect: (to, port, events) => this.#connect(address, to, port, events),
    }
  }

  /** Loses datagrams: `drop(200, { nth: 2 })`. */
  drop(subject: Subject, options: RuleOptions = {}): void {
    this.weather.rule('drop', subject, options)
  }

  /** Delivers datagrams twice. */
  copy(subject: Subject, options: RuleOptions = {}): void {
    this.weather.rule('copy', subject, options)
  }

  /** Delivers datagrams after so many ms. */
  delay(subject: Subject, ms: number, options: RuleOptions = {}): void {
    this.weather.rule({ delay: ms }, subject, options)
  }

  /** Lets the sending of datagrams fail, as when there is no route. */
  refuse(subject: Subject, options: RuleOptions = {}): void {
    this.weather.rule('refuse', subject, options)
  }

  /** Breaks all connections of a host, or all there are. */
  cut(address?: string): void {
    for (const end of [...this.#streams])
      if (address === undefined || end.local === address) end.break('read ECONNRESET')
  }

  /** The host does not read its connections any more. */
  stall(address: string): void {
    this.#stalled.add(address)
  }

  /** The host does not answer any more who wants to connect. */
  silence(address: string): void {
    this.#silent.add(address)
  }

  /** Cuts what is written to a connection into chunks of at most so many octets. */
  fragment(octets: number): void {
    this.#fragment = octets
  }

  /** Sockets, listeners and connections that are open. */
  get open(): number {
    return this.#sockets.size + this.#listeners.size + this.#streams.size
  }

  isStalled(address: string): boolean {
    return this.#stalled.has(address)
  }

  get chunkSize(): number {
    return this.#fragment ?? Number.POSITIVE_INFINITY
  }

  closed(end: StreamEnd): void {
    this.#streams.delete(end)
  }

  #own(host: string, asked: string): string {
    if (asked !== host) throw new TypeError(`${asked} is no address of the host ${host}`)
    return host
  }

  #port(wanted: number): number {
    return wanted === 0 ? this.#ephemeral++ : wanted
  }

  #udp(address: string, wanted: number, events: UdpEvents): UdpSocket {
    const port = this.#port(wanted)
    const place = `${address}:${port}`
    const socket: Bound = { events }
    if (this.#sockets.has(place)) {
      this.clock.soon(() => events.failed(new Error(`bind EADDRINUSE ${place}`)))
    } else {
      this.#sockets.set(place, socket)
      this.clock.soon(() => events.bound(address, port))
    }
    return {
      send: (text, to, toPort, failed) => this.#datagram({ text, address, port, to, toPort }, failed),
      close: () => {
        if (this.#sockets.get(place) === socket) this.#sockets.delete(place)
      },
    }
  }

  #datagram(
    { text, address, port, to, toPort }: Record<'text' | 'address' | 'to', string> & Record<'port' | 'toPort', number>,
    failed: ((error: Error) => void) | undefined,
  ): void {
    const { trace } = this
    const names = {
      from: trace.nameAt(address, port) ?? `${address}:${port}`,
      to: trace.nameAt(to, toPort) ?? `${to}:${toPort}`,
    }
    const oversized = text.length > LARGEST_DATAGRAM
    const { arrivals, error } = oversized
      ? { arrivals: [], error: 'send EMSGSIZE' }
      : this.weather.fate(text, address, to)
    const fate = arrivals.length === 0 ? 'lost' : arrivals.length === 1 ? 'delivered' : 'copied'
    trace.record({ ...names, transport: 'UDP', text, fate })
    if (error !== undefined) this.clock.soon(() => failed?.(new Error(error)))
    for (const after of arrivals) {
      const fire = (): void => this.#sockets.get(`${to}:${toPort}`)?.events.datagram(text, address, port)
      this.clock.start(after, { fire })
    }
  }

  #listen(address: string, wanted: number, events: ListenerEvents): Closable {
    const port = this.#port(wanted)
    const place = `${address}:${port}`
    if (this.#listeners.has(place)) {
      this.clock.soon(() => events.failed(new Error(`listen EADDRINUSE ${place}`)))
    } else {
      this.#listeners.set(place, events)
      this.clock.soon(() => events.bound(address, port))
    }
    return {
      close: () => {
        if (this.#listeners.get(place) === events) this.#listeners.delete(place)
      },
    }
  }

  #connect(address: string, to: string, toPort: number, events: StreamEvents): StreamSocket {
    const near = new StreamEnd(this, { local: address, port: this.#port(0) }, { local: to, port: toPort }, events)
    this.#streams.add(near)
    const { delay } = this.weather
    if (this.#silent.has(to)) return near
    this.clock.start(delay, { fire: () => this.#accept(near, to, toPort) })
    return near
  }

  /** The opening of a connection has come to its host. */
  #accept(near: StreamEnd, address: string, port: number): void {
    const listener = this.#listeners.get(`${address}:${port}`)
    if (!near.isOpen) return
    if (listener === undefined) return near.refused(`connect ECONNREFUSED ${address}:${port}`)
    const far = new StreamEnd(this, { local: address, port }, { local: near.local, port: near.localPort }, undefined)
    this.#streams.add(far)
    near.join(far)
    listener.accepted(events => far.take(events))
  }
}
