/** What a request gets that no handler answers, or none in time: §8.2.1, §13.3.1, §21.5.2. */

import type { Request } from '../syntax/message.js'
import { isKnownMethod } from '../syntax/method.js'
import type { Core } from './core.js'

export interface OwedAnswer {
  readonly status: number
  /** Octets as a latin1 string. */
  readonly body: string
}

const absent: OwedAnswer = { status: 501, body: '' }
const notAllowed: OwedAnswer = { status: 405, body: '' }

/** ms that a handler may take for an INVITE, which may ring. */
const RINGING = 180_000
/** The same for everything else, in T1: less than the 64 of Timer F, so that somebody still waits for the 500. */
const PATIENCE = 60

/**
 * §8.2.1: 405 for what is known and not allowed; §21.5.2: 501 for what nobody knows, or is allowed and not there; inside a
 * dialog `fallback` instead of the 405.
 */
export function owedWithoutHandler({ allow }: Core, method: string, fallback: OwedAnswer | undefined): OwedAnswer {
  if (fallback !== undefined && method === 'INVITE') return fallback
  if (!isKnownMethod(method) || allow?.some(allowed => allowed === method)) return absent
  return fallback ?? notAllowed
}

/** The ms that a handler may take, and the status that is owed then; §13.3.1 an invitation expires when its caller says so. */
export function patienceFor(request: Request, T1: number): { readonly ms: number; readonly status: number } {
  if (request.method !== 'INVITE') return { ms: PATIENCE * T1, status: 500 }
  const ms = 1000 * (request.get('Expires') ?? Number.POSITIVE_INFINITY)
  return ms <= RINGING ? { ms, status: 487 } : { ms: RINGING, status: 480 }
}
