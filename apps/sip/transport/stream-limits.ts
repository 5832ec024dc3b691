/** What one peer may cost us over streams. */

export interface StreamLimits {
  /** ms to wait for a connection to be made. */
  readonly connect: number
  /** ms that a peer gets for the handshakes of TLS and WebSocket. */
  readonly handshake: number
  /** ms without any octet after which a connection is closed. */
  readonly idle: number
  /** ms from the first octet of a message to its last, and from the opening to the first message. */
  readonly message: number
  /** Octets that may wait for a peer that does not read, or for the connection to be made. */
  readonly queued: number
  /** ms that octets may wait without any being taken. */
  readonly stalled: number
  /** Connections at once that were accepted; also of those that we have made. */
  readonly total: number
  /** The same from, or to, one address, or one /64 of IPv6. */
  readonly perAddress: number
  /** ms between pings over WebSocket; two without an answer end the connection. */
  readonly ping: number
}

export const defaultStreamLimits: StreamLimits = {
  connect: 4000,
  handshake: 10_000,
  idle: 600_000,
  message: 30_000,
  queued: 1_000_000,
  stalled: 20_000,
  total: 20_000,
  perAddress: 5000,
  ping: 30_000,
}
