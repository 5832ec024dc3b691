/** What the parser makes of a text, for people: the `parse` command. */

import type { Fault, Flaw, Leniency } from './fault.js'
import { faultResponse } from './fault-response.js'
import type { Field } from './field.js'
import { formatMessage } from './format.js'
import type { Grammar } from './grammar.js'
import type { Message } from './message.js'
import { faultOf } from './parse.js'
import { readMessage } from './read.js'
import { validateRequest, validateResponse } from './validate.js'

export interface ExplainedHeader {
  /** As written; empty for a line that is no header. */
  readonly name: string
  /** The name it is known by; undefined when it is not known. */
  readonly header: string | undefined
  readonly value: string
  /** How many values were read; 0 when the line is malformed. */
  readonly values: number
  readonly malformed: boolean
}

/** The status is undefined when nothing is owed and the message is dropped. */
export interface ExplainedFlaw {
  readonly status: number | undefined
  readonly reason: string
}

export interface Explanation {
  /** `fault` when the start line is none, so that there is no message. */
  readonly verdict: 'request' | 'response' | 'keepalive' | 'fault'
  /** One line: the start line, or what is wrong. */
  readonly summary: string
  readonly headers: readonly ExplainedHeader[]
  /** Octets. */
  readonly bodyLength: number
  readonly tolerated: readonly Leniency[]
  /**
   * All that is wrong, what is answered for first: what the parser refuses, or else the first that `validateRequest` or
   * `validateResponse` does. A message without flaws is taken.
   */
  readonly flaws: readonly ExplainedFlaw[]
  /** The stateless answer to what the parser refuses, as it would be sent. */
  readonly answer: string | undefined
}

/** Reads a text as one datagram and tells what was found. Octets, one character each. */
export function explainMessage(text: string, grammar?: Grammar): Explanation {
  const reading = readMessage(text, grammar)
  switch (reading.kind) {
    case 'keepalive':
      return { ...nothing, verdict: 'keepalive', summary: 'line ends only: a keep-alive' }
    case 'fault': {
      const { fault } = reading
      return {
        ...nothing,
        verdict: 'fault',
        summary: fault.reason,
        headers: fault.fields.map(field => explainField(field, fault.grammar)),
        flaws: [explainFlaw(fault)],
        answer: answerTo(fault),
      }
    }
    case 'ok': {
      const { message, tolerated, flaws } = reading
      const fault = faultOf(message, flaws)
      return {
        verdict: message.kind,
        summary: message.startLine,
        headers: message.fields.map(field => explainField(field, message.grammar)),
        bodyLength: message.body.length,
        tolerated,
        flaws: fault === undefined ? validate(message) : flaws.map(explainFlaw),
        answer: fault && answerTo(fault),
      }
    }
  }
}

const nothing = { headers: [], bodyLength: 0, tolerated: [], flaws: [], answer: undefined } as const

function explainFlaw({ status, reason }: Flaw): ExplainedFlaw {
  return { status, reason }
}

function answerTo(fault: Fault): string | undefined {
  const response = faultResponse(fault)
  return response && formatMessage(response)
}

function validate(message: Message): readonly ExplainedFlaw[] {
  if (message.kind === 'request') {
    const refusal = validateRequest(message)
    return refusal === undefined ? [] : [{ status: refusal.status, reason: refusal.reason }]
  }
  const reason = validateResponse(message)
  return reason === undefined ? [] : [{ status: undefined, reason }]
}

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
  const { verdict, summary, headers, bodyLength, tolerated, flaws, answer } = explanation
  const lines = [`${verdict}: ${summary}`, ...headers.map(formatHeader)]
  if (verdict !== 'keepalive' && verdict !== 'fault') lines.push(`body: ${bodyLength} octets`)
  if (tolerated.length > 0) lines.push(`tolerated: ${tolerated.join(', ')}`)
  for (const { status, reason } of flaws) lines.push(`flaw: ${reason} (${status ?? 'dropped'})`)
  if (answer !== undefined) {
    const answered = answer.trimEnd().split('\r\n')
    lines.push('answer:', ...answered.map(line => `  ${line}`))
  }
  return `${lines.map(showControls).join('\n')}\n`
}

function formatHeader({ name, header, value, values, malformed }: ExplainedHeader): string {
  if (name === '') return `  ${value}   [NO HEADER]`
  const notes = [
    header === undefined ? 'unknown' : header === name ? '' : header,
    malformed ? 'MALFORMED' : values === 1 ? '' : `${values} values`,
  ].filter(note => note !== '')
  return `  ${name}: ${value}${notes.length === 0 ? '' : `   [${notes.join(', ')}]`}`
}

function showControls(line: string): string {
  return line.replaceAll(/[\0-\x1f\x7f-\x9f]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
