/** The network of this machine, by node:net, node:tls and node:http; `node-udp.ts` has its other half. */

import { createSocket } from 'node:dgram'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer, isIP, isIPv6, type Server, type Socket, connect as tcpConnect } from 'node:net'
import { networkInterfaces } from 'node:os'
import {
  type ConnectionOptions,
  createServer as createTlsServer,
  Server as NodeTlsServer,
  TLSSocket,
  connect as tlsConnect,
} from 'node:tls'
import { type Certificate, isIdentity, sipIdentities } from './certificate-identity.js'
import type {
  ClientKind,
  InterfaceAddress,
  ListenerEvents,
  Network,
  ServerKind,
  StreamEvents,
  StreamServer,
  StreamSocket,
} from './network.js'
import { Newcomers } from './newcomers.js'
import { literal, nodeUdp } from './node-udp.js'
import { checkTls, contextOf, TlsServer } from './tls-server.js'
import { acceptWebSockets, connectWebSocket, ownEnd } from './websocket.js'

export const nodeNetwork: Network = { udp: nodeUdp, listen, connect, addresses, checkTls }

const tcp = { transport: 'TCP' } as const
/** ms where nothing else is said. */
const HANDSHAKE = 10_000

function listen(address: string, port: number, events: ListenerEvents, kind: ServerKind = tcp): StreamServer {
  const newcomers = new Newcomers(kind.mostOfOne ?? Number.POSITIVE_INFINITY, () => events.refused?.())
  const identity = new TlsServer(kind.handshake ?? HANDSHAKE)
  const accepted: ListenerEvents['accepted'] = (take, from) =>
    events.accepted(taken => {
      const socket = take(taken)
      newcomers.taken(socket)
      return socket
    }, from)
  const server = attempt(
    () => serverOf(kind, { ...events, accepted }, identity),
    error => events.failed(error),
  )
  if (server === undefined) return { close: () => undefined }
  if (kind.most !== undefined) server.maxConnections = kind.most
  newcomers.watch(server)
  server.on('error', error => events.failed(error))
  server.listen({ port, host: address, ipv6Only: isIPv6(address) }, () => {
    const bound = server.address()
    if (bound !== null && typeof bound === 'object') events.bound(bound.address, bound.port)
  })
  const close = (): void => {
    server.close()
    newcomers.close()
  }
  return server instanceof NodeTlsServer ? { close, setTls: tls => identity.use(server, tls) } : { close }
}

/** Keys that cannot be used make node:tls throw: that is a listener that cannot start, or a connection that cannot be made. */
function attempt<T>(make: () => T, failed: (error: Error) => void): T | undefined {
  try {
    return make()
  } catch (error) {
    setImmediate(() => failed(error instanceof Error ? error : new Error(String(error))))
    return undefined
  }
}

function serverOf(kind: ServerKind, events: ListenerEvents, identity: TlsServer): Server {
  const { transport, tls = {}, handshake = HANDSHAKE } = kind
  const web = { noDelay: true, headersTimeout: handshake, connectionsCheckingInterval: 5000 }
  const accepted = (socket: Socket): void => accept(socket, events)
  const secured = <S extends NodeTlsServer>(server: S): S => {
    identity.use(server, tls)
    // Node leaves open whoever did not shake hands in time.
    server.removeAllListeners('tlsClientError').on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }
  switch (transport) {
    case 'TCP':
      return createServer({ noDelay: true }, accepted)
    case 'TLS':
      return secured(createTlsServer(identity.options(tls), accepted))
    case 'WS':
      return upgrading(createHttpServer(web), kind, events)
    case 'WSS':
      return upgrading(secured(createHttpsServer({ ...web, ...identity.options(tls) })), kind, events)
  }
}

function accept(socket: Socket, events: ListenerEvents): void {
  // Until somebody takes the connection its errors would be nobody's, and so the process's.
  socket.on('error', () => undefined)
  socket.setNoDelay(true)
  const { remoteAddress, remotePort } = socket
  // Whoever resets the connection at once is gone before it can be asked who it was.
  if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy()
  // Now: whoever is gone when the connection is taken has no certificate any more.
  const proven = socket instanceof TLSSocket && socket.authorized
  const identities = proven ? sipIdentities(socket.getPeerCertificate()) : undefined
  events.accepted(take => {
    const taken = stream(socket, take, remoteAddress, remotePort)
    return identities === undefined ? taken : Object.assign(taken, { identities })
  }, remoteAddress)
}

/** A web server that does nothing but to become WebSocket (RFC 9110 §15.5.22). */
function upgrading<S extends HttpServer | HttpsServer>(server: S, kind: ServerKind, events: ListenerEvents): S {
  server.on('request', (_request, response) => {
    response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end()
  })
  acceptWebSockets(server, kind, events)
  return server
}

function connect(address: string, port: number, events: StreamEvents, kind: ClientKind = tcp): StreamSocket {
  const socket = attempt(
    () => client(address, port, events, kind),
    error => events.closed(error),
  )
  const nothing = (): void => undefined
  return socket ?? { address, port, queued: 0, send: nothing, end: nothing, destroy: nothing }
}

function client(address: string, port: number, events: StreamEvents, kind: ClientKind): StreamSocket {
  const { transport, name = address } = kind
  switch (transport) {
    case 'TCP': {
      const socket = tcpConnect({ host: address, port, noDelay: true, lookup: literal })
      socket.on('connect', () => events.connected())
      return stream(socket, events, address, port)
    }
    case 'TLS': {
      const socket = tlsConnect({ host: address, port, lookup: literal, ...clientTls(kind, name) })
      socket.setNoDelay(true)
      socket.on('secureConnect', () => events.connected())
      socket.on('session', ticket => events.ticket?.(ticket))
      const { keyLog } = kind.tls ?? {}
      if (keyLog !== undefined) socket.on('keylog', (line: Buffer) => keyLog(line.toString('latin1').trimEnd()))
      return stream(socket, events, address, port)
    }
    case 'WS':
      return connectWebSocket({ secure: false, address, port, name, tls: {} }, events)
    case 'WSS':
      return connectWebSocket({ secure: true, address, port, name, tls: clientTls(kind, name) }, events)
  }
}

/** The name asked for and proven is the one before resolution, never where it led to (RFC 5922 §7.3). */
function clientTls({ tls = {}, ticket }: ClientKind, name: string): ConnectionOptions {
  return {
    ...contextOf(tls),
    ...(ticket === undefined ? {} : { session: Buffer.from(ticket) }),
    servername: isIP(name) > 0 ? '' : name,
    rejectUnauthorized: tls.verify !== false,
    checkServerIdentity: (_host, certificate: Certificate) =>
      isIdentity(name, sipIdentities(certificate))
        ? undefined
        : new Error(`the certificate is not that of ${name} (RFC 5922)`),
  }
}

function stream(socket: Socket, events: StreamEvents, address: string, port: number): StreamSocket {
  let failure: Error | undefined
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => events.chunk(text))
  socket.on('error', error => {
    failure = error
  })
  if (socket.destroyed) setImmediate(() => events.closed())
  else socket.on('close', () => events.closed(failure))
  /** What leaves with this turn of the event loop, by one call of the system. */
  let gathered = ''
  const flush = (): void => {
    const text = gathered
    gathered = ''
    if (text !== '') socket.write(text, 'latin1')
  }
  const send = (text: string): void => {
    if (gathered === '') process.nextTick(flush)
    gathered += text
  }
  return {
    address,
    port,
    get own() {
      return ownEnd(socket)
    },
    get queued() {
      return socket.writableLength
    },
    get isClosing() {
      return !socket.writable
    },
    send,
    end: () => {
      flush()
      socket.end()
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => {
      flush()
      socket.destroy()
    },
  }
}

/** Addresses for documentation: choosing a route there tells the address of the default route, and sends nothing. */
const elsewhere = { udp4: '192.0.2.1', udp6: '2001:db8::1' } as const

function addresses(wildcard: string, found: (addresses: readonly InterfaceAddress[]) => void): void {
  const type = isIPv6(wildcard) ? 'udp6' : 'udp4'
  const all = Object.values(networkInterfaces()).flatMap(each => each ?? [])
  const own = all.filter(each => isIPv6(each.address) === isIPv6(wildcard) && !/^fe80:/i.test(each.address))
  const socket = createSocket({ type, lookup: literal })
  let done = false
  const settle = (first: string | undefined): void => {
    if (done) return
    done = true
    socket.close()
    const rank = (each: { readonly address: string; readonly internal: boolean }): number =>
      each.address === first ? 0 : each.internal ? 2 : 1
    const sorted = own.sort((a, b) => rank(a) - rank(b))
    found(sorted.map(({ address, cidr }) => ({ address, prefix: Number(cidr?.split('/')[1] ?? 0) })))
  }
  socket.on('error', () => settle(undefined))
  socket.connect(9, elsewhere[type], () => settle(socket.address().address))
}
