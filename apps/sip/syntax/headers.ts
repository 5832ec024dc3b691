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

  constructor(fields: readonly Field[], grammar: Grammar) {
    this.fields = fields
    this.grammar = grammar
  }

  /** The same message with other fields. */
  abstract withFields(fields: readonly Field[]): Self

  /** This and the next four throw TypeError when the message has none, which no parsed message is. */
  get callId(): string {
    return this.first(callId) ?? absent('Call-ID')
  }

  get cseq(): CSeq {
    return this.first(cseq) ?? absent('CSeq')
  }

  get from(): Address {
    return this.first(from) ?? absent('From')
  }

  get to(): Address {
    return this.first(to) ?? absent('To')
  }

  /** The top Via. */
  get via(): Via {
    return this.first(via) ?? absent('Via')
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
    return this.fields.some(field => isOf(field, header))
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
    const fields = formFields(header, value, this.grammar.limits)
    const at = this.indexOf(header)
    if (at < 0) return this.withFields([...this.fields, ...fields])
    const others = this.fields.slice(at).filter(field => !isOf(field, header))
    return this.withFields([...this.fields.slice(0, at), ...fields, ...others])
  }

  /** Sets several headers; undefined ones stay as they are. */
  setAll(headers: HeaderInputs): Self {
    return this.withFields(mergeFields(this.fields, headers, this.grammar))
  }

  /** Puts values before the first one. Throws TypeError for an illegal value. */
  prepend<Name extends string>(name: Name, value: HeaderInput<Name>): Self {
    const header = this.grammar.find(name)
    const fields = formFields(header, value, this.grammar.limits)
    const first = this.indexOf(header)
    const at = first >= 0 ? first : header.routing === via.routing ? 0 : this.indexAfterVias()
    return this.withFields(this.fields.toSpliced(at, 0, ...fields))
  }

  /** Puts values after the last one. Throws TypeError for an illegal value. */
  append<Name extends string>(name: Name, value: HeaderInput<Name>): Self {
    const header = this.grammar.find(name)
    const fields = formFields(header, value, this.grammar.limits)
    const last = this.fields.findLastIndex(field => isOf(field, header))
    return this.withFields(this.fields.toSpliced(last < 0 ? this.fields.length : last + 1, 0, ...fields))
  }

  /** Removes all lines of that name. */
  remove(name: string): Self {
    const header: Header<unknown> = this.grammar.find(name)
    return this.withFields(this.fields.filter(field => !isOf(field, header)))
  }

  /** Removes the first value, and its line when it was alone there or the line is malformed. */
  removeFirst(name: string): Self {
    const header: Header<unknown> = this.grammar.find(name)
    return this.edit(header, this.indexOf(header), values => values.slice(1))
  }

  /** Removes the last value, and its line when it was alone there or the line is malformed. */
  removeLast(name: string): Self {
    const header: Header<unknown> = this.grammar.find(name)
    return this.edit(header, this.lastIndexOf(header), values => values.slice(0, -1))
  }

  /** Changes the first value; nothing when it is absent or malformed. */
  updateFirst<Name extends string>(name: Name, change: (value: HeaderValue<Name>) => HeaderValue<Name>): Self {
    const header = this.grammar.find(name)
    return this.edit(header, this.indexOf(header), ([first, ...others]) =>
      first === undefined ? undefined : [change(first), ...others],
    )
  }

  /** Changes the last value; nothing when it is absent or malformed. */
  updateLast<Name extends string>(name: Name, change: (value: HeaderValue<Name>) => HeaderValue<Name>): Self {
    const header = this.grammar.find(name)
    return this.edit(header, this.lastIndexOf(header), values => {
      const last = values.at(-1)
      return last === undefined ? undefined : [...values.slice(0, -1), change(last)]
    })
  }

  private first<T>(header: Header<T>): T | undefined {
    const { fields } = this
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at]
      if (field !== undefined && isOf(field, header)) return field.values(this.grammar.limits)[0]
    }
    return undefined
  }

  private all<T>(header: Header<T>): readonly T[] {
    const values: T[] = []
    for (const field of this.fields) if (isOf(field, header)) values.push(...field.values(this.grammar.limits))
    return values
  }

  private indexOf<T>(header: Header<T>): number {
    return this.fields.findIndex(field => isOf(field, header))
  }

  private lastIndexOf<T>(header: Header<T>): number {
    return this.fields.findLastIndex(field => isOf(field, header))
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
    return this.lastIndexOf(via) + 1
  }
}

/** Fields with headers set: replaced where they stood, or appended. */
export function mergeFields(fields: readonly Field[], headers: HeaderInputs, grammar: Grammar): readonly Field[] {
  let merged = fields
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    const header: Header<unknown> = grammar.find(name)
    const added = formFields(header, value, grammar.limits)
    const at = merged.findIndex(field => isOf(field, header))
    const others = at < 0 ? merged : merged.filter(field => !isOf(field, header))
    merged = others.toSpliced(at < 0 ? others.length : at, 0, ...added)
  }
  return merged
}

/** True for a line of that header; unknown headers are the same when their names are. */
export function isOf<T>(field: Field, header: Header<T>): field is Field<T> {
  return field.header === header || (!header.known && field.header.key === header.key)
}

function absent(name: string): never {
  throw new TypeError(`the message has no ${name}`)
}
