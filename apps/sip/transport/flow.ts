/** Where a message came from and where one goes to, as plain data that may cross threads. */

import type { ActorRef } from '../../actor/actor.js'
import type { Search } from '../location/locator.js'
import type { TransportName } from '../location/target.js'
import type { Reach } from './reach.js'

export type { TransportName } from '../location/target.js'

export const transportNames: readonly TransportName[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS']

/** §18: over a reliable transport nothing is retransmitted. */
export function isReliable(transport: TransportName): boolean {
  return transport !== 'UDP'
}

/** §26.2.1: what sips asks for. */
export function isSecure(transport: TransportName): boolean {
  return transport === 'TLS' || transport === 'WSS'
}

/** Told to whoever owns a message when the network did not take it (§18.4). */
export type FlowReport =
  | { readonly kind: 'transportError'; readonly reason: string }
  /** The connection that carries the message: its end is the end of waiting for an answer. */
  | { readonly kind: 'onFlow'; readonly flow: ActorRef<FlowMsg> }

/** What has come of a STUN binding request (RFC 5626 §4.4.2): the address that the server saw, or undefined for an error. */
export interface BindingReport {
  readonly kind: 'bound'
  /** The 12 octets that the request had, as a latin1 string. */
  readonly id: string
  readonly mapped: string | undefined
}

/** What every socket and connection takes. On a connection `address` and `port` say where to connect to when it is gone. */
export interface FlowMsg {
  readonly kind: 'transmit'
  readonly text: string
  readonly address: string
  readonly port: number
  readonly flow?: ActorRef<FlowMsg>
  readonly owner?: ActorRef<FlowReport> | undefined
  /** For a connection that has to be made: TCP unless given, and the host that TLS has to prove. */
  readonly transport?: TransportName
  readonly name?: string | undefined
  readonly octets?: number | undefined
  /** How far it may go, when it goes to a group. */
  readonly ttl?: number | undefined
  /** Who hears the answer, where the text is a STUN binding request; UDP alone. */
  readonly asker?: ActorRef<BindingReport>
  /** It was sent before, on a connection that turned out to be dead. */
  readonly again?: true
  /** What goes out where this one cannot (§18.1.1). */
  readonly instead?: FlowMsg
  /** Of a response that has other places to go to than this one. */
  readonly elsewhere?: Elsewhere | undefined
}

/** Whoever finds the next place for a response (RFC 3263 §5), and how far that has come. */
export interface Elsewhere {
  readonly finder: ActorRef<Bounced>
  readonly search: Search | undefined
}

/** A response that could not be sent to where it should go. */
export interface Bounced {
  readonly kind: 'bounced'
  readonly message: FlowMsg
  readonly reason: string
}

/** The way that a request came in. */
export interface Source {
  readonly transport: TransportName
  readonly address: string
  readonly port: number
  /** The socket or connection. */
  readonly flow: ActorRef<FlowMsg>
  /** host:port of our end, as peers can reach it. */
  readonly local: string
  /** The domains that the peer has proven to be with its certificate (RFC 5922 §7.4). */
  readonly identities?: readonly string[]
}

/** The way that a message goes out. */
export interface Route {
  readonly transport: TransportName
  readonly address: string
  readonly port: number
  readonly flow: ActorRef<FlowMsg>
  /** The host before resolution, for a connection over TLS. */
  readonly name?: string
  /** How far it may go, when it goes to a group. */
  readonly ttl?: number
  /** For a response over UDP: sent-by is a name, which may have more addresses. */
  readonly isNamed?: true
  /** How large the request is that came here from UDP since it is too large for that (§18.1.1). */
  readonly octets?: number
}

/** What the shard that owns the call gets from the thread that owns the socket. */
export interface Received {
  readonly kind: 'received'
  readonly text: string
  readonly source: Source
}

/** One socket that we listen on. */
export interface Listener {
  readonly transport: TransportName
  readonly address: string
  readonly port: number
  readonly flow: ActorRef<FlowMsg>
  readonly reach: Reach
}

/** RFC 5923 §5: requests to this peer may go back by the connection that it made. */
export interface Alias {
  readonly kind: 'alias'
  readonly flow: ActorRef<FlowMsg>
  readonly transport: 'TLS'
  readonly address: string
  readonly port: number
  readonly name: string
}

/** All that is needed to send: our listeners in order of configuration, and who makes connections. */
export interface Locals {
  readonly listeners: readonly Listener[]
  readonly connections: ActorRef<FlowMsg | Alias>
  /** Octets that a request may have over UDP. */
  readonly largestDatagram: number
  /** host:port of the UDP socket that has just been given up; whoever waits for an answer there hears of it. */
  readonly closed?: string
}

/** As `udp:192.0.2.1:5060`. */
export function placeText({ transport, address, port }: Pick<Route, 'transport' | 'address' | 'port'>): string {
  return `${transport.toLowerCase()}:${hostPort(address, port)}`
}

/** host:port with the brackets that IPv6 needs. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
