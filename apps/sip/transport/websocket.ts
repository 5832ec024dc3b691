/** SIP over WebSocket, on the ws package: sub-protocol, one message per frame, pings (RFC 7118 §4, §5). */

import { type Socket, connect as tcpConnect } from 'node:net'
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { hostPort } from './flow.js'
import { HalfMessage } from './half-message.js'
import type { ListenerEvents, ServerKind, StreamEvents, StreamSocket } from './network.js'
import { withoutZone } from './zone.js'

/** What WebSocketServer upgrades connections of. */
export type WebServer = NonNullable<NonNullable<ConstructorParameters<typeof WebSocketServer>[0]>['server']>
type Upgrade = Parameters<WebSocketServer['shouldHandle']>[0]

/** RFC 7118 §4.1. */
const SUB_PROTOCOL = 'sip'
/** Octets of one frame: more than any message may have. */
const LARGEST = 1_000_000

/** Takes the WebSocket connections of a web server that listens. */
export function acceptWebSockets(
  server: WebServer,
  { origins, most = Number.POSITIVE_INFINITY }: ServerKind,
  events: ListenerEvents,
): WebSocketServer {
  const sockets = new WebSocketServer({
    server,
    maxPayload: LARGEST,
    perMessageDeflate: false,
    handleProtocols: offered => offered.has(SUB_PROTOCOL) && SUB_PROTOCOL,
    verifyClient: ({ origin, req }, done) => {
      if (!protocolsOf(req).includes(SUB_PROTOCOL)) done(false, 400, 'The sub-protocol sip is needed')
      else if (origins !== undefined && !origins.includes(origin)) done(false, 403, 'This origin is not allowed')
      else done(sockets.clients.size < most, 503)
    },
  })
  sockets.on('connection', (socket, request) => {
    socket.pause()
    socket.on('error', () => undefined)
    const { remoteAddress, remotePort } = request.socket
    if (remoteAddress === undefined || remotePort === undefined) return socket.terminate()
    events.accepted(take => {
      const stream = webStream(socket, take, { address: remoteAddress, port: remotePort, carrier: request.socket })
      socket.resume()
      return stream
    }, remoteAddress)
  })
  return sockets
}

function protocolsOf({ headers }: Upgrade): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map(each => each.trim())
}

export interface WebClientOptions {
  readonly secure: boolean
  readonly address: string
  readonly port: number
  /** The host before resolution. */
  readonly name: string
  /** For node:tls. */
  readonly tls: ConnectionOptions
}

export function connectWebSocket(options: WebClientOptions, events: StreamEvents): StreamSocket {
  const { secure, address, port, name, tls } = options
  const to = { host: address, port }
  const socket = new WebSocket(`${secure ? 'wss' : 'ws'}://${hostPort(withoutZone(address), port)}/`, [SUB_PROTOCOL], {
    maxPayload: LARGEST,
    perMessageDeflate: false,
    headers: { Host: hostPort(withoutZone(name), port) },
    // By itself it would go where the URL says, which cannot hold a zone.
    createConnection: () => (secure ? tlsConnect({ ...tls, ...to }) : tcpConnect(to)),
  })
  socket.on('open', () => {
    if (socket.protocol === SUB_PROTOCOL) events.connected()
    else socket.terminate()
  })
  return webStream(socket, events, { address, port, carrier: undefined })
}

interface WebPeer {
  readonly address: string
  readonly port: number
  /** What the WebSocket runs over; a client learns of it with the answer to its handshake. */
  readonly carrier: Socket | undefined
}

function webStream(socket: WebSocket, events: StreamEvents, { address, port, carrier }: WebPeer): StreamSocket {
  let failure: Error | undefined
  let below = carrier
  if (carrier !== undefined) watch(carrier, events)
  socket.on('upgrade', response => {
    below = response.socket
    watch(below, events)
  })
  socket.on('message', (data: RawData) => events.chunk(octets(data)))
  socket.on('pong', () => events.pong?.())
  socket.on('error', error => {
    failure = error
  })
  // It may be gone before it is taken.
  if (socket.readyState === WebSocket.CLOSED) process.nextTick(() => events.closed())
  else socket.on('close', () => events.closed(failure))
  return {
    address,
    port,
    get own() {
      return below && ownEnd(below)
    },
    get queued() {
      return socket.bufferedAmount
    },
    get isClosing() {
      return socket.readyState > WebSocket.OPEN
    },
    // RFC 7118 §4.2: a text frame is UTF-8; what is not goes as a binary one.
    send: text => {
      const data = Buffer.from(text, 'latin1')
      socket.send(data, { binary: /[\x80-\xff]/.test(text) && !isUtf8(data) }, () => undefined)
    },
    end: () => socket.close(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    destroy: () => socket.terminate(),
    ping: () => socket.ping(),
  }
}

/** Looks at the octets first, so that the end of a message is told before the message. */
function watch(carrier: Socket, events: StreamEvents): void {
  const message = new HalfMessage()
  let told = 0
  carrier.prependListener('data', (octets: Buffer) => {
    message.push(octets)
    if (message.number === told) return
    told = message.number
    events.half?.(told !== 0)
  })
}

export function ownEnd({
  localAddress,
  localPort,
}: Pick<Socket, 'localAddress' | 'localPort'>): { address: string; port: number } | undefined {
  if (localAddress === undefined || localPort === undefined) return undefined
  return { address: localAddress, port: localPort }
}

function isUtf8(data: Buffer): boolean {
  return Buffer.from(data.toString('utf8'), 'utf8').equals(data)
}

function octets(data: RawData): string {
  if (Array.isArray(data)) return data.map(octets).join('')
  return Buffer.isBuffer(data) ? data.toString('latin1') : Buffer.from(data).toString('latin1')
}
