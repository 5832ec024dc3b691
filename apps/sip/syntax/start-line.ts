/** Request-Line and Status-Line: §7.1, §7.2. */

import { spanOf, TOKEN } from './char-class.js'
import type { Limits } from './limits.js'
import { parseUriIn, type Uri } from './uri.js'

const SP = 32
const version = 'SIP/2.0'

export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: Uri; readonly exact: boolean }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string; readonly exact: boolean }
  | {
      readonly kind: 'fault'
      /** Owed when it is a request; a bad status line owes nothing. */
      readonly status: number | undefined
      readonly why: string
      readonly method: string | undefined
    }

/** Reads the line between two indexes. `exact` is false when the version was written in another case (§7.1). */
export function parseStartLine(text: string, start: number, end: number, limits: Limits): StartLine {
  if (text.startsWith('SIP/', start)) return parseStatusLine(text, start, end)
  const methodEnd = spanOf(text, start, end, TOKEN)
  if (methodEnd === start || text.charCodeAt(methodEnd) !== SP) {
    const status = text.slice(start, start + 4).toUpperCase() === 'SIP/'
    return status ? parseStatusLine(text, start, end) : fault(undefined, 'Not a SIP Start Line', undefined)
  }
  return parseRequestLine(text, methodEnd, { start, end, limits })
}

function parseRequestLine(
  text: string,
  methodEnd: number,
  line: { readonly start: number; readonly end: number; readonly limits: Limits },
): StartLine {
  const method = text.substring(line.start, methodEnd)
  const { end } = line
  const versionAt = end - version.length
  const exact = text.startsWith(version, versionAt)
  if (!exact || text.charCodeAt(versionAt - 1) !== SP) {
    const lastBlank = text.lastIndexOf(' ', end - 1)
    if (lastBlank <= methodEnd) return fault(undefined, 'Not a SIP Start Line', undefined)
    const written = text.slice(lastBlank + 1, end)
    if (written === '') return fault(400, 'Blank at End of Request-Line', method)
    if (!/^SIP\/\d+\.\d+$/i.test(written)) return fault(400, 'Malformed SIP-Version', method)
    if (written.toUpperCase() !== version) return fault(505, 'Version Not Supported', method)
  }
  const uriEnd = versionAt - 1
  const uri = uriEnd > methodEnd ? parseUriIn(text, methodEnd + 1, uriEnd, line.limits) : undefined
  return uri === undefined ? fault(400, 'Malformed Request-URI', method) : { kind: 'request', method, uri, exact }
}

function parseStatusLine(text: string, start: number, end: number): StartLine {
  const exact = text.startsWith('SIP/2.0 ', start)
  if (!exact && text.slice(start, start + 8).toUpperCase() !== 'SIP/2.0 ') {
    return fault(undefined, 'Version Not Supported', undefined)
  }
  const codeAt = start + 8
  const codeEnd = codeAt + 3
  // §7.2: a blank follows the code even when the phrase is empty; some forget it then.
  const blank = codeEnd === end || text.charCodeAt(codeEnd) === SP
  const status = codeEnd <= end && blank ? Number(text.slice(codeAt, codeEnd)) : Number.NaN
  if (!Number.isInteger(status) || status < 100 || status > 699)
    return fault(undefined, 'Malformed Status-Code', undefined)
  return { kind: 'response', status, reason: text.slice(codeEnd + 1, end), exact }
}

function fault(status: number | undefined, why: string, method: string | undefined): StartLine {
  return { kind: 'fault', status: method === 'ACK' ? undefined : status, why, method }
}
