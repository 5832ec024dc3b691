/** What is known of one header: its names and how a value is read and written. §7.3, §20. */

import type { Cursor } from './cursor.js'

/**
 * one   – a single value, never split at commas
 * lines – one value per line, never split, and several lines are several values (§7.3.1: credentials and challenges)
 * list  – comma-separated; written on one line
 * rows  – comma-separated; written one value per line, as routing headers are usually seen
 */
export type Shape = 'one' | 'lines' | 'list' | 'rows'

export interface Header<T> {
  /** As written in §20. */
  readonly name: string
  /** What a line of it begins with. */
  readonly prefix: string
  /** The name in lower case. */
  readonly key: string
  /** The compact form (§7.3.3) in lower case. */
  readonly compact: string | undefined
  readonly shape: Shape
  /** One bit for each header that a message needs, or must not repeat, to be routed; 0 for all others. */
  readonly routing: number
  /** False for headers that no grammar has: those are the same when their names are. */
  readonly known: boolean
  /** True when `format` refuses whatever could not be parsed again, so that nobody needs to check its output. */
  readonly checked: boolean
  /** Reads one value at the cursor; undefined when it is malformed. */
  parse(cursor: Cursor): T | undefined
  /** Writes one value. Throws TypeError when it has no written form. */
  format(value: T): string
}

export interface HeaderGrammar<T> {
  parse(cursor: Cursor): T | undefined
  format(value: T): string
  readonly checked?: boolean
}

/** Puts names to a grammar. */
export function defineHeader<T>(
  name: string,
  shape: Shape,
  grammar: HeaderGrammar<T>,
  more: { readonly compact?: string; readonly routing?: number; readonly known?: boolean } = {},
): Header<T> {
  return {
    name,
    prefix: `${name}: `,
    key: name.toLowerCase(),
    compact: more.compact,
    shape,
    routing: more.routing ?? 0,
    known: more.known ?? true,
    checked: grammar.checked ?? false,
    parse: grammar.parse,
    format: grammar.format,
  }
}
