/** What can be wrong with a peer's message, and what is owed for it. */

import type { Field } from './field.js'
import type { Grammar } from './grammar.js'
import type { LimitName } from './limits.js'

export interface Fault {
  /** The status to answer with; undefined when nothing is owed: a response, an ACK (§17.1.1.3), or no SIP at all. */
  readonly status: number | undefined
  /** What is wrong, fit for a reason phrase. */
  readonly reason: string
  /** The limit that was passed, for counters. */
  readonly limit?: LimitName
  /** The method, as far as there was one. */
  readonly method: string | undefined
  /** The header lines that could be told apart. */
  readonly fields: readonly Field[]
  readonly grammar: Grammar
}

/** What was accepted against the letter of the grammar, for counters. */
export type Leniency =
  | 'lineEnds'
  | 'leadingLines'
  | 'versionCase'
  | 'noEmptyLine'
  | 'surplusOctets'
  | 'repeatedContentLength'

export interface Wrong {
  /** 400 unless given. */
  readonly status?: number
  readonly reason: string
  readonly limit?: LimitName
}

/** The fault in a message whose start line could be read; `method` is undefined for responses. */
export function faultIn(method: string | undefined, wrong: Wrong, fields: readonly Field[], grammar: Grammar): Fault {
  const status = method === undefined || method === 'ACK' ? undefined : (wrong.status ?? 400)
  const fault = { status, reason: wrong.reason, method, fields, grammar }
  return wrong.limit === undefined ? fault : { ...fault, limit: wrong.limit }
}
