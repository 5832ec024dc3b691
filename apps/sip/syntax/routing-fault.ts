/** What is wrong with the headers that every element needs: Via, From, To, Call-ID, CSeq, Max-Forwards, Content-Length. */

import type { Wrong } from './fault.js'
import type { Field } from './field.js'
import { CALL_ID, CONTENT_LENGTH, CSEQ, contentLength, cseq, FROM, MAX_FORWARDS, TO, VIA } from './header/routing.js'
import { isOf } from './headers.js'
import type { Limits } from './limits.js'
import type { Message } from './message.js'
import { isKnownMethod } from './method.js'
import type { HeaderSection } from './split.js'

const needed = VIA | FROM | TO | CALL_ID | CSEQ
const nothing: readonly Wrong[] = []

/** §8.1.1: these are in every message, once; Max-Forwards was not in RFC 2543, and says nothing in responses (§7.3.2). */
export function findMissing(section: HeaderSection, kind: Message['kind']): Wrong | undefined {
  const { seen } = section
  const repeated = section.repeated & (kind === 'request' ? ~CONTENT_LENGTH : ~(CONTENT_LENGTH | MAX_FORWARDS))
  if ((seen & needed) === needed && repeated === 0) return undefined
  const missing = names.filter(([bit]) => (needed & ~seen & bit) !== 0).map(([, name]) => name)
  return { reason: missing.length === 0 ? `Repeated ${nameOf(section, repeated)}` : `Missing ${missing.join(', ')}` }
}

const names: readonly (readonly [bit: number, name: string])[] = [
  [VIA, 'Via'],
  [FROM, 'From'],
  [TO, 'To'],
  [CALL_ID, 'Call-ID'],
  [CSEQ, 'CSeq'],
]

function nameOf(section: HeaderSection, bits: number): string {
  return section.fields.find(({ header }) => (header.routing & bits) !== 0)?.header.name ?? ''
}

/** Reads the routing headers, all of them now; the first Via only, the others are not ours to judge. */
export function findMalformed(message: Message): readonly Wrong[] {
  const { fields, grammar } = message
  const { limits } = grammar
  const method = message.kind === 'request' ? message.method : undefined
  let judged = needed | (method === undefined ? 0 : MAX_FORWARDS)
  let found: Wrong[] | undefined
  let mismatch: Wrong | undefined
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at]
    if (field === undefined) break
    const { routing } = field.header
    if ((routing & judged) === 0) continue
    if (routing === VIA) judged &= ~VIA
    if (field.isMalformed(limits)) {
      found ??= []
      found.push(malformed(field, limits))
    } else if (routing === CSEQ && method !== undefined && isOf(field, cseq)) {
      if (field.first(limits)?.method !== method) mismatch = mismatchOf(method)
    }
  }
  return mismatch === undefined ? (found ?? nothing) : [...(found ?? nothing), mismatch]
}

function malformed(field: Field, limits: Limits): Wrong {
  const reason = `Malformed ${field.header.name}`
  const limit = field.limitPassed(limits)
  return limit === undefined ? { reason } : { reason, limit }
}

/** §8.1.1.5: the method in CSeq is that of the request. RFC 4475 §3.1.2.18: 501 when nobody knows the method. */
function mismatchOf(method: string): Wrong {
  const status = isKnownMethod(method) ? 400 : 501
  return { status, reason: 'CSeq Method Is Not the Request Method' }
}

/** The Content-Length; several that agree are one (RFC 4475 §3.3.9 has two that do not). */
export function lengthOf(fields: readonly Field[], limits: Limits): number | Wrong {
  let length: number | undefined
  for (const field of fields) {
    if (field.header.routing !== CONTENT_LENGTH || !isOf(field, contentLength)) continue
    const value = field.first(limits)
    if (value === undefined) return { reason: 'Malformed Content-Length' }
    if (length !== undefined && value !== length) return { reason: 'Conflicting Content-Length' }
    length = value
  }
  return length ?? 0
}
