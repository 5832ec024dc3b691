/** The stateless response owed for a message that could not be read: §8.2.7, §16.3, §21.4.1. */

import { Cursor } from './cursor.js'
import type { Fault } from './fault.js'
import { type Field, formField } from './field.js'
import { via } from './header/routing.js'
import { Response } from './message.js'
import { copyFields } from './response.js'
import { salvageVia } from './via.js'

/**
 * The response with what could still be read of the request; undefined when nothing is owed or its top Via does not even
 * say who sent it. Lines that are missing stay missing. The To tag is a function of the request, so that a retransmission
 * gets the same one (§8.2.7).
 */
export function faultResponse(fault: Fault): Response | undefined {
  const { status, fields, grammar } = fault
  const top = fields.find(({ header }) => header === via)
  const readable = top && salvageLine(top, fault)
  if (status === undefined || readable === undefined) return undefined
  const lines = copyFields(fields, grammar.limits, status, tagOf(fields))
  const answered = lines.map(line => (line === top ? readable : line))
  return new Response({ status, reason: fault.reason }, { fields: answered, body: '', grammar })
}

/** The line itself when it can be read, else a Via of as much as can be. */
function salvageLine(line: Field, { grammar: { limits } }: Fault): Field | undefined {
  if (!line.isMalformed(limits)) return line
  const salvaged = salvageVia(new Cursor(line.raw, 0, line.raw.length, limits))
  return salvaged && formField(via, salvaged, limits)
}

/** FNV-1a over what stays the same when the request comes again. */
function tagOf(fields: readonly Field[]): string {
  let hash = 0x811c9dc5
  for (const { header, raw } of fields) {
    if (header.routing === 0) continue
    for (let at = 0; at < raw.length; at++) hash = Math.imul(hash ^ raw.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0).toString(36).padStart(7, '0')
}
