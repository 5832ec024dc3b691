/** Text to message, or to a fault that names the status owed: §7, §18.3. Never throws. */

import { isToken } from './char-class.js'
import { type Fault, faultIn, type Leniency, type Wrong } from './fault.js'
import { type Grammar, standardGrammar } from './grammar.js'
import { CONTENT_LENGTH } from './header/routing.js'
import { type Message, Request, Response } from './message.js'
import { findMalformed, findMissing, lengthOf } from './routing-fault.js'
import { type HeaderSection, normaliseLines, splitHeaders } from './split.js'
import { parseStartLine } from './start-line.js'

export interface ParseOptions {
  /** The headers known and the limits set; the standard ones unless given. */
  readonly grammar?: Grammar
  /** Refuses with 400 what is otherwise tolerated. */
  readonly strict?: boolean
}

export type Parsed =
  | { readonly kind: 'ok'; readonly message: Message; readonly tolerated: readonly Leniency[] }
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** Nothing but line ends: RFC 5626 §4.4.1, and what devices send to keep a NAT binding. */
  | { readonly kind: 'keepalive' }

const LF = 10
const CR = 13
const nothing: readonly Leniency[] = []

/** Reads one datagram, or one message cut out of a stream; one character per octet. */
export function parseMessage(text: string, options: ParseOptions = {}): Parsed {
  const at = skipLines(text)
  if (at === text.length) return { kind: 'keepalive' }
  const grammar = options.grammar ?? standardGrammar
  const source = at === 0 ? text : text.slice(at)
  const tolerated: readonly Leniency[] = at === 0 ? nothing : ['leadingLines']
  const parsed = parseLines(source, source, grammar, tolerated) ?? parseBareLines(source, grammar, tolerated)
  if (options.strict !== true || parsed.kind !== 'ok' || parsed.tolerated.length === 0) return parsed
  const { message } = parsed
  const method = message.kind === 'request' ? message.method : undefined
  const wrong = { reason: `Not Strictly SIP: ${parsed.tolerated.join()}` }
  return { kind: 'fault', fault: faultIn(method, wrong, message.fields, grammar) }
}

/** §7.5: line ends before the start line are ignored. */
function skipLines(text: string): number {
  let at = 0
  while (at < text.length && (text.charCodeAt(at) === CR || text.charCodeAt(at) === LF)) at++
  return at
}

/** Line ends of LF alone are tolerated, a CR alone is not: it would mean different things to different elements. */
function parseBareLines(source: string, grammar: Grammar, tolerated: readonly Leniency[]): Parsed {
  const text = normaliseLines(source)
  const parsed = parseLines(text, source, grammar, [...tolerated, 'lineEnds'])
  return parsed ?? { kind: 'fault', fault: notSip(grammar, 'CR Without LF') }
}

/** Undefined when a CR or LF stands alone. */
function parseLines(
  text: string,
  source: string,
  grammar: Grammar,
  tolerated: readonly Leniency[],
): Parsed | undefined {
  const lineEnd = text.indexOf('\n') - 1
  if (lineEnd < 0) return { kind: 'fault', fault: notSip(grammar, 'Not a SIP Start Line') }
  if (text.charCodeAt(lineEnd) !== CR || text.indexOf('\r') !== lineEnd) return undefined
  const { limits } = grammar
  if (lineEnd > limits.startLine) return { kind: 'fault', fault: tooLong(text, lineEnd, grammar) }
  const start = parseStartLine(text, 0, lineEnd, limits)
  const section = splitHeaders(text, lineEnd + 2, grammar)
  if (section === undefined) return undefined
  const { fields } = section
  if (start.kind === 'fault') {
    return { kind: 'fault', fault: { status: start.status, reason: start.why, method: start.method, fields, grammar } }
  }
  const method = start.kind === 'request' ? start.method : undefined
  const wrong = section.wrong ?? findMissing(section)
  if (wrong !== undefined) return { kind: 'fault', fault: faultIn(method, wrong, fields, grammar) }
  const bodyEnd = findBodyEnd(text, section, grammar)
  if (typeof bodyEnd !== 'number') return { kind: 'fault', fault: faultIn(method, bodyEnd, fields, grammar) }
  const content = { fields, body: text.substring(section.end, bodyEnd), grammar }
  const unchanged = bodyEnd === text.length ? source : source.slice(0, source.length - (text.length - bodyEnd))
  const message =
    start.kind === 'request' ? new Request(start, content, unchanged) : new Response(start, content, unchanged)
  const malformed = findMalformed(message)
  if (malformed !== undefined) return { kind: 'fault', fault: faultIn(method, malformed, fields, grammar) }
  return { kind: 'ok', message, tolerated: tolerate(tolerated, start.exact, section, bodyEnd < text.length) }
}

/**
 * §18.3: in a datagram the body ends where Content-Length says, what follows is dropped, and a body that is shorter is a
 * fault; without Content-Length the body is all the rest.
 */
function findBodyEnd(text: string, section: HeaderSection, grammar: Grammar): number | Wrong {
  const { limits } = grammar
  let end = text.length
  if ((section.seen & CONTENT_LENGTH) !== 0) {
    const length = lengthOf(section.fields, limits)
    if (typeof length !== 'number') return length
    end = section.end + length
    if (end > text.length) return { reason: 'Body Shorter Than Content-Length' }
  }
  return end - section.end > limits.body ? { status: 513, reason: 'Body Too Large', limit: 'body' } : end
}

function tolerate(
  before: readonly Leniency[],
  exact: boolean,
  section: HeaderSection,
  surplus: boolean,
): readonly Leniency[] {
  const repeated = (section.repeated & CONTENT_LENGTH) !== 0
  if (exact && section.ended && !surplus && !repeated) return before
  const tolerated = [...before]
  if (!exact) tolerated.push('versionCase')
  if (!section.ended) tolerated.push('noEmptyLine')
  if (surplus) tolerated.push('surplusOctets')
  if (repeated) tolerated.push('repeatedContentLength')
  return tolerated
}

function tooLong(text: string, lineEnd: number, grammar: Grammar): Fault {
  const method = text.slice(0, Math.max(0, text.indexOf(' ')))
  const fields = splitHeaders(text, lineEnd + 2, grammar)?.fields ?? []
  if (!isToken(method)) return notSip(grammar, 'Not a SIP Start Line')
  return faultIn(method, { status: 414, reason: 'Request-URI Too Long', limit: 'startLine' }, fields, grammar)
}

function notSip(grammar: Grammar, reason: string): Fault {
  return { status: undefined, reason, method: undefined, fields: [], grammar }
}
