/** System headers: those that belong to the container, and that no servlet writes (JSR 289 §4.1.2). */

import type { Request, Response } from '../sip/sip.js'

type Message = Request | Response

const always: ReadonlySet<string> = new Set([
  'via',
  'call-id',
  'cseq',
  'route',
  'record-route',
  'path',
  'rseq',
  'rack',
  'content-length',
])
const parties: ReadonlySet<string> = new Set(['from', 'to'])

/** The name as grammar knows it, whatever form it was given in. */
function keyOf(message: Message, name: string): string {
  return message.grammar.find(name).key
}

/** Contact is the application's where it does not say where a dialog is: in REGISTER, redirections, and answers to OPTIONS. */
function isContactFree(message: Message): boolean {
  const { method } = message.cseq
  if (method === 'REGISTER') return true
  if (message.kind === 'request') return false
  const { status } = message
  return (status >= 300 && status < 400) || status === 485 || (method === 'OPTIONS' && message.isSuccess)
}

export function isSystemHeader(message: Message, name: string): boolean {
  const key = keyOf(message, name)
  return always.has(key) || (key === 'contact' && !isContactFree(message))
}

/** Throws TypeError for system headers, and for From and To where the message is not a new request. */
export function checkWritable(message: Message, name: string, isNew: boolean): void {
  if (isSystemHeader(message, name)) throw new TypeError(`${name} is a system header: the container writes it`)
  if (parties.has(keyOf(message, name)) && !isNew) {
    throw new TypeError(`${name} can be changed in a new request only`)
  }
}

/** What the application has said in headers: all but those that the container writes. By name, each with its lines. */
export function ownHeaders(message: Message): Readonly<Record<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  for (const { header, raw } of message.fields) {
    // The routing headers besides: From, To and Max-Forwards.
    if (header.routing !== 0 || isSystemHeader(message, header.name)) continue
    found.set(header.name, [...(found.get(header.name) ?? []), raw])
  }
  return Object.fromEntries(found)
}
