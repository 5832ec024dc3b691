/** HTTP for servlet applications: `/APPLICATION/…` is answered by the servlet of it that answers HTTP (JSR 289 §13). */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpReply, ServletContainer } from '../../apps/servlet/servlet.js'

/** Octets that a request may bring. */
const LARGEST = 1024 * 1024

/** Answers what is for an application; false, and nothing done, when there is none of that name. */
export async function answerApplication(
  container: ServletContainer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const url = new URL(request.url ?? '', 'http://localhost')
  const [, name = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(url.pathname) ?? []
  if (!container.applications.includes(decoded(name))) return false
  const body = await bodyOf(request)
  const { method = 'GET' } = request
  const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]))
  const reply: HttpReply =
    body === undefined
      ? { status: 413, type: 'text/plain; charset=utf-8', body: 'too large\n' }
      : await container.http(decoded(name), { method, path, query: url.searchParams, headers, body })
  response.writeHead(reply.status ?? 200, {
    'Content-Type': reply.type ?? 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // What an application forgets to escape runs nothing.
    'Content-Security-Policy': "default-src 'self'; script-src 'none'; frame-ancestors 'none'",
    ...reply.headers,
  })
  response.end(method === 'HEAD' ? undefined : reply.body)
  return true
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    // No name at all: nothing is deployed under what cannot be decoded.
    return ''
  }
}

/** Undefined when there is too much of it. */
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
