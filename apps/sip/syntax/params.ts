/** Parameters `;name=value` of header values (generic-param, §25.1) and of URIs (§19.1.1): ordered, immutable, kept as written. */

import { apart } from './apart.js'
import { isToken, PARAM, spanOf, TOKEN, VALUE } from './char-class.js'
import type { Cursor } from './cursor.js'
import { decodeEscapes, encodeEscapes, spanEscaped } from './escape.js'
import { quote, unquote } from './quoted.js'

const SEMICOLON = 59
const EQUAL = 61
const QUOTE = 34

/** How names and values are written: quoted strings in header values, percent escapes in URIs. */
export interface Style {
  readonly read: (raw: string) => string
  readonly write: (value: string, name: string) => string
  readonly writeName: (name: string) => string
}

export const headerStyle: Style = {
  read: raw => (raw.charCodeAt(0) === QUOTE ? unquote(raw) : raw),
  write: value => (isBare(value) ? value : quote(value)),
  writeName: name => {
    if (isToken(name)) return name
    throw new TypeError(`not a parameter name: ${JSON.stringify(name)}`)
  },
}

const uriStyle: Style = {
  read: decodeEscapes,
  write: value => encodeEscapes(value, PARAM),
  writeName: name => {
    if (name !== '') return encodeEscapes(name, PARAM)
    throw new TypeError('a URI parameter needs a name')
  },
}

/** Tokens go out as they are, and so do addresses: hosts may hold colons (§25.1 gen-value). */
function isBare(value: string): boolean {
  return isToken(value) || /^(\[[0-9a-fA-F:.]+\]|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/.test(value)
}

export class Params {
  /** Name, raw value (undefined for a flag), name, raw value, ... */
  private readonly raw: readonly (string | undefined)[]
  private readonly style: Style

  constructor(raw: readonly (string | undefined)[], style: Style) {
    this.raw = raw
    this.style = style
  }

  get size(): number {
    return this.raw.length / 2
  }

  has(name: string): boolean {
    return indexOfName(this.raw, name) >= 0
  }

  /** The value, unquoted or unescaped; the empty string for a flag; undefined when absent. */
  get(name: string): string | undefined {
    const at = indexOfName(this.raw, name)
    if (at < 0) return undefined
    const value = this.raw[at + 1]
    return value === undefined ? '' : this.style.read(value)
  }

  /** True when two have the same name: §7.3.1, §19.1.1. */
  get hasRepeats(): boolean {
    for (let at = 2; at < this.raw.length; at += 2) if (indexOfName(this.raw, this.raw[at] ?? '') < at) return true
    return false
  }

  /** Name and value of each, in order; the value of a flag is undefined. */
  *entries(): IterableIterator<readonly [name: string, value: string | undefined]> {
    for (let at = 0; at < this.raw.length; at += 2) {
      const value = this.raw[at + 1]
      yield [this.raw[at] ?? '', value === undefined ? undefined : this.style.read(value)]
    }
  }

  /** The value as written; undefined for a flag and when absent. */
  getRaw(name: string): string | undefined {
    const at = indexOfName(this.raw, name)
    return at < 0 ? undefined : this.raw[at + 1]
  }

  /** Name and value of each as written. */
  *rawEntries(): IterableIterator<readonly [name: string, value: string | undefined]> {
    for (let at = 0; at < this.raw.length; at += 2) yield [this.raw[at] ?? '', this.raw[at + 1]]
  }

  /** With one parameter set in its place, or appended; `true` makes a flag. Throws TypeError for what cannot be written. */
  with(name: string, value: string | number | true): Params {
    const written = value === true ? undefined : this.style.write(String(value), name.toLowerCase())
    const at = indexOfName(this.raw, name)
    if (at < 0) return new Params([...this.raw, this.style.writeName(name), written], this.style)
    return new Params(this.raw.with(at + 1, written), this.style)
  }

  /** As `with`, for a name and a value that stand as they are, such as an address or a number. */
  withPlain(name: string, value: string): Params {
    const at = indexOfName(this.raw, name)
    return new Params(at < 0 ? [...this.raw, name, value] : this.raw.with(at + 1, value), this.style)
  }

  /** The same, apart from the message that they are part of, which would live as long. */
  copy(): Params {
    return this.raw.length === 0
      ? this
      : new Params(
          this.raw.map(text => text && apart(text)),
          this.style,
        )
  }

  without(name: string): Params {
    const at = indexOfName(this.raw, name)
    return at < 0 ? this : new Params(this.raw.toSpliced(at, 2), this.style)
  }

  /** `;name=value` for each, as it was written. */
  toString(): string {
    return this.join(';', ';')
  }

  /** All as written, with one separator before the first and another between them. */
  join(before: string, between: string): string {
    let text = ''
    for (let at = 0; at < this.raw.length; at += 2) {
      const value = this.raw[at + 1]
      text += at === 0 ? before : between
      text += value === undefined ? this.raw[at] : `${this.raw[at]}=${value}`
    }
    return text
  }
}

/** Names compare without case: §7.3.1, §19.1.4. */
function indexOfName(raw: readonly (string | undefined)[], name: string): number {
  for (let at = 0; at < raw.length; at += 2) {
    const other = raw[at]
    if (other === name) return at
    if (other?.length === name.length && other.toLowerCase() === name.toLowerCase()) return at
  }
  return -1
}

/** Values by name; `true` makes a flag, undefined leaves the parameter out. */
export type ParamValues = Readonly<Record<string, string | number | true | undefined>>

export const noParams: Params = new Params([], headerStyle)
export const noUriParams: Params = new Params([], uriStyle)

/** Header parameters from plain values. Throws TypeError for what cannot be written. */
export function headerParams(values: ParamValues | Params = noParams): Params {
  return values instanceof Params ? values : fill(noParams, values)
}

/** URI parameters from plain values, escaped as needed. */
export function uriParams(values: ParamValues | Params = noUriParams): Params {
  return values instanceof Params ? values : fill(noUriParams, values)
}

function fill(params: Params, values: ParamValues): Params {
  for (const [name, value] of Object.entries(values)) if (value !== undefined) params = params.with(name, value)
  return params
}

/** Reads `*( ;name[=value] )`; undefined when one is malformed or repeated (§7.3.1), or there are too many. */
export function parseParams(cursor: Cursor): Params | undefined {
  return cursor.take(SEMICOLON) ? parseParamList(cursor, SEMICOLON, headerStyle) : noParams
}

/** Reads one parameter or more with separators between them. */
export function parseParamList(cursor: Cursor, separator: number, style: Style): Params | undefined {
  let raw: (string | undefined)[] | undefined
  const { text, end } = cursor
  do {
    const from = cursor.at
    const to = spanOf(text, from, end, TOKEN)
    if (to === from) return undefined
    const name = text.substring(from, to)
    cursor.at = to
    let value: string | undefined
    if (cursor.take(EQUAL)) {
      value = parseValue(cursor)
      if (value === undefined) return undefined
    }
    if (raw === undefined) raw = [name, value]
    else if (!cursor.allows('params', raw.length / 2 + 1) || indexOfName(raw, name) >= 0) return undefined
    // Most have no more than two, and an array that grows takes room for many.
    else if (raw.length === 2) raw = [raw[0], raw[1], name, value]
    else raw.push(name, value)
  } while (cursor.take(separator))
  return new Params(raw, style)
}

/** gen-value: token, host or quoted string, with or without the brackets of an IPv6 address (RFC 5118 §4.5). */
function parseValue(cursor: Cursor): string | undefined {
  const { text, end, at: from } = cursor
  if (from < end && text.charCodeAt(from) === QUOTE) return cursor.quoted()
  const to = spanOf(text, from, end, VALUE)
  cursor.at = to
  return to === from ? undefined : text.substring(from, to)
}

/** The index after the URI parameters at `at`; -1 when one is malformed or repeated, or there are too many. */
export function spanUriParams(cursor: Cursor, at: number, end: number): number {
  const { text } = cursor
  let count = 0
  let next = at
  while (next < end && text.charCodeAt(next) === SEMICOLON) {
    const from = next + 1
    next = spanEscaped(text, from, end, PARAM)
    if (next <= from || !cursor.allows('params', ++count)) return -1
    if (next < end && text.charCodeAt(next) === EQUAL) {
      const valueAt = next + 1
      next = spanEscaped(text, valueAt, end, PARAM)
      if (next <= valueAt) return -1
    }
  }
  return count > 1 && readUriParams(text, at, next).hasRepeats ? -1 : next
}

/** The URI parameters between two indexes, which must be well formed. */
export function readUriParams(text: string, at: number, end: number): Params {
  if (at >= end) return noUriParams
  let raw: (string | undefined)[] | undefined
  while (at < end) {
    const from = at + 1
    const next = text.indexOf(';', from)
    at = next < 0 || next > end ? end : next
    let equal = from
    while (equal < at && text.charCodeAt(equal) !== EQUAL) equal++
    const name = text.substring(from, equal)
    const value = equal < at ? text.substring(equal + 1, at) : undefined
    if (raw === undefined) raw = [name, value]
    else raw.push(name, value)
  }
  return new Params(raw ?? [], uriStyle)
}
