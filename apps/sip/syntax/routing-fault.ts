/** What is wrong with the headers that every element needs: Via, From, To, Call-ID, CSeq, Max-Forwards, Content-Length. */

import type { Wrong } from './fault.js'
import type { Field } from './field.js'
import { CALL_ID, CONTENT_LENGTH, CSEQ, contentLength, FROM, TO, VIA } from './header/routing.js'
import { isOf } from './headers.js'
import type { Limits } from './limits.js'
import type { Message } from './message.js'
import { isKnownMethod } from './method.js'
import type { HeaderSection } from './split.js'

const needed = VIA | FROM | TO | CALL_ID | CSEQ

/** §8.1.1: these are in every message, once; Max-Forwards was not in RFC 2543 and is in most. */
export function findMissing(section: HeaderSection): Wrong | undefined {
  const { seen, repeated } = section
  if ((seen & needed) === needed && (repeated & ~CONTENT_LENGTH) === 0) return undefined
  const missing = needed & ~seen
  return missing === 0
    ? { reason: `Repeated ${nameOf(section, repeated)}` }
    : {
        reason: `Missing ${names
          .filter(([bit]) => (missing & bit) !== 0)
          .map(([, name]) => name)
          .join(', ')}`,
      }
}

const names: readonly (readonly [bit: number, name: string])[] = [
  [VIA, 'Via'],
  [FROM, 'From'],
  [TO, 'To'],
  [CALL_ID, 'Call-ID'],
  [CSEQ, 'CSeq'],
]

function nameOf(section: HeaderSection, bits: number): string {
  return section.fields.find(({ header }) => (header.routing & bits & ~CONTENT_LENGTH) !== 0)?.header.name ?? ''
}

/** Reads the routing headers, all of them now; the first Via only, the others are not ours to judge. */
export function findMalformed(message: Message): Wrong | undefined {
  const { fields, grammar } = message
  let viaSeen = false
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at]
    if (field === undefined || field.header.routing === 0 || (viaSeen && field.header.routing === VIA)) continue
    viaSeen ||= field.header.routing === VIA
    if (field.isMalformed(grammar.limits)) return malformed(field, grammar.limits)
  }
  return message.kind === 'request' ? findMismatch(message.method, message.cseq.method) : undefined
}

function malformed(field: Field, limits: Limits): Wrong {
  const reason = `Malformed ${field.header.name}`
  const limit = field.limitPassed(limits)
  return limit === undefined ? { reason } : { reason, limit }
}

/** §8.1.1.5: the method in CSeq is that of the request. RFC 4475 §3.1.2.18: 501 when nobody knows the method. */
function findMismatch(method: string, inCSeq: string): Wrong | undefined {
  if (method === inCSeq) return undefined
  const status = isKnownMethod(method) ? 400 : 501
  return { status, reason: 'CSeq Method Is Not the Request Method' }
}

/** The Content-Length; several that agree are one (RFC 4475 §3.3.9 has two that do not). */
export function lengthOf(fields: readonly Field[], limits: Limits): number | Wrong {
  let length: number | undefined
  for (const field of fields) {
    if (field.header.routing !== CONTENT_LENGTH || !isOf(field, contentLength)) continue
    const [value] = field.values(limits)
    if (value === undefined) return { reason: 'Malformed Content-Length' }
    if (length !== undefined && value !== length) return { reason: 'Conflicting Content-Length' }
    length = value
  }
  return length ?? 0
}
