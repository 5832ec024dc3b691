/** Cuts a header section into its lines: §7.3.1. */

import { isToken } from './char-class.js'
import type { Wrong } from './fault.js'
import { Field } from './field.js'
import type { Grammar } from './grammar.js'
import { VIA } from './header/routing.js'
import { defineHeader, type Header } from './header.js'

const TAB = 9
const CR = 13
const SP = 32

export interface HeaderSection {
  readonly fields: readonly Field[]
  /** One bit for each kind of routing header seen. */
  readonly seen: number
  /** One bit for each kind of routing header, other than Via, seen more than once. */
  readonly repeated: number
  /** Where the body starts. */
  readonly end: number
  /** The first thing that is wrong. */
  readonly wrong: Wrong | undefined
  /** False when the text ended before the empty line. */
  readonly ended: boolean
}

const cutOff: Wrong = { reason: 'Header Section Cut Off' }
const notAHeader: Wrong = { reason: 'Line Is Not a Header' }
const tooLarge: Wrong = { status: 513, reason: 'Header Section Too Large', limit: 'headerBytes' }
const tooMany: Wrong = { status: 513, reason: 'Too Many Header Lines', limit: 'headerCount' }

/** Of a line that is no header: nobody can ask for it, and it has no values. */
const noHeader: Header<unknown> = defineHeader<string>(
  '',
  'lines',
  { parse: () => undefined, format: line => line },
  { known: false },
)

const UNTERMINATED = -1
const BARE = -2

/**
 * Reads lines ended by CRLF from `start`, which is where the first header line is.
 * Undefined when a CR or LF stands alone: the caller writes all line ends as CRLF and comes again.
 */
export function splitHeaders(text: string, start: number, grammar: Grammar): HeaderSection | undefined {
  const { headerBytes, headerCount } = grammar.limits
  const fields: Field[] = []
  let at = start
  let seen = 0
  let repeated = 0
  let wrong: Wrong | undefined
  for (let lines = 0; at < text.length; lines++) {
    let end = lineEnd(text, at)
    if (end === BARE) return undefined
    if (end === at) return { fields, seen, repeated, end: end + 2, wrong, ended: true }
    let folded = false
    while (end >= 0 && isBlank(text.charCodeAt(end + 2))) {
      end = lineEnd(text, end + 2)
      folded = true
    }
    if (end === BARE) return undefined
    if (end === UNTERMINATED) wrong ??= cutOff
    else if (end - start > headerBytes) wrong = tooLarge
    else if (lines >= headerCount) wrong = tooMany
    if (end === UNTERMINATED || wrong === tooLarge || wrong === tooMany) break
    const field = cutField(text, at, end, folded, grammar)
    at = end + 2
    if (field.header === noHeader) wrong ??= notAHeader
    const { routing } = field.header
    repeated |= seen & routing & ~VIA
    seen |= routing
    fields.push(field)
  }
  return { fields, seen, repeated, end: text.length, wrong, ended: false }
}

/** The index of the CR that ends the line. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at) - 1
  if (end < 0) return UNTERMINATED
  return text.charCodeAt(end) === CR && text.indexOf('\r', at) === end ? end : BARE
}

function cutField(text: string, start: number, end: number, folded: boolean, grammar: Grammar): Field {
  const handle = grammar.recognise(text, start)
  const header = grammar.recognised(handle)
  if (header === undefined) return cutOther(text, start, end, folded, grammar)
  return cutValue(header, text, start, start + grammar.recognisedLength(handle) + 1, end, folded)
}

/** A header nobody knows, or a name with blanks after it; a line that is neither is a value without a name. */
function cutOther(text: string, start: number, end: number, folded: boolean, grammar: Grammar): Field {
  const colon = text.indexOf(':', start)
  // §7.3.1, HCOLON: the blanks are no part of the name, or names could be disguised.
  const name = colon < 0 || colon >= end ? '' : text.slice(start, trimmedEnd(text, start, colon))
  if (!isToken(name)) return new Field(noHeader, text, start, start, end, end)
  return cutValue(grammar.find(name), text, start, colon + 1, end, folded)
}

function cutValue(
  header: Header<unknown>,
  text: string,
  start: number,
  from: number,
  end: number,
  folded: boolean,
): Field {
  if (folded) return new Field(header, text, start, from, end, end, undefined, undefined, unfold(text.slice(from, end)))
  while (from < end && isBlank(text.charCodeAt(from))) from++
  return new Field(header, text, start, from, trimmedEnd(text, from, end), end)
}

function trimmedEnd(text: string, from: number, end: number): number {
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--
  return end
}

/** §7.3.1: a line end followed by blanks reads as one blank. */
function unfold(value: string): string {
  return value
    .split('\r\n')
    .map(line => line.trim())
    .join(' ')
    .trim()
}

function isBlank(code: number): boolean {
  return code === SP || code === TAB
}

/** Writes bare LF line ends of the header section as CRLF; the body, after the first empty line, stays. */
export function normaliseLines(text: string): string {
  let end = text.indexOf('\n')
  while (end >= 0 && !text.startsWith('\n', end + 1) && !text.startsWith('\r\n', end + 1))
    end = text.indexOf('\n', end + 1)
  if (end < 0) return text.replaceAll(/\r?\n/g, '\r\n')
  const empty = text.startsWith('\n', end + 1) ? end + 2 : end + 3
  return text.slice(0, empty).replaceAll(/\r?\n/g, '\r\n') + text.slice(empty)
}
