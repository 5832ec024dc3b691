/** Sockets of a raw peer: messages out as they are, messages in as texts, over UDP or TCP. */

import { Framer, type Network, type StreamEvents, type StreamSocket } from '../sip/sip.js'

export interface Place {
  readonly address: string
  readonly port: number
}

/** The way to a peer: the address that a datagram came from, or a connection. */
export interface Line {
  send(text: string): void
  /** Closes the connection; nothing over UDP. */
  close(): void
}

export interface RawTransport {
  /** Where it listens. */
  readonly place: Place
  /** The way to a place; a connection is made where there is none yet. */
  to(place: Place): Line
  close(): void
}

export interface RawEvents {
  message(text: string, line: Line): void
  closed(line: Line): void
}

export type TransportName = 'udp' | 'tcp'

/** Resolves when it listens, rejects when it cannot. */
export function openRaw(
  transport: TransportName,
  network: Network,
  at: Place,
  events: RawEvents,
): Promise<RawTransport> {
  return transport === 'udp' ? openUdp(network, at, events) : openTcp(network, at, events)
}

function openUdp(network: Network, at: Place, events: RawEvents): Promise<RawTransport> {
  return new Promise((resolve, reject) => {
    const to = ({ address, port }: Place): Line => ({
      send: text => socket.send(text, address, port),
      close: () => undefined,
    })
    const socket = network.udp(at.address, at.port, {
      bound: (address, port) => resolve({ place: { address, port }, to, close: () => socket.close() }),
      datagram: (text, address, port) => events.message(text, to({ address, port })),
      failed: reject,
    })
  })
}

function openTcp(network: Network, at: Place, events: RawEvents): Promise<RawTransport> {
  const open = new Set<StreamSocket>()
  const lines = new Map<string, Line>()

  function line(start: (on: StreamEvents) => StreamSocket, key?: string): Line {
    const framer = new Framer()
    const waiting: string[] = []
    let connected = key === undefined
    const socket = start({
      connected: () => {
        connected = true
        for (const text of waiting.splice(0)) socket.send(text)
      },
      chunk: chunk => {
        for (const frame of framer.push(chunk)) if (frame.kind === 'message') events.message(frame.text, self)
      },
      closed: () => {
        open.delete(socket)
        if (key !== undefined && lines.get(key) === self) lines.delete(key)
        events.closed(self)
      },
    })
    const self: Line = {
      send: text => void (connected ? socket.send(text) : waiting.push(text)),
      close: () => {
        if (key !== undefined && lines.get(key) === self) lines.delete(key)
        socket.end()
      },
    }
    open.add(socket)
    if (key !== undefined) lines.set(key, self)
    return self
  }

  function to({ address, port }: Place): Line {
    const key = `${address}:${port}`
    return lines.get(key) ?? line(on => network.connect(address, port, on), key)
  }

  return new Promise((resolve, reject) => {
    const listener = network.listen(at.address, at.port, {
      bound: (address, port) =>
        resolve({
          place: { address, port },
          to,
          close: () => {
            listener.close()
            for (const socket of open) socket.destroy()
          },
        }),
      accepted: take => void line(take),
      failed: reject,
    })
  })
}
