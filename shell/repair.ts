/** What a message written by hand needs to be answered to us: line ends, length, and our own Via (§7, §18.1.1, §20.14). */

import { randomBytes } from 'node:crypto'
import type { RawLine } from './raw-line.js'

const VIA = /^(?:via|v)[ \t]*:/i
const FROM = /^((?:from|f)[ \t]*:(?:[^<\r\n]*<(?=[^>\r\n]*>)|[ \t]*))[^>;\s]+/im
const CONTENT_LENGTH = /^(?:content-length|l)[ \t]*:/i

/** As it is to leave by `line`: CR LF at the ends of lines, the Content-Length that is true, and the topmost Via ours. */
export function repaired(text: string, { target, local }: Pick<RawLine, 'target' | 'local'>): string {
  const end = /\r?\n\r?\n/.exec(text)
  const body = end === null ? '' : text.slice(end.index + end[0].length)
  const head = (end === null ? text : text.slice(0, end.index)).replace(/\r?\n$/, '')
  // A line that begins with a blank goes on with the one before (§7.3.1).
  const lines = head.split(/\r?\n(?![ \t])/).filter(line => !CONTENT_LENGTH.test(line))
  if (!lines[0]?.startsWith('SIP/2.0 ')) {
    const via = `Via: SIP/2.0/${target.transport} ${local};rport;branch=z9hG4bK${randomBytes(8).toString('hex')}`
    const at = lines.findIndex(line => VIA.test(line))
    const [, ...others] = (lines[at] ?? '').split(',')
    lines.splice(at < 0 ? 1 : at, at < 0 ? 0 : 1, [via, ...others].join(','))
  }
  return [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n')
}

/** The same with another URI in its From. */
export function withFrom(text: string, uri: string): string {
  return text.replace(FROM, (_, before: string) => before + uri)
}
