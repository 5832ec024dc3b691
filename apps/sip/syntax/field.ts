/** One header line: kept as it was written, read when asked. §7.3.1. */

import { Cursor } from './cursor.js'
import type { Header, Shape } from './header.js'
import type { LimitName, Limits } from './limits.js'
import { octetsOf, refuseControls } from './quoted.js'

const COMMA = 44
const malformed: readonly never[] = []

export class Field<T = unknown> {
  readonly header: Header<T>
  /** What it was cut from: the whole message, or its own line when it was built here. */
  readonly text: string
  readonly start: number
  /** The value without blanks around it. */
  readonly valueStart: number
  readonly valueEnd: number
  /** Before the line end; folded lines are within. */
  readonly end: number
  private readonly unfolded: string | undefined
  /** The value where there is but one, as in most: an array for it would cost as much as the reading. */
  private only: T | undefined
  private memo: readonly T[] | undefined

  constructor(
    header: Header<T>,
    text: string,
    start: number,
    valueStart: number,
    valueEnd: number,
    end: number,
    value?: T,
    values?: readonly T[],
    unfolded?: string,
  ) {
    this.header = header
    this.text = text
    this.start = start
    this.valueStart = valueStart
    this.valueEnd = valueEnd
    this.end = end
    this.only = value
    this.memo = values
    this.unfolded = unfolded
  }

  /** The name as written; empty for a line that is no header. */
  get name(): string {
    if (this.valueStart === this.start) return ''
    const colon = this.text.indexOf(':', this.start)
    return this.text.slice(this.start, colon).trimEnd()
  }

  /** The value as written, unfolded. */
  get raw(): string {
    return this.unfolded ?? this.text.slice(this.valueStart, this.valueEnd)
  }

  /** The line as written with its line end. */
  get line(): string {
    return this.text.slice(this.start, this.end + 2)
  }

  /** The first value; undefined when the line is malformed, or may be empty and is. Read once. */
  first(limits: Limits): T | undefined {
    if (this.only === undefined && this.memo === undefined) this.parse(limits)
    return this.only ?? this.memo?.[0]
  }

  /** The values; none when the line is malformed. Read once. */
  values(limits: Limits): readonly T[] {
    const first = this.first(limits)
    this.memo ??= first === undefined ? malformed : [first]
    return this.memo
  }

  hasSeveral(limits: Limits): boolean {
    return this.first(limits) !== undefined && this.memo !== undefined && this.memo.length > 1
  }

  isMalformed(limits: Limits): boolean {
    return this.first(limits) === undefined && this.memo === malformed
  }

  /** The limit because of which the line is malformed; undefined when it is not, or for another reason. */
  limitPassed(limits: Limits): LimitName | undefined {
    const cursor = this.cursor(limits)
    return parseValues(this.header, cursor) === undefined ? cursor.passed : undefined
  }

  private parse(limits: Limits): void {
    const cursor = this.cursor(limits)
    if (cursor.atEnd && isSplit(this.header)) {
      this.memo = emptyOf(this.header) ?? malformed
      return
    }
    const first = this.header.parse(cursor)
    if (first !== undefined && cursor.at >= cursor.end) this.only = first
    else this.memo = parseRest(this.header, first, cursor) ?? malformed
  }

  private cursor(limits: Limits): Cursor {
    const { unfolded } = this
    return unfolded === undefined
      ? new Cursor(this.text, this.valueStart, this.valueEnd, limits)
      : new Cursor(unfolded, 0, unfolded.length, limits)
  }
}

function parseValues<T>(header: Header<T>, cursor: Cursor): readonly T[] | undefined {
  if (cursor.atEnd && isSplit(header)) return emptyOf(header)
  const first = header.parse(cursor)
  return first !== undefined && cursor.at >= cursor.end ? [first] : parseRest(header, first, cursor)
}

/** All values, where the first one is not the end. */
function parseRest<T>(header: Header<T>, first: T | undefined, cursor: Cursor): readonly T[] | undefined {
  if (first === undefined || !isSplit(header)) return undefined
  const values = [first]
  while (cursor.take(COMMA)) {
    const value = header.parse(cursor)
    if (value === undefined || !cursor.allows('values', values.length + 1)) return undefined
    values.push(value)
  }
  return cursor.at < cursor.end ? undefined : values
}

/** Several values may stand in one line of it. */
function isSplit({ shape }: { readonly shape: Shape }): boolean {
  return shape === 'list' || shape === 'rows'
}

/** §7.3.1 and the grammar: an empty list is a list for those headers that may be empty, such as Supported. */
function emptyOf({ shape }: { readonly shape: Shape }): readonly never[] | undefined {
  return shape === 'list' ? [] : undefined
}

/** A header value as applications give it: the typed value, or its text, or several. */
export type Input<T> = T | string | readonly (T | string)[]

/** The lines that a value makes. Throws TypeError when it is not a value of that header. */
export function formFields<T>(header: Header<T>, input: Input<T>, limits: Limits): readonly Field<T>[] {
  if (!isSeveral(input)) return [formField(header, input, limits)]
  if (header.shape === 'one' && input.length > 1) throw new TypeError(`${header.name} takes one value`)
  if (header.shape !== 'list') return input.map(value => formField(header, value, limits))
  const fields = input.map(value => formField(header, value, limits))
  return fields.length === 1 ? fields : [joined(header, fields, limits)]
}

function isSeveral<T>(input: Input<T>): input is readonly (T | string)[] {
  return Array.isArray(input)
}

function joined<T>(header: Header<T>, fields: readonly Field<T>[], limits: Limits): Field<T> {
  const values = fields.flatMap(field => field.values(limits))
  return lineOf(header, fields.map(field => field.raw).join(', '), undefined, values)
}

/** One line of one value or one text. */
export function formField<T>(header: Header<T>, value: T | string, limits: Limits): Field<T> {
  if (typeof value === 'string') return fromText(header, value, limits)
  const text = header.format(value)
  if (!header.checked) reread(header, text, limits)
  return lineOf(header, text, value)
}

/** One line of a text that is known to be a value of the header: it is not read before somebody asks for it, unless it is given. */
export function trustedField<T>(header: Header<T>, text: string, value?: T): Field<T> {
  return lineOf(header, text, value)
}

/** One line of values that came out of a line like it. */
export function formList<T>(header: Header<T>, values: readonly T[]): Field<T> {
  let text = ''
  for (const value of values) text += text === '' ? header.format(value) : `, ${header.format(value)}`
  return lineOf(header, text, undefined, values)
}

function fromText<T>(header: Header<T>, given: string, limits: Limits): Field<T> {
  refuseControls(given, header.name)
  const text = octetsOf(given.trim())
  return lineOf(header, text, undefined, parsed(header, text, limits))
}

/** What was written must read as exactly one value, or an application could smuggle in a second. */
function reread<T>(header: Header<T>, text: string, limits: Limits): void {
  refuseControls(text, header.name)
  if (parsed(header, text, limits).length !== 1) throw new TypeError(`not one value of ${header.name}: ${text}`)
}

function parsed<T>(header: Header<T>, text: string, limits: Limits): readonly T[] {
  const values = parseValues(header, new Cursor(text, 0, text.length, limits))
  if (values === undefined) throw new TypeError(`not a value of ${header.name}: ${JSON.stringify(text)}`)
  return values
}

function lineOf<T>(header: Header<T>, text: string, value?: T, values?: readonly T[]): Field<T> {
  const { prefix } = header
  const end = prefix.length + text.length
  return new Field(header, `${prefix}${text}\r\n`, 0, prefix.length, end, end, value, values)
}
