/** Request-Line and Status-Line: §7.1, §7.2. */

import { spanOf, TOKEN } from './char-class.js'
import { Cursor } from './cursor.js'
import type { Wrong } from './fault.js'
import type { Limits } from './limits.js'
import { parseUriIn, type Uri } from './uri.js'

const SP = 32
const ZERO = 48
const version = 'SIP/2.0'

export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: Uri; readonly exact: boolean }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string; readonly exact: boolean }
  /** Without a method nothing is owed: it is a bad status line, or no SIP at all. */
  | { readonly kind: 'fault'; readonly method: string | undefined; readonly wrong: Wrong }

/** Reads the line between two indexes. `exact` is false when the version was written in another case (§7.1). */
export function parseStartLine(text: string, start: number, end: number, limits: Limits): StartLine {
  if (text.startsWith('SIP/', start)) return parseStatusLine(text, start, end)
  const methodEnd = spanOf(text, start, end, TOKEN)
  if (methodEnd === start || text.charCodeAt(methodEnd) !== SP) {
    const status = text.slice(start, start + 4).toUpperCase() === 'SIP/'
    return status ? parseStatusLine(text, start, end) : fault(undefined, { reason: 'Not a SIP Start Line' })
  }
  return parseRequestLine(new Cursor(text, start, end, limits), methodEnd)
}

function parseRequestLine(line: Cursor, methodEnd: number): StartLine {
  const { text, end } = line
  const method = text.substring(line.at, methodEnd)
  const versionAt = end - version.length
  const exact = text.startsWith(version, versionAt)
  if (!exact || text.charCodeAt(versionAt - 1) !== SP) {
    const lastBlank = text.lastIndexOf(' ', end - 1)
    if (lastBlank <= methodEnd) return fault(undefined, { reason: 'Not a SIP Start Line' })
    const written = text.slice(lastBlank + 1, end)
    if (written === '') return fault(method, { reason: 'Blank at End of Request-Line' })
    if (!/^SIP\/\d+\.\d+$/i.test(written)) return fault(method, { reason: 'Malformed SIP-Version' })
    if (written.toUpperCase() !== version) return fault(method, { status: 505, reason: 'Version Not Supported' })
  }
  const uriEnd = versionAt - 1
  const uri = uriEnd > methodEnd ? parseUriIn(line, methodEnd + 1, uriEnd) : undefined
  if (uri !== undefined) return { kind: 'request', method, uri, exact }
  const reason = 'Malformed Request-URI'
  return fault(method, line.passed === undefined ? { reason } : { reason, limit: line.passed })
}

function parseStatusLine(text: string, start: number, end: number): StartLine {
  const exact = text.startsWith('SIP/2.0 ', start)
  if (!exact && text.slice(start, start + 8).toUpperCase() !== 'SIP/2.0 ') {
    return fault(undefined, { reason: 'Version Not Supported' })
  }
  const codeAt = start + 8
  const codeEnd = codeAt + 3
  // §7.2: a blank follows the code even when the phrase is empty; some forget it then.
  const blank = codeEnd === end || text.charCodeAt(codeEnd) === SP
  const status = codeEnd <= end && blank ? statusAt(text, codeAt) : -1
  if (status < 100 || status > 699) return fault(undefined, { reason: 'Malformed Status-Code' })
  return { kind: 'response', status, reason: text.slice(codeEnd + 1, end), exact }
}

/** Three digits as a number, or -1. */
function statusAt(text: string, at: number): number {
  let status = 0
  for (let next = at; next < at + 3; next++) {
    const digit = text.charCodeAt(next) - ZERO
    if (digit < 0 || digit > 9) return -1
    status = status * 10 + digit
  }
  return status
}

function fault(method: string | undefined, wrong: Wrong): StartLine {
  return { kind: 'fault', method, wrong }
}
