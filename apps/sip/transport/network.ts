/** What the transport layer asks of a network: the one of the machine, or a simulated one. Texts are latin1: a char is an octet. */

import type { TransportName } from '../location/target.js'
import type { TlsOptions } from './tls-options.js'

export interface UdpEvents {
  bound(address: string, port: number): void
  datagram(text: string, address: string, port: number): void
  /** The socket could not be bound, or broke. */
  failed(error: Error): void
}

export interface UdpSocket {
  /**
   * `failed` is told when this datagram could not be sent. To a group it goes so many `hops` far: the TTL of IPv4, the hop
   * limit of IPv6.
   */
  send(text: string, address: string, port: number, failed?: (error: Error) => void, hops?: number): void
  /**
   * A second socket from our port to one peer only. It gets that peer's datagrams, and hears that nobody listens there
   * (`failed`), which the socket for all peers does not (§18.4). Undefined where the network cannot do that.
   */
  connected?(address: string, port: number, events: Pick<UdpEvents, 'datagram' | 'failed'>): ConnectedUdp | undefined
  /**
   * Hears what is sent to a multicast group at our port, too, from `joined` on; `failed` of the socket is told when that
   * cannot be. A group of IPv6 may name its interface, as in `ff02::1%eth0`.
   */
  join?(group: string, joined: () => void): void
  close(): void
}

export interface ConnectedUdp {
  send(text: string): void
  close(): void
}

/** What makes the next TLS connection to the same peer cheaper. */
export type Ticket = Uint8Array

export interface StreamEvents {
  connected(): void
  /** Octets as they come; over WebSocket one whole message. */
  chunk(text: string): void
  /** The end, once, whatever led to it. */
  closed(error?: Error): void
  /** A ping of ours was answered (WebSocket). */
  pong?(): void
  /** Whether the octets that have come end in the middle of a message, each time that it is another one (WebSocket). */
  half?(isHalf: boolean): void
  ticket?(ticket: Ticket): void
}

export interface StreamSocket {
  readonly address: string
  readonly port: number
  /** Our end, once connected, where it is known. */
  readonly own?: { readonly address: string; readonly port: number } | undefined
  /** Octets that wait to be taken by the network. */
  readonly queued: number
  /** It takes nothing more, though its end has not been told yet: the peer has closed its side. */
  readonly isClosing?: boolean
  /** The domains in the certificate that the peer has proven to hold (RFC 5922 §7.1); none without TLS. */
  readonly identities?: readonly string[]
  send(text: string): void
  /** Sends what waits and closes; `destroy` does not wait. */
  end(): void
  destroy(): void
  /** No more octets are read until `resume`. */
  pause?(): void
  resume?(): void
  /** Only over WebSocket, where the protocol has pings of its own. */
  ping?(): void
}

export interface ListenerEvents {
  bound(address: string, port: number): void
  /** A peer has connected, and shaken hands. Its events go where `take` says. */
  accepted(take: (events: StreamEvents) => StreamSocket, address?: string): void
  /** One was closed before it had shaken hands, since there were too many. */
  refused?(): void
  failed(error: Error): void
}

export interface Closable {
  /** Connections that have been taken live on; those that have not end. */
  close(): void
}

/** A listener whose certificates can be replaced while it listens. */
export interface StreamServer extends Closable {
  setTls?(tls: TlsOptions): void
}

export type StreamTransport = Exclude<TransportName, 'UDP'>

/** What is spoken over a stream. */
export interface StreamKind {
  readonly transport: StreamTransport
  readonly tls?: TlsOptions
}

export interface ServerKind extends StreamKind {
  /** Connections at once. */
  readonly most?: number
  /** Connections of one source at once that have not shaken hands yet. */
  readonly mostOfOne?: number
  /** ms for the handshakes of TLS and WebSocket. */
  readonly handshake?: number
  /** Web origins that may connect; all may unless given (RFC 6455 §10.2). */
  readonly origins?: readonly string[]
}

export interface ClientKind extends StreamKind {
  /** The host before resolution: what the certificate has to name (RFC 5922 §7.3). */
  readonly name?: string
  readonly ticket?: Ticket
}

/** An address of this machine with the length of its network's prefix. */
export interface InterfaceAddress {
  readonly address: string
  readonly prefix: number
}

/** Streams are TCP unless a kind is given. */
export interface Network {
  udp(address: string, port: number, events: UdpEvents): UdpSocket
  listen(address: string, port: number, events: ListenerEvents, kind?: ServerKind): StreamServer
  connect(address: string, port: number, events: StreamEvents, kind?: ClientKind): StreamSocket
  /** Throws for keys and certificates that cannot be used. */
  checkTls?(tls: TlsOptions): void
  /** The addresses behind a wildcard, that of the default route first. */
  addresses?(wildcard: string, found: (addresses: readonly InterfaceAddress[]) => void): void
}
