/** Messages and shorthands shared by the syntax tests. */

import { expect } from 'chai'
import type { Fault } from '../../../apps/sip/syntax/fault.js'
import type { Request, Response } from '../../../apps/sip/syntax/message.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'

/** Lines ended by CRLF. */
export function lines(...text: readonly string[]): string {
  return `${text.join('\r\n')}\r\n`
}

/** An OPTIONS request whose headers can be replaced by name and added to. */
export function optionsWith(changes: Readonly<Record<string, string | undefined>> = {}, body: string = ''): string {
  const headers: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc;rport',
    'Max-Forwards': '70',
    From: '"Ann" <sip:ann@example.com>;tag=f1',
    To: '<sip:bob@example.org>',
    'Call-ID': 'c1@192.0.2.1',
    CSeq: '7 OPTIONS',
    ...changes,
  }
  const fields = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return `${lines('OPTIONS sip:bob@example.org SIP/2.0', ...fields, `Content-Length: ${body.length}`)}\r\n${body}`
}

export function requestOf(text: string): Request {
  const parsed = parseMessage(text)
  if (parsed.kind === 'ok' && parsed.message.kind === 'request') return parsed.message
  return expect.fail(`not a request: ${JSON.stringify(parsed.kind === 'fault' ? parsed.fault.reason : parsed.kind)}`)
}

export function responseOf(text: string): Response {
  const parsed = parseMessage(text)
  if (parsed.kind === 'ok' && parsed.message.kind === 'response') return parsed.message
  return expect.fail(`not a response: ${JSON.stringify(parsed.kind === 'fault' ? parsed.fault.reason : parsed.kind)}`)
}

export function faultOf(text: string): Fault {
  const parsed = parseMessage(text)
  return parsed.kind === 'fault' ? parsed.fault : expect.fail(`no fault but ${parsed.kind}`)
}
