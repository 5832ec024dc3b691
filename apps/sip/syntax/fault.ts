/** What can be wrong with a peer's message, and what is owed for it. */

import type { Field } from './field.js'
import type { Grammar } from './grammar.js'
import type { LimitName } from './limits.js'

export interface Flaw {
  /** The status to answer with; undefined when nothing is owed: a response, an ACK (§17.1.1.3), or no SIP at all. */
  readonly status: number | undefined
  /** What is wrong, fit for a reason phrase. */
  readonly reason: string
  /** The limit that was passed, for counters. */
  readonly limit?: LimitName
}

/** A flaw because of which a message is not taken, and what could be read of it. */
export interface Fault extends Flaw {
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

/** What is owed for something wrong; `method` is undefined for responses. */
export function flawIn(method: string | undefined, wrong: Wrong): Flaw {
  const status = method === undefined || method === 'ACK' ? undefined : (wrong.status ?? 400)
  const { reason, limit } = wrong
  return limit === undefined ? { status, reason } : { status, reason, limit }
}

/** The fault in a message whose start line could be read; `method` is undefined for responses. */
export function faultIn(method: string | undefined, wrong: Wrong, fields: readonly Field[], grammar: Grammar): Fault {
  return { ...flawIn(method, wrong), method, fields, grammar }
}
