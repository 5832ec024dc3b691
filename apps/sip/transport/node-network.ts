/** The network of this machine, by node:dgram and node:net. */

import { createSocket } from 'node:dgram'
import { createServer, isIPv6, type Socket, connect as tcpConnect } from 'node:net'
import type { Closable, ListenerEvents, Network, StreamEvents, StreamSocket, UdpEvents, UdpSocket } from './network.js'

/** Names never get here; answering at once spares a resolver call and a turn of the loop for each datagram. */
function literal(
  hostname: string,
  _options: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, hostname, hostname.includes(':') ? 6 : 4)
}

export const nodeNetwork: Network = { udp, listen, connect }

function udp(address: string, port: number, events: UdpEvents): UdpSocket {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', lookup: literal })
  socket.on('message', (datagram, peer) => events.datagram(datagram.toString('latin1'), peer.address, peer.port))
  socket.on('error', error => events.failed(error))
  socket.on('listening', () => {
    const bound = socket.address()
    events.bound(bound.address, bound.port)
  })
  socket.bind(port, address)
  let open = true
  return {
    send(text, to, toPort, failed) {
      const octets = Buffer.from(text, 'latin1')
      // Without a callback an error is nobody's, which is right for what is repeated anyway, and saves a turn of the loop.
      if (failed === undefined) socket.send(octets, 0, octets.length, toPort, to)
      else socket.send(octets, 0, octets.length, toPort, to, error => error && failed(error))
    },
    close() {
      if (open) socket.close()
      open = false
    },
  }
}

function listen(address: string, port: number, events: ListenerEvents): Closable {
  const server = createServer({ noDelay: true }, socket => {
    // Until somebody takes the connection its errors would be nobody's, and so the process's.
    socket.on('error', () => undefined)
    events.accepted(take => stream(socket, take))
  })
  server.on('error', error => events.failed(error))
  server.listen(port, address, () => {
    const bound = server.address()
    if (bound !== null && typeof bound === 'object') events.bound(bound.address, bound.port)
  })
  return { close: () => server.close() }
}

function connect(address: string, port: number, events: StreamEvents): StreamSocket {
  const socket = tcpConnect({ host: address, port, noDelay: true, lookup: literal })
  socket.on('connect', () => events.connected())
  return stream(socket, events, address, port)
}

function stream(
  socket: Socket,
  events: StreamEvents,
  address: string = socket.remoteAddress ?? '',
  port: number = socket.remotePort ?? 0,
): StreamSocket {
  let failure: Error | undefined
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => events.chunk(text))
  socket.on('error', error => {
    failure = error
  })
  if (socket.destroyed) setImmediate(() => events.closed())
  else socket.on('close', () => events.closed(failure))
  return {
    address,
    port,
    get queued() {
      return socket.writableLength
    },
    send: text => void socket.write(text, 'latin1'),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}
