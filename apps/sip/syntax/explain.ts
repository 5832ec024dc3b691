/** What the parser makes of a text, for people: the `parse` command. */

import type { Leniency } from './fault.js'
import { faultResponse } from './fault-response.js'
import type { Field } from './field.js'
import { formatMessage } from './format.js'
import type { Grammar } from './grammar.js'
import { parseMessage } from './parse.js'
import { type Refusal, validateRequest } from './validate.js'

export interface ExplainedHeader {
  readonly name: string
  /** The name it is known by; undefined when it is not known. */
  readonly header: string | undefined
  readonly value: string
  /** How many values were read; 0 when the line is malformed. */
  readonly values: number
  readonly malformed: boolean
}

export interface Explanation {
  readonly verdict: 'request' | 'response' | 'keepalive' | 'fault'
  /** One line: the start line, or what is wrong. */
  readonly summary: string
  readonly headers: readonly ExplainedHeader[]
  /** Octets. */
  readonly bodyLength: number
  readonly tolerated: readonly Leniency[]
  /** The status owed: for a fault, or for what `validateRequest` refuses. */
  readonly owed: { readonly status: number; readonly reason: string } | undefined
  /** The stateless answer to a fault, as it would be sent. */
  readonly answer: string | undefined
}

/** Reads a text as one datagram and tells what was found. Octets, one character each. */
export function explainMessage(text: string, grammar?: Grammar): Explanation {
  const parsed = parseMessage(text, grammar === undefined ? {} : { grammar })
  switch (parsed.kind) {
    case 'keepalive':
      return { ...nothing, verdict: 'keepalive', summary: 'line ends only: a keep-alive' }
    case 'fault': {
      const { fault } = parsed
      const response = faultResponse(fault)
      return {
        ...nothing,
        verdict: 'fault',
        summary: fault.reason,
        headers: fault.fields.map(field => explainField(field, fault.grammar)),
        owed: fault.status === undefined ? undefined : { status: fault.status, reason: fault.reason },
        answer: response && formatMessage(response),
      }
    }
    case 'ok': {
      const { message, tolerated } = parsed
      const refusal: Refusal | undefined = message.kind === 'request' ? validateRequest(message) : undefined
      return {
        verdict: message.kind,
        summary: message.startLine,
        headers: message.fields.map(field => explainField(field, message.grammar)),
        bodyLength: message.body.length,
        tolerated,
        owed: refusal && { status: refusal.status, reason: refusal.reason },
        answer: undefined,
      }
    }
  }
}

const nothing = { headers: [], bodyLength: 0, tolerated: [], owed: undefined, answer: undefined } as const

function explainField(field: Field, { limits }: Grammar): ExplainedHeader {
  return {
    name: field.name,
    header: field.header.known ? field.header.name : undefined,
    value: field.raw,
    values: field.values(limits).length,
    malformed: field.isMalformed(limits),
  }
}

/** The explanation as lines of text; control characters are shown, not sent to the terminal. */
export function formatExplanation(explanation: Explanation): string {
  const { verdict, summary, headers, bodyLength, tolerated, owed, answer } = explanation
  const lines = [`${verdict}: ${summary}`]
  for (const header of headers) {
    const notes = [
      header.header === undefined ? 'unknown' : header.header === header.name ? '' : header.header,
      header.malformed ? 'MALFORMED' : header.values === 1 ? '' : `${header.values} values`,
    ].filter(note => note !== '')
    lines.push(`  ${header.name}: ${header.value}${notes.length === 0 ? '' : `   [${notes.join(', ')}]`}`)
  }
  if (verdict !== 'keepalive' && verdict !== 'fault') lines.push(`body: ${bodyLength} octets`)
  if (tolerated.length > 0) lines.push(`tolerated: ${tolerated.join(', ')}`)
  if (owed !== undefined) lines.push(`owed: ${owed.status} ${owed.reason}`)
  if (answer !== undefined)
    lines.push(
      'answer:',
      ...answer
        .trimEnd()
        .split('\r\n')
        .map(line => `  ${line}`),
    )
  return `${lines.map(showControls).join('\n')}\n`
}

function showControls(line: string): string {
  return line.replaceAll(/[\0-\x1f\x7f-\x9f]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
