/** Headers for people, and lists with a grammar of their own. */

import { spanOf, TOKEN } from '../char-class.js'
import type { Cursor } from '../cursor.js'
import { defineHeader, type Header, type HeaderGrammar } from '../header.js'
import { headerStyle, type Params, parseParamList } from '../params.js'
import { quote, unquote } from '../quoted.js'
import { text } from './plain.js'

const SEMICOLON = 59

/** §20.43: a code of 300 to 399, who warns, and a text for people. */
export interface Warning {
  readonly code: number
  /** Host with port, or a pseudonym. */
  readonly agent: string
  readonly text: string
}

export interface TextHeaders {
  Organization: string
  'P-Charging-Function-Addresses': Params
  'P-Charging-Vector': Params
  Privacy: string
  Server: string
  Subject: string
  'User-Agent': string
  Warning: Warning
}

const warning: HeaderGrammar<Warning> = {
  parse: (cursor: Cursor): Warning | undefined => {
    const from = cursor.at
    const code = cursor.integer(999)
    if (code === undefined || cursor.at !== from + 3 || cursor.peek() > 32) return undefined
    cursor.skipSpace()
    const agentAt = cursor.at
    cursor.at = agentEnd(cursor)
    const agent = cursor.text.substring(agentAt, cursor.at)
    cursor.skipSpace()
    const quoted = agent === '' ? undefined : cursor.quoted()
    return quoted === undefined ? undefined : { code, agent, text: unquote(quoted) }
  },
  format: ({ code, agent, text: said }) => `${code} ${agent} ${quote(said)}`,
}

function agentEnd(cursor: Cursor): number {
  let at = cursor.at
  while (at < cursor.end && cursor.text.charCodeAt(at) > 32 && cursor.text.charCodeAt(at) !== 34) at++
  return at
}

/** RFC 3323 §4.2: values separated by semicolons, and by commas here and there; either way they are a list. */
const privacy: HeaderGrammar<string> = {
  parse: (cursor: Cursor): string | undefined => {
    const from = cursor.at
    do {
      const at = spanOf(cursor.text, cursor.at, cursor.end, TOKEN)
      if (at === cursor.at) return undefined
      cursor.at = at
    } while (cursor.take(SEMICOLON))
    return cursor.text.substring(from, cursor.at)
  },
  format: value => value,
}

const charging: HeaderGrammar<Params> = {
  parse: cursor => parseParamList(cursor, SEMICOLON, headerStyle),
  format: params => params.join('', ';'),
}

export const textHeaders: readonly Header<unknown>[] = [
  defineHeader('Organization', 'one', text),
  defineHeader('P-Charging-Function-Addresses', 'one', charging), // RFC 7315 §4.5
  defineHeader('P-Charging-Vector', 'one', charging), // RFC 7315 §4.6
  defineHeader('Privacy', 'list', privacy), // RFC 3323
  defineHeader('Server', 'one', text),
  defineHeader('Subject', 'one', text, { compact: 's' }),
  defineHeader('User-Agent', 'one', text),
  defineHeader('Warning', 'list', warning),
]
