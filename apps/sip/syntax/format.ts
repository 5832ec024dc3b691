/** Message to text: §7. What was not changed goes out as it came in, octet for octet. */

import type { Field } from './field.js'
import { CONTENT_LENGTH, contentLength } from './header/routing.js'
import { isOf } from './headers.js'
import type { Message } from './message.js'

/** One character per octet. Content-Length is always there and right, unless the message is as it was received. */
export function formatMessage(message: Message): string {
  if (message.source !== undefined) return message.source
  const { fields, body } = message
  const { limits } = message.grammar
  let text = `${message.startLine}\r\n`
  let counted = false
  for (let at = 0; at < fields.length; ) {
    const field = fields[at]
    if (field === undefined) break
    if (field.header.routing === CONTENT_LENGTH && isOf(field, contentLength)) {
      at++
      if (counted) continue
      counted = true
      text += field.first(limits) === body.length ? field.line : lengthLine(body)
      continue
    }
    const last = runFrom(fields, at)
    text += field.text.substring(field.start, (fields[last] ?? field).end + 2)
    at = last + 1
  }
  if (!counted) text += lengthLine(body)
  return `${text}\r\n${body}`
}

/** The last of the fields that follow each other in the text they were cut from. */
function runFrom(fields: readonly Field[], first: number): number {
  let last = first
  for (;;) {
    const field = fields[last]
    const next = fields[last + 1]
    if (field === undefined || next === undefined) return last
    if (next.text !== field.text || next.start !== field.end + 2) return last
    if (next.header.routing === CONTENT_LENGTH) return last
    last++
  }
}

function lengthLine(body: string): string {
  return `Content-Length: ${body.length}\r\n`
}
