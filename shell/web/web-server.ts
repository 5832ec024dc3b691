/** HTTP for people and programs that watch a server: the live page, metrics, health. For the own machine unless told otherwise. */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { answerHttp, applicationIn, isOwnHost, type ServletContainer } from '../../apps/servlet/servlet.js'
import type { SipStack } from '../../apps/sip/sip.js'
import { EnvironmentError, UsageError } from '../command.js'
import { topicNames } from '../show.js'
import { version } from '../version.js'
import { LiveView, type Wish } from './live-view.js'
import { metricsOf, metricsType } from './metrics.js'

/** Pages that may look at a time. */
const VIEWERS = 20
/** Octets of what a page may say. */
const LONGEST = 4096
/** Octets that may wait for a page that does not read; it is closed then. */
const WAITING = 4 * 1024 * 1024

export interface WebServer {
  /** As for a browser. */
  readonly url: string
  close(): void
}

/**
 * Throws UsageError unless `where` is PORT, or ADDRESS:PORT; rejects with EnvironmentError when that cannot be had. What
 * is below `/APPLICATION/` is answered by the applications of the container.
 */
export async function startWeb(stack: SipStack, where: string, container?: ServletContainer): Promise<WebServer> {
  const { address, port } = placeOf(where)
  const isOwn = (host: string | undefined): boolean => isOwnHost(host, address)
  const server = createServer((request, response) => {
    const own = isOwn(request.headers.host)
    const { url = '' } = request
    if (own && container?.applications.includes(applicationIn(url) ?? '')) void answerHttp(container, request, response)
    else answer(stack, own, request, response).catch(() => response.destroy())
  })
  const viewers = new WebSocketServer({ noServer: true, maxPayload: LONGEST })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { host, origin } = request.headers
    // A page of another site must not read what goes on here.
    const isSame = origin === undefined || origin === `http://${host}`
    if (request.url !== '/live' || !isOwn(host) || !isSame || viewers.clients.size >= VIEWERS) return socket.destroy()
    return viewers.handleUpgrade(request, socket, head, viewer => watch(stack, viewer))
  })
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new EnvironmentError(`--web: cannot listen on ${where} (${code}); take another port, or 0 for a free one`)
  }
  const bound = server.address()
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${actual}/`,
    close: () => {
      for (const viewer of viewers.clients) viewer.terminate()
      server.close()
      server.closeAllConnections()
    },
  }
}

function placeOf(where: string): { readonly address: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(where) ?? []
  const address = bracketed ?? plain ?? '127.0.0.1'
  const port = Number(digits)
  if (digits !== undefined && port < 65_536 && isIP(address) !== 0) return { address, port }
  throw new UsageError(`--web takes a port, or ADDRESS:PORT, such as 8080 or 127.0.0.1:8080, not "${where}"`)
}

const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['page.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
}

async function answer(
  stack: SipStack,
  isOwn: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, url = '' } = request
  const end = (status: number, type: string, body: string | Buffer): void => {
    response.writeHead(status, {
      'Content-Type': type,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'",
    })
    response.end(method === 'HEAD' ? undefined : body)
  }
  const plain = 'text/plain; charset=utf-8'
  if (method !== 'GET' && method !== 'HEAD') return end(405, plain, 'only GET\n')
  if (!isOwn) return end(421, plain, 'this is for the name of this machine only\n')
  const file = Object.hasOwn(files, url) ? files[url] : undefined
  if (file !== undefined)
    return end(200, file[1], readFileSync(new URL(`../../../shell/web/${file[0]}`, import.meta.url)))
  if (url === '/metrics') return end(200, metricsType, await metricsOf(stack))
  if (url === '/health')
    return end(stack.isDraining ? 503 : 200, 'application/json', `${JSON.stringify(health(stack))}\n`)
  return end(404, plain, 'there is /, /metrics and /health\n')
}

function health(stack: SipStack): object {
  const status = stack.isDraining ? 'draining' : 'ok'
  return { status, version, listening: stack.listening, threads: stack.threads().length }
}

function watch(stack: SipStack, viewer: WebSocket): void {
  const send = (data: object): void => {
    if (viewer.bufferedAmount > WAITING) viewer.terminate()
    else viewer.send(JSON.stringify(data))
  }
  const view = new LiveView(stack, send)
  viewer.on('message', data => {
    const wish = wishIn(String(data))
    if (wish === undefined) viewer.close(1007)
    else view.want(wish)
  })
  viewer.on('close', () => view.close())
  viewer.on('error', () => viewer.terminate())
  send({ about: { version, listening: stack.listening, topics: topicNames, isTraced: stack.trace !== undefined } })
}

function wishIn(text: string): Wish | undefined {
  try {
    const { callId, topic }: { callId?: unknown; topic?: unknown } = Object(JSON.parse(text))
    return {
      ...(typeof callId === 'string' ? { callId } : {}),
      ...(typeof topic === 'string' && topicNames.includes(topic) ? { topic } : {}),
    }
  } catch {
    return undefined
  }
}
