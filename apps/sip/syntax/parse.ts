/** Text to message, or to a fault that names the status owed: §7, §18.3, §21.4.1. Never throws. */

import { type Fault, type Flaw, faultIn, type Leniency } from './fault.js'
import type { Grammar } from './grammar.js'
import type { Message } from './message.js'
import { readMessage } from './read.js'

export interface ParseOptions {
  /** The headers known and the limits set; the standard ones unless given. */
  readonly grammar?: Grammar
  /** Refuses with 400 what is otherwise tolerated. */
  readonly strict?: boolean
}

export type Parsed =
  | { readonly kind: 'ok'; readonly message: Message; readonly tolerated: readonly Leniency[] }
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** Nothing but line ends: RFC 5626 §4.4.1, and what devices send to keep a NAT binding. */
  | { readonly kind: 'keepalive' }

/** Reads one datagram, or one message cut out of a stream, and takes it only without a flaw; one character per octet. */
export function parseMessage(text: string, options: ParseOptions = {}): Parsed {
  const reading = readMessage(text, options.grammar)
  if (reading.kind !== 'ok') return reading
  const { message, tolerated, flaws } = reading
  const fault = faultOf(message, flaws) ?? (options.strict === true ? strictFault(message, tolerated) : undefined)
  return fault === undefined ? reading : { kind: 'fault', fault }
}

/** The first flaw is the one answered for. */
export function faultOf(message: Message, [flaw]: readonly Flaw[]): Fault | undefined {
  if (flaw === undefined) return undefined
  const method = message.kind === 'request' ? message.method : undefined
  return { ...flaw, method, fields: message.fields, grammar: message.grammar }
}

function strictFault(message: Message, tolerated: readonly Leniency[]): Fault | undefined {
  if (tolerated.length === 0) return undefined
  const method = message.kind === 'request' ? message.method : undefined
  return faultIn(method, { reason: `Not Strictly SIP: ${tolerated.join()}` }, message.fields, message.grammar)
}
