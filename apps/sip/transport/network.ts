/** What the transport layer asks of a network: the one of the machine, or a simulated one. Texts are latin1: a char is an octet. */

export interface UdpEvents {
  bound(address: string, port: number): void
  datagram(text: string, address: string, port: number): void
  /** The socket could not be bound, or broke. */
  failed(error: Error): void
}

export interface UdpSocket {
  /** `failed` is told when this datagram could not be sent. */
  send(text: string, address: string, port: number, failed?: (error: Error) => void): void
  close(): void
}

export interface StreamEvents {
  connected(): void
  chunk(text: string): void
  /** The end, once, whatever led to it. */
  closed(error?: Error): void
}

export interface StreamSocket {
  readonly address: string
  readonly port: number
  /** Octets that wait to be taken by the network. */
  readonly queued: number
  send(text: string): void
  /** Sends what waits and closes; `destroy` does not wait. */
  end(): void
  destroy(): void
}

export interface ListenerEvents {
  bound(address: string, port: number): void
  /** A peer has connected. Its events go where `take` says. */
  accepted(take: (events: StreamEvents) => StreamSocket): void
  failed(error: Error): void
}

export interface Closable {
  close(): void
}

export interface Network {
  udp(address: string, port: number, events: UdpEvents): UdpSocket
  listen(address: string, port: number, events: ListenerEvents): Closable
  connect(address: string, port: number, events: StreamEvents): StreamSocket
}
