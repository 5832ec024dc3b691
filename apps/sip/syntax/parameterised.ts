/** A token with parameters, which is what most headers hold: §25.1. */

import { isOf, isToken, TOKEN } from './char-class.js'
import type { Cursor } from './cursor.js'
import type { HeaderGrammar } from './header.js'
import { headerParams, type Params, type ParamValues, parseParams } from './params.js'

export interface Parameterised {
  readonly value: string
  readonly params: Params
}

/** A value with parameters to put into a header. */
export function parameterised(value: string, params: ParamValues | Params = {}): Parameterised {
  return { value, params: headerParams(params) }
}

/** Reads a token and its parameters. */
export const tokenWithParams: HeaderGrammar<Parameterised> = {
  parse: (cursor: Cursor): Parameterised | undefined => withParams(cursor, cursor.token()),
  format: ({ value, params }) => {
    if (!isToken(value)) throw new TypeError(`not a token: ${JSON.stringify(value)}`)
    return `${value}${params}`
  },
  checked: true,
}

/** Reads visible characters up to a separator, as in `Replaces: call-id;to-tag=...`, and the parameters. */
export const wordWithParams: HeaderGrammar<Parameterised> = {
  parse: (cursor: Cursor): Parameterised | undefined => {
    const { text, end, at: from } = cursor
    let at = from
    while (at < end && isWord(text.charCodeAt(at))) at++
    cursor.at = at
    return withParams(cursor, text.substring(from, at))
  },
  format: ({ value, params }) => `${value}${params}`,
}

function isWord(code: number): boolean {
  return isOf(code, TOKEN) || (code > 32 && code < 127 && code !== 59 && code !== 44)
}

function withParams(cursor: Cursor, value: string): Parameterised | undefined {
  if (value === '') return undefined
  const params = parseParams(cursor)
  return params && { value, params }
}

/** The q of a preference, 0 to 1: §20.1. 1 when absent, undefined when malformed. */
export function qOf(params: Params): number | undefined {
  const q = params.get('q')
  if (q === undefined) return 1
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : undefined
}
