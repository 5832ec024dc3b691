/** The pages of applications over HTTP, on loopback: `/APPLICATION/PATH` goes to the servlet with `doHttp` (JSR 289 §13). */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import type { HttpReply, HttpRequest } from './http-exchange.js'
import { isFromElsewhere } from './http-origin.js'
import type { ServletContainer } from './servlet-container.js'

export interface HttpOptions {
  /** One that the system chooses unless given. */
  readonly port?: number
  /** 127.0.0.1 unless given: it asks nobody for a password. */
  readonly host?: string
  /** Pages elsewhere that may send more than GET, such as `https://desk.example.com`; none unless given, and they get 403. */
  readonly origins?: readonly string[]
}

/** Octets that a request may have in its body. */
const LARGEST = 1_000_000

export class ServletHttp {
  readonly #server: Server

  private constructor(container: ServletContainer, host: string, origins: readonly string[]) {
    this.#server = createServer((request, response) => {
      if (isOwnHost(request.headers.host, host)) void answerHttp(container, request, response, origins)
      else write(response, { status: 403, type: 'text/plain', body: 'Not the name of this server' })
    })
  }

  /** Resolves when it listens; rejects when it cannot. */
  static async start(
    container: ServletContainer,
    { port = 0, host = '127.0.0.1', origins = [] }: HttpOptions = {},
  ): Promise<ServletHttp> {
    const http = new ServletHttp(container, host, origins)
    http.#server.listen(port, host)
    await once(http.#server, 'listening')
    return http
  }

  /** Where it listens, as `http://127.0.0.1:8080`. */
  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') return ''
    return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** Names that others made to lead here (DNS rebinding) are not ours: only addresses are, and localhost. */
export function isOwnHost(host: string | undefined, address: string): boolean {
  const name = host?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === address || (name !== undefined && isIP(name) !== 0)
}

/** The application that a path is for; undefined for one that names none. */
export function applicationIn(path: string): string | undefined {
  try {
    return decodeURIComponent(/^\/([^/?]+)/.exec(path)?.[1] ?? '') || undefined
  } catch {
    // A stray percent sign names nothing.
    return undefined
  }
}

/** Answers a request with what its application says, unless a page of another site sends it. Never rejects. */
export async function answerHttp(
  container: ServletContainer,
  request: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[] = [],
): Promise<void> {
  try {
    if (isFromElsewhere(request.method, request.headers, origins)) {
      return write(response, { status: 403, type: 'text/plain', body: 'Not from another site' })
    }
    const body = await bodyOf(request)
    if (body === undefined) return write(response, { status: 413, type: 'text/plain', body: 'Too large' })
    const url = urlOf(request)
    const application = url && applicationIn(url.pathname)
    if (url === undefined || application === undefined) return write(response, { status: 400 })
    const path = url.pathname.slice(1).replace(/^[^/]*/, '') || '/'
    write(response, await container.http(application, exchange(request, url, path, body)))
  } catch {
    // The client is gone, or the reply is none that HTTP has; the container has said what applications did wrong.
    response.destroy()
  }
}

function exchange(request: IncomingMessage, url: URL, path: string, body: Uint8Array): HttpRequest {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  return { method: request.method ?? 'GET', path, query: url.searchParams, headers, body }
}

/** What an application forgets to escape runs nothing, unless it says otherwise. */
const careful = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'self'; script-src 'none'; frame-ancestors 'none'",
}

function write(
  response: ServerResponse,
  { status = 200, type = 'text/html; charset=utf-8', headers, body = '' }: HttpReply,
): void {
  response.writeHead(status, { ...careful, ...headers, 'Content-Type': type })
  response.end(body)
}

/** Undefined for what is too large. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const octets = Buffer.from(chunk)
    size += octets.length
    if (size > LARGEST) return undefined
    chunks.push(octets)
  }
  return Buffer.concat(chunks)
}

function urlOf({ url = '/' }: IncomingMessage): URL | undefined {
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost') : undefined
}
