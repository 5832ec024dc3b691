/** Grammars of headers whose value is one number, one token, or text: §25.1. */

import { isOf, isToken, VISIBLE } from '../char-class.js'
import type { Cursor } from '../cursor.js'
import type { HeaderGrammar } from '../header.js'
import { octetsOf, textOf } from '../quoted.js'

const COMMA = 44

/** An unsigned integer up to `maximum`. */
export function number(maximum: number): HeaderGrammar<number> {
  return {
    parse: cursor => cursor.integer(maximum),
    format: value => {
      if (Number.isInteger(value) && value >= 0 && value <= maximum) return String(value)
      throw new TypeError(`not an integer from 0 to ${maximum}: ${value}`)
    },
    checked: true,
  }
}

export const token: HeaderGrammar<string> = {
  parse: cursor => cursor.token() || undefined,
  format: value => {
    if (isToken(value)) return value
    throw new TypeError(`not a token: ${JSON.stringify(value)}`)
  },
  checked: true,
}

/** Free text to the end of the line, UTF-8. */
export const text: HeaderGrammar<string> = {
  parse: cursor => textOf(rest(cursor)),
  format: octetsOf,
}

/** The value as octets, for headers nobody here knows. */
export const raw: HeaderGrammar<string> = { parse: rest, format: value => value }

/** Visible ASCII without blanks, as in Call-ID: §25.1 callid, a little wider. */
export const printable: HeaderGrammar<string> = {
  parse: cursor => cursor.span(VISIBLE) || undefined,
  format: value => value,
}

/** The same where values are separated by commas. */
export const word: HeaderGrammar<string> = {
  parse: cursor => {
    const { text, end, at: from } = cursor
    let at = from
    while (at < end && text.charCodeAt(at) !== COMMA && isOf(text.charCodeAt(at), VISIBLE)) at++
    cursor.at = at
    return at === from ? undefined : text.substring(from, at)
  },
  format: value => value,
}

function rest(cursor: Cursor): string {
  const value = cursor.text.substring(cursor.at, cursor.end)
  cursor.at = cursor.end
  return value
}
