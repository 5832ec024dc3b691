/** Text to message, with all that is wrong with it: §7, §18.3. Never throws; `parseMessage` judges what is read here. */

import { isToken } from './char-class.js'
import { type Fault, type Flaw, faultIn, flawIn, type Leniency, type Wrong } from './fault.js'
import type { Field } from './field.js'
import { type Grammar, standardGrammar } from './grammar.js'
import { CONTENT_LENGTH } from './header/routing.js'
import { type Message, Request, Response } from './message.js'
import { findMalformed, findMissing, lengthOf } from './routing-fault.js'
import { type HeaderSection, normaliseLines, splitHeaders } from './split.js'
import { parseStartLine } from './start-line.js'

export type Reading =
  /** A message as far as it could be read, and what is wrong with it, what is answered for first. */
  | {
      readonly kind: 'ok'
      readonly message: Message
      readonly tolerated: readonly Leniency[]
      readonly flaws: readonly Flaw[]
    }
  /** Without a start line and lines there is no message. */
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** Nothing but line ends: RFC 5626 §4.4.1, and what devices send to keep a NAT binding. */
  | { readonly kind: 'keepalive' }

const LF = 10
const CR = 13
const nothing: readonly never[] = []

/**
 * Reads what was printed, captured or cut as far as it goes: lines that are no headers are kept as they are, a body that
 * is too short is taken as it is. Its accessors throw for headers that are missing. One character per octet.
 */
export function readMessage(text: string, grammar: Grammar = standardGrammar): Reading {
  const at = skipLines(text)
  if (at === text.length) return { kind: 'keepalive' }
  const source = at === 0 ? text : text.slice(at)
  const tolerated: readonly Leniency[] = at === 0 ? nothing : ['leadingLines']
  return readLines(source, source, grammar, tolerated) ?? readBareLines(source, grammar, tolerated)
}

/** §7.5: line ends before the start line are ignored. */
function skipLines(text: string): number {
  let at = 0
  while (at < text.length && (text.charCodeAt(at) === CR || text.charCodeAt(at) === LF)) at++
  return at
}

/** Line ends of LF alone are tolerated, a CR alone is not: it would mean different things to different elements. */
function readBareLines(source: string, grammar: Grammar, tolerated: readonly Leniency[]): Reading {
  const text = normaliseLines(source)
  const reading = readLines(text, source, grammar, [...tolerated, 'lineEnds'])
  return reading ?? notSip(grammar, 'CR Without LF')
}

/** Undefined when a CR or LF stands alone. */
function readLines(
  text: string,
  source: string,
  grammar: Grammar,
  tolerated: readonly Leniency[],
): Reading | undefined {
  const lineEnd = text.indexOf('\n') - 1
  if (lineEnd < 0) return notSip(grammar, 'Not a SIP Start Line')
  if (text.charCodeAt(lineEnd) !== CR || text.indexOf('\r') !== lineEnd) return undefined
  if (lineEnd > grammar.limits.startLine) return tooLong(text, lineEnd, grammar)
  const start = parseStartLine(text, 0, lineEnd, grammar.limits)
  const section = splitHeaders(text, lineEnd + 2, grammar)
  if (section === undefined) return undefined
  const { fields } = section
  if (start.kind === 'fault') {
    return { kind: 'fault', fault: faultIn(start.method, start.wrong, fields, grammar) }
  }
  const cut = findBodyEnd(text, section, grammar)
  const bodyEnd = typeof cut === 'number' ? cut : text.length
  const content = { fields, body: text.substring(section.end, bodyEnd), grammar }
  const unchanged = bodyEnd === text.length ? source : source.slice(0, source.length - (text.length - bodyEnd))
  const message =
    start.kind === 'request' ? new Request(start, content, unchanged) : new Response(start, content, unchanged)
  const wrong = section.wrong ?? findMissing(section, start.kind)
  return {
    kind: 'ok',
    message,
    tolerated: tolerate(tolerated, start.exact, section, bodyEnd < text.length),
    flaws: flawsOf(message, wrong, typeof cut === 'number' ? undefined : cut),
  }
}

/** In the order in which they are answered for. */
function flawsOf(message: Message, headers: Wrong | undefined, body: Wrong | undefined): readonly Flaw[] {
  const malformed = findMalformed(message)
  if (headers === undefined && body === undefined && malformed.length === 0) return nothing
  const method = message.kind === 'request' ? message.method : undefined
  return [headers, body, ...malformed].flatMap(wrong => (wrong === undefined ? [] : flawIn(method, wrong)))
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

function tooLong(text: string, lineEnd: number, grammar: Grammar): Reading {
  const method = text.slice(0, Math.max(0, text.indexOf(' ')))
  if (!isToken(method)) return notSip(grammar, 'Not a SIP Start Line')
  const fields: readonly Field[] = splitHeaders(text, lineEnd + 2, grammar)?.fields ?? nothing
  const wrong: Wrong = { status: 414, reason: 'Request-URI Too Long', limit: 'startLine' }
  return { kind: 'fault', fault: faultIn(method, wrong, fields, grammar) }
}

function notSip(grammar: Grammar, reason: string): Reading {
  return { kind: 'fault', fault: { status: undefined, reason, method: undefined, fields: nothing, grammar } }
}
