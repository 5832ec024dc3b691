/** Bodies of several parts: §7.4, RFC 2046 §5.1. Octets in, octets out; nothing is decoded. */

import { type Field, formFields } from './field.js'
import { type Grammar, standardGrammar } from './grammar.js'
import { contentType } from './header/content.js'
import type { HeaderInputs } from './header-value.js'
import { Headers, mergeFields } from './headers.js'
import { showAs } from './inspection.js'
import { type MediaType, mediaType } from './media-type.js'
import type { Message } from './message.js'
import { splitHeaders } from './split.js'

/** One part: its own headers and octets. Without Content-Type it is text/plain. */
export class BodyPart extends Headers<BodyPart> {
  static {
    showAs(BodyPart, ({ fields, body }) => ({ lines: fields.map(({ line }) => line.trimEnd()), body }))
  }

  /** One character per octet. */
  readonly body: string

  constructor(fields: readonly Field[], body: string, grammar: Grammar) {
    super(fields, grammar)
    this.body = body
  }

  get type(): MediaType | undefined {
    return this.get('Content-Type')
  }

  override withFields(fields: readonly Field[]): BodyPart {
    return new BodyPart(fields, this.body, this.grammar)
  }
}

/** A part to send. Throws TypeError for illegal headers. */
export function createPart(type: MediaType | string, body: string, headers: HeaderInputs = {}): BodyPart {
  const grammar = standardGrammar
  const fields = formFields(contentType, type, grammar.limits)
  return new BodyPart(mergeFields(fields, headers, grammar), body, grammar)
}

/** The parts of a multipart body; none when it has another type, and undefined when it is malformed or has too many. */
export function partsOf(content: Message | BodyPart): readonly BodyPart[] | undefined {
  const type = content.get('Content-Type')
  if (type === undefined || type.type.toLowerCase() !== 'multipart') return []
  const boundary = type.params.get('boundary')
  if (boundary === undefined || !/^[^\r\n]{1,70}$/.test(boundary)) return undefined
  return splitParts(content.body, boundary, content.grammar)
}

/** Every part that is no multipart itself, in order; undefined when one is malformed or they are nested too deep. */
export function leavesOf(content: Message | BodyPart, depth: number = 0): readonly BodyPart[] | undefined {
  if (depth > content.grammar.limits.nesting) return undefined
  const leaves: BodyPart[] = []
  for (const part of partsOf(content) ?? [undefined]) {
    if (part === undefined) return undefined
    if (part.type?.type.toLowerCase() !== 'multipart') leaves.push(part)
    else {
      const inner = leavesOf(part, depth + 1)
      if (inner === undefined) return undefined
      leaves.push(...inner)
    }
  }
  return leaves
}

function splitParts(body: string, boundary: string, grammar: Grammar): readonly BodyPart[] | undefined {
  const parts: BodyPart[] = []
  let at = nextDelimiter(body, boundary, 0)
  while (at !== undefined && !at.isLast) {
    const next = nextDelimiter(body, boundary, at.end)
    if (next === undefined || parts.length >= grammar.limits.parts) return undefined
    // A delimiter owns the line end before it, and the first part may be empty of all.
    const part = readPart(body.slice(at.end, Math.max(at.end, next.start)), grammar)
    if (part === undefined) return undefined
    parts.push(part)
    at = next
  }
  return at === undefined ? undefined : parts
}

interface Delimiter {
  /** Where the part before ends. */
  readonly start: number
  /** Where the part after starts. */
  readonly end: number
  readonly isLast: boolean
}

/** The next line that is the boundary and nothing but blanks: RFC 2046 §5.1.1. */
function nextDelimiter(body: string, boundary: string, from: number): Delimiter | undefined {
  const dashes = `--${boundary}`
  for (let at = body.indexOf(dashes, from); at >= 0; at = body.indexOf(dashes, at + 1)) {
    const isLast = body.startsWith('--', at + dashes.length)
    let end = at + dashes.length + (isLast ? 2 : 0)
    while (body.charCodeAt(end) === 32 || body.charCodeAt(end) === 9) end++
    const lineStart = at === 0 || body.startsWith('\r\n', at - 2)
    const lineEnd = body.startsWith('\r\n', end)
    if (lineStart && (lineEnd || (isLast && end === body.length))) {
      return { start: at - 2, end: lineEnd ? end + 2 : end, isLast }
    }
  }
  return undefined
}

function readPart(text: string, grammar: Grammar): BodyPart | undefined {
  if (text.startsWith('\r\n')) return new BodyPart([], text.slice(2), grammar)
  if (text === '') return new BodyPart([], '', grammar)
  const section = splitHeaders(text.includes('\r\n\r\n') ? text : `${text}\r\n\r\n`, 0, grammar)
  if (section === undefined || section.wrong !== undefined) return undefined
  return new BodyPart(section.fields, text.slice(section.end), grammar)
}

/**
 * The body and type of a multipart. The boundary is the caller's, random, and must not occur in a part.
 * Throws TypeError when it does or is no boundary.
 */
export function createMultipart(
  subtype: string,
  boundary: string,
  parts: readonly BodyPart[],
): { readonly type: MediaType; readonly body: string } {
  if (!/^[0-9a-zA-Z'()+_,\-./:=?]{1,70}$/.test(boundary))
    throw new TypeError(`not a boundary: ${JSON.stringify(boundary)}`)
  const type = mediaType(`multipart/${subtype}`, { boundary })
  let body = ''
  for (const part of parts) {
    if (part.body.includes(`--${boundary}`)) throw new TypeError('the boundary occurs in a part')
    body += `--${boundary}\r\n${part.fields.map(field => field.line).join('')}\r\n${part.body}\r\n`
  }
  return { type, body: `${body}--${boundary}--\r\n` }
}
