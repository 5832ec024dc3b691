/** A network that records what passes its sockets: in clear, since it stands above TLS and WebSocket. */

import type {
  ListenerEvents,
  Network,
  ServerKind,
  StreamEvents,
  StreamKind,
  StreamServer,
  StreamSocket,
  UdpEvents,
  UdpSocket,
} from '../transport/network.js'
import type { TraceFlow, TraceRing } from './trace-ring.js'

const tcp: StreamKind = { transport: 'TCP' }

export function tracedNetwork(network: Network, ring: TraceRing): Network {
  const { checkTls, addresses } = network
  return {
    udp: (address, port, events) => udp(network, ring, { address, port }, events),
    listen: (address, port, events, kind) => listen(network, ring, { address, port, kind }, events),
    connect: (address, port, events, kind = tcp) => {
      const flow = ring.flow(kind.transport, '', 0)
      const stream = new TracedStream(ring, flow, events, { address, port })
      return stream.around(network.connect(address, port, stream.events, kind))
    },
    ...(checkTls === undefined ? {} : { checkTls: tls => network.checkTls?.(tls) }),
    ...(addresses === undefined ? {} : { addresses: (wildcard, found) => network.addresses?.(wildcard, found) }),
  }
}

interface Where {
  readonly address: string
  readonly port: number
}

function udp(network: Network, ring: TraceRing, { address, port }: Where, events: UdpEvents): UdpSocket {
  const flow = ring.flow('UDP', address, port)
  const socket = network.udp(address, port, {
    bound(at, atPort) {
      listening(network, ring, flow, { address: at, port: atPort })
      events.bound(at, atPort)
    },
    datagram(text, from, fromPort) {
      ring.record('in', flow, from, fromPort, text)
      events.datagram(text, from, fromPort)
    },
    failed(error) {
      ring.record('broken', flow, '', 0, error.message)
      events.failed(error)
    },
  })
  return {
    send(text, to, toPort, failed, hops) {
      ring.record('out', flow, to, toPort, text)
      socket.send(text, to, toPort, failed, hops)
    },
    connected(to, toPort, peer) {
      const own = socket.connected?.(to, toPort, {
        datagram(text, from, fromPort) {
          ring.record('in', flow, from, fromPort, text)
          peer.datagram(text, from, fromPort)
        },
        failed(error) {
          ring.record('unreachable', flow, to, toPort, error.message)
          peer.failed(error)
        },
      })
      if (own === undefined) return undefined
      return {
        send(text) {
          ring.record('out', flow, to, toPort, text)
          own.send(text)
        },
        close: () => own.close(),
      }
    },
    ...(socket.join === undefined ? {} : { join: (group, joined) => socket.join?.(group, joined) }),
    close() {
      ring.record('shut', flow, '', 0, '')
      socket.close()
    },
  }
}

function listen(
  network: Network,
  ring: TraceRing,
  { address, port, kind }: Where & { readonly kind: ServerKind | undefined },
  events: ListenerEvents,
): StreamServer {
  const { transport } = kind ?? tcp
  const flow = ring.flow(transport, address, port)
  const server = network.listen(
    address,
    port,
    {
      bound(at, atPort) {
        listening(network, ring, flow, { address: at, port: atPort })
        events.bound(at, atPort)
      },
      accepted(take, from) {
        events.accepted(taken => {
          const own = ring.flow(transport, flow.local.address, flow.local.port)
          const stream = new TracedStream(ring, own, taken, undefined)
          return stream.around(take(stream.events))
        }, from)
      },
      refused: () => events.refused?.(),
      failed(error) {
        ring.record('broken', flow, '', 0, error.message)
        events.failed(error)
      },
    },
    kind,
  )
  const { setTls } = server
  return {
    close() {
      ring.record('shut', flow, '', 0, '')
      server.close()
    },
    ...(setTls === undefined ? {} : { setTls: tls => server.setTls?.(tls) }),
  }
}

/** A wildcard is no address that a packet could have; the one of the default route is. */
function listening(network: Network, ring: TraceRing, flow: TraceFlow, place: Where): void {
  flow.local = place
  ring.record('listening', flow, '', 0, '')
  if (!/^(0\.0\.0\.0|::)$/.test(place.address)) return
  network.addresses?.(place.address, ([first]) => {
    if (first !== undefined) flow.local = { address: first.address, port: place.port }
  })
}

/** One connection: `events` go to the socket, and what is put around the socket to its owner. */
class TracedStream {
  readonly events: StreamEvents
  readonly #ring: TraceRing
  readonly #flow: TraceFlow
  #remote: Where
  #state: 'opening' | 'open' | 'ended'
  #isOurs = false
  #socket: StreamSocket | undefined

  constructor(ring: TraceRing, flow: TraceFlow, events: StreamEvents, connecting: Where | undefined) {
    this.#ring = ring
    this.#flow = flow
    this.#remote = connecting ?? { address: '', port: 0 }
    this.#state = connecting === undefined ? 'open' : 'opening'
    this.events = {
      connected: () => {
        this.#state = 'open'
        this.#locate()
        this.#record('connected', '')
        events.connected()
      },
      chunk: text => {
        this.#record('in', text)
        events.chunk(text)
      },
      closed: error => {
        this.#end(error?.message ?? (this.#isOurs ? 'by us' : 'by the peer'))
        events.closed(error)
      },
      pong: () => events.pong?.(),
      half: isHalf => events.half?.(isHalf),
      ticket: ticket => events.ticket?.(ticket),
    }
  }

  around(socket: StreamSocket): StreamSocket {
    const { address, port, identities, ping } = socket
    this.#socket = socket
    this.#remote = { address, port }
    if (this.#state === 'open') {
      this.#locate()
      this.#record('accepted', '')
    }
    return {
      address,
      port,
      get own() {
        return socket.own
      },
      get queued() {
        return socket.queued
      },
      get isClosing() {
        return socket.isClosing ?? false
      },
      ...(identities === undefined ? {} : { identities }),
      send: text => {
        this.#record('out', text)
        socket.send(text)
      },
      end: () => {
        this.#isOurs = true
        socket.end()
      },
      destroy: () => {
        this.#isOurs = true
        socket.destroy()
      },
      pause: () => socket.pause?.(),
      resume: () => socket.resume?.(),
      ...(ping === undefined ? {} : { ping: () => socket.ping?.() }),
    }
  }

  #locate(): void {
    const own = this.#socket?.own
    if (own !== undefined) this.#flow.local = own
  }

  #end(reason: string): void {
    if (this.#state === 'ended') return
    this.#record(this.#state === 'open' ? 'closed' : 'refused', reason)
    this.#state = 'ended'
  }

  #record(kind: 'in' | 'out' | 'accepted' | 'connected' | 'refused' | 'closed', text: string): void {
    this.#ring.record(kind, this.#flow, this.#remote.address, this.#remote.port, text)
  }
}
