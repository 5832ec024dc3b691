/** Building the response to a request: §8.2.6. */

import type { Address } from './address.js'
import { isToken } from './char-class.js'
import { Field, trustedField } from './field.js'
import { CALL_ID, CSEQ, FROM, TO, to, VIA } from './header/routing.js'
import type { HeaderInputs } from './header-value.js'
import { isOf } from './headers.js'
import type { Limits } from './limits.js'
import { checkBody, checkReason, checkType, type Request, Response } from './message.js'
import { addHeaders } from './request.js'
import { checkStatus, reasonOf } from './status.js'

export interface ResponseParts {
  /** The usual phrase unless given. */
  readonly reason?: string | undefined
  /** Added to To when that has none: §8.2.6.2. */
  readonly toTag?: string | undefined
  /** Seconds since the request came, for a 100: added to Timestamp (§8.2.6.1). */
  readonly delay?: number | undefined
  /** Lines behind those copied from the request, made once for many responses. */
  readonly lines?: readonly Field[]
  /** Headers besides those. */
  readonly headers?: HeaderInputs | undefined
  /** One character per octet. */
  readonly body?: string | undefined
}

/**
 * The response to a request: its Via, From, To, Call-ID and CSeq lines as they came, and Timestamp in a 100.
 * Throws TypeError for an illegal status, tag, header or body, and for a body without its Content-Type.
 */
export function createResponse(request: Request, status: number, parts: ResponseParts = {}): Response {
  const { grammar } = request
  const fields = copyFields(request.fields, grammar.limits, checkStatus(status), parts.toTag, parts.delay)
  if (parts.lines !== undefined) fields.push(...parts.lines)
  return checkType(
    new Response(
      { status, reason: parts.reason === undefined ? reasonOf(status) : checkReason(parts.reason) },
      {
        fields: parts.headers === undefined ? fields : addHeaders(fields, parts.headers, grammar),
        body: parts.body === undefined ? '' : checkBody(parts.body),
        grammar,
      },
    ),
  )
}

/** §8.2.6.2: the lines every response to a request repeats, each once but for Via. */
export function copyFields(
  lines: readonly Field[],
  limits: Limits,
  status: number,
  toTag: string | undefined,
  delay?: number,
): Field[] {
  const fields: Field[] = []
  let once = 0
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]
    if (line === undefined) break
    const { routing } = line.header
    if (routing === VIA) fields.push(line)
    else if ((routing & (FROM | CALL_ID | CSEQ | TO) & ~once) !== 0) {
      once |= routing
      fields.push(routing === TO && toTag !== undefined && isOf(line, to) ? withTag(line, toTag, limits) : line)
    } else if (status === 100 && line.header.key === 'timestamp') fields.push(withDelay(line, delay))
  }
  return fields
}

/** The line with a tag at its end, everything else as it was; the line itself when it has one. */
function withTag(line: Field<Address>, tag: string, limits: Limits): Field {
  if (!isToken(tag)) throw new TypeError(`not a tag: ${JSON.stringify(tag)}`)
  const { header, text, start, valueStart, valueEnd } = line
  const address = line.first(limits)
  if (address === undefined || address.params.has('tag')) return line
  const patched = `${text.slice(start, valueEnd)};tag=${tag}\r\n`
  return new Field(header, patched, 0, valueStart - start, patched.length - 2, patched.length - 2)
}

/** The time stays as it was written. */
function withDelay(line: Field, delay: number | undefined): Field {
  return delay ? trustedField(line.header, `${line.raw.split(/[ \t]/)[0]} ${delay.toFixed(3)}`) : line
}
