/** The header fields of a message: read lazily, changed by copy. §7.3. */

import type { Address } from './address.js'
import type { CSeq } from './cseq.js'
import { type Field, formFields, formList } from './field.js'
import type { Grammar } from './grammar.js'
import { callId, cseq, from, to, via } from './header/routing.js'
import type { Header } from './header.js'
import type { HeaderInput, HeaderInputs, HeaderValue } from './header-value.js'
import type { Via } from './via.js'

/**
 * Names are taken in any case and in compact form. Nothing here changes the message: each change gives a new one that
 * shares all other lines with it.
 */
export abstract class Headers<Self> {
  /** All lines in order. */
  readonly fields: readonly Field[]
  readonly grammar: Grammar
  /** What is asked for again and again. */
  private toMemo: Address | undefined
  private viaMemo: Via | undefined
  private cseqMemo: CSeq | undefined

  constructor(fields: readonly Field[], grammar: Grammar) {
    this.fields = fields
    this.grammar = grammar
    this.toMemo = undefined
    this.viaMemo = undefined
    this.cseqMemo = undefined
  }

  /** The same message with other fields. */
  abstract withFields(fields: readonly Field[]): Self

  /** This and the next four throw TypeError when the message has none, which no parsed message is. */
  get callId(): string {
    return this.first(callId) ?? absent('Call-ID')
  }

  get cseq(): CSeq {
    this.cseqMemo ??= this.first(cseq) ?? absent('CSeq')
    return this.cseqMemo
  }

  get from(): Address {
    return this.first(from) ?? absent('From')
  }

  get to(): Address {
    this.toMemo ??= this.first(to) ?? absent('To')
    return this.toMemo
  }

  /** The top Via. */
  get via(): Via {
    this.viaMemo ??= this.first(via) ?? absent('Via')
    return this.viaMemo
  }

  /** The first value; undefined when absent or malformed. */
  get<Name extends string>(name: Name): HeaderValue<Name> | undefined {
    return this.first(this.grammar.find(name))
  }

  /** All values of all lines, those of malformed lines left out. */
  getAll<Name extends string>(name: Name): readonly HeaderValue<Name>[] {
    return this.all(this.grammar.find(name))
  }

  /** The last value; undefined when absent or malformed. */
  last<Name extends string>(name: Name): HeaderValue<Name> | undefined {
    const header = this.grammar.find(name)
    const field = this.fields.findLast(field => isOf(field, header))
    return field && isOf(field, header) ? field.values(this.grammar.limits).at(-1) : undefined
  }

  /** True when there is such a line, malformed or not. */
  has(name: string): boolean {
    const header: Header<unknown> = this.grammar.find(name)
    return firstOf(this.fields, header) !== undefined
  }

  /** True when a line of that name cannot be read. */
  isMalformed(name: string): boolean {
    const header: Header<unknown> = this.grammar.find(name)
    return this.fields.some(field => isOf(field, header) && field.isMalformed(this.grammar.limits))
  }

  /** The values of the lines as they are written, unfolded. */
  raw(name: string): readonly string[] {
    const header: Header<unknown> = this.grammar.find(name)
    return this.fields.filter(field => isOf(field, header)).map(field => field.raw)
  }

  /** Replaces all lines of that name where the first one stood. Throws TypeError for an illegal value. */
  set<Name extends string>(name: Name, value: HeaderInput<Name>): Self {
    const header = this.grammar.find(name)
    return this.withFields(replaced(this.fields, header, formFields(header, value, this.grammar.limits)))
  }

  /** Sets several headers; undefined ones stay as they are. */
  setAll(headers: HeaderInputs): Self {
    return this.withFields(mergeFields(this.fields, headers, this.grammar))
  }

  /** Puts values before the first one. Throws TypeError for an illegal value. */
  prepend<Name extends string>(name: Name, value: HeaderInput<Name>): Self {
    const header = this.grammar.find(name)
    const fields = formFields(header, value, this.grammar.limits)
    const first = indexOf(this.fields, header)
    const at = first >= 0 ? first : header.routing === via.routing ? 0 : this.indexAfterVias()
    return this.withFields(inserted(this.fields, at, fields))
  }

  /** Puts values after the last one. Throws TypeError for an illegal value. */
  append<Name extends string>(name: Name, value: HeaderInput<Name>): Self {
    const header = this.grammar.find(name)
    const fields = formFields(header, value, this.grammar.limits)
    const last = lastIndexOf(this.fields, header)
    return this.withFields(inserted(this.fields, last < 0 ? this.fields.length : last + 1, fields))
  }

  /** Removes all lines of that name. */
  remove(name: string): Self {
    const header: Header<unknown> = this.grammar.find(name)
    return this.withFields(this.fields.filter(field => !isOf(field, header)))
  }

  /** Removes the first value, and its line when it was alone there or the line is malformed. */
  removeFirst(name: string): Self {
    const header: Header<unknown> = this.grammar.find(name)
    return this.edit(header, indexOf(this.fields, header), values => values.slice(1))
  }

  /** Removes the last value, and its line when it was alone there or the line is malformed. */
  removeLast(name: string): Self {
    const header: Header<unknown> = this.grammar.find(name)
    return this.edit(header, lastIndexOf(this.fields, header), values => values.slice(0, -1))
  }

  /** Changes the first value; nothing when it is absent or malformed. */
  updateFirst<Name extends string>(name: Name, change: (value: HeaderValue<Name>) => HeaderValue<Name>): Self {
    const header = this.grammar.find(name)
    return this.edit(header, indexOf(this.fields, header), values => {
      const first = values[0]
      return first === undefined ? undefined : values.with(0, change(first))
    })
  }

  /** Changes the last value; nothing when it is absent or malformed. */
  updateLast<Name extends string>(name: Name, change: (value: HeaderValue<Name>) => HeaderValue<Name>): Self {
    const header = this.grammar.find(name)
    return this.edit(header, lastIndexOf(this.fields, header), values => {
      const last = values.at(-1)
      return last === undefined ? undefined : [...values.slice(0, -1), change(last)]
    })
  }

  private first<T>(header: Header<T>): T | undefined {
    return firstOf(this.fields, header)?.first(this.grammar.limits)
  }

  private all<T>(header: Header<T>): readonly T[] {
    const values: T[] = []
    for (const field of this.fields) if (isOf(field, header)) values.push(...field.values(this.grammar.limits))
    return values
  }

  /** Puts other values into one line, or removes the line when none are left. */
  private edit<T>(header: Header<T>, at: number, change: (values: readonly T[]) => readonly T[] | undefined): Self {
    const field = this.fields[at]
    if (field === undefined || !isOf(field, header)) return this.withFields(this.fields)
    const values = change(field.values(this.grammar.limits))
    if (values === undefined) return this.withFields(this.fields)
    if (values.length === 0) return this.withFields(this.fields.toSpliced(at, 1))
    return this.withFields(this.fields.with(at, formList(header, values)))
  }

  /** Routing headers belong to the top, and Via above them: §7.3.1. */
  private indexAfterVias(): number {
    return lastIndexOf(this.fields, via) + 1
  }
}

/** Fields with headers set: replaced where they stood, or appended. */
export function mergeFields(fields: readonly Field[], headers: HeaderInputs, grammar: Grammar): readonly Field[] {
  let merged = fields
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    const header: Header<unknown> = grammar.find(name)
    merged = replaced(merged, header, formFields(header, value, grammar.limits))
  }
  return merged
}

type Fields = readonly Field[]

/** True for a line of that header; unknown headers are the same when their names are. */
export function isOf<T>(field: Field, header: Header<T>): field is Field<T> {
  return field.header === header || (!header.known && field.header.key === header.key)
}

function firstOf<T>(fields: Fields, header: Header<T>): Field<T> | undefined {
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at]
    if (field !== undefined && isOf(field, header)) return field
  }
  return undefined
}

function indexOf<T>(fields: Fields, header: Header<T>): number {
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at]
    if (field !== undefined && isOf(field, header)) return at
  }
  return -1
}

function lastIndexOf<T>(fields: Fields, header: Header<T>): number {
  for (let at = fields.length - 1; at >= 0; at--) {
    const field = fields[at]
    if (field !== undefined && isOf(field, header)) return at
  }
  return -1
}

// Plain loops: every message that is sent on goes through here.
function inserted(fields: Fields, at: number, added: Fields): Fields {
  const list: Field[] = []
  for (let from = 0; from < at; from++) pushOf(list, fields, from)
  for (let from = 0; from < added.length; from++) pushOf(list, added, from)
  for (let from = at; from < fields.length; from++) pushOf(list, fields, from)
  return list
}

/** Without the lines of that header, and with others where the first of them stood, or at the end. */
function replaced<T>(fields: Fields, header: Header<T>, added: Fields): Fields {
  const list: Field[] = []
  let pending = true
  for (let from = 0; from < fields.length; from++) {
    const field = fields[from]
    if (field === undefined) break
    if (!isOf(field, header)) list.push(field)
    else if (pending) {
      pending = false
      for (let more = 0; more < added.length; more++) pushOf(list, added, more)
    }
  }
  return pending ? inserted(list, list.length, added) : list
}

function pushOf(list: Field[], fields: Fields, at: number): void {
  const field = fields[at]
  if (field !== undefined) list.push(field)
}

function absent(name: string): never {
  throw new TypeError(`the message has no ${name}`)
}
