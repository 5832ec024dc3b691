/** Messages and shorthands shared by the syntax tests. */

import { expect } from 'chai'
import type { Fault } from '../../../apps/sip/syntax/fault.js'
import type { Request, Response } from '../../../apps/sip/syntax/message.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'

/** Lines ended by CRLF. */
export function lines(...text: readonly string[]): string {
  return `${text.join('\r\n')}\r\n`
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
