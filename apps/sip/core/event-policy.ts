/** What requests of events and referrals may lack: RFC 6665 §4.2.1.1, RFC 3903 §6, RFC 3515 §2.4.2. */

import type { Request } from '../syntax/message.js'
import type { Refusal } from '../syntax/validate.js'
import { usageOf } from './dialog-order.js'

/** `events` are the packages that are notified of, or published; any where they are not given. */
export function eventRefusal(request: Request, events: readonly string[] | undefined): Refusal | undefined {
  if (request.method === 'SUBSCRIBE') return subscribeRefusal(request, events)
  // Whoever names no packages judges by itself.
  if (request.method === 'PUBLISH')
    return events?.includes(request.get('Event')?.value ?? '') === false ? badEvent(events) : undefined
  return request.method === 'REFER' ? referRefusal(request) : undefined
}

/** What a core without a handler owes a request inside a call that belongs to no subscription: RFC 6665 §4.1.3. */
export function statusWithoutUsage(request: Request): number {
  if (request.method === 'NOTIFY') return 481
  return request.method === 'SUBSCRIBE' && request.get('Event')?.value === 'refer' ? 403 : 405
}

function subscribeRefusal(request: Request, events: readonly string[] | undefined): Refusal | undefined {
  const event = request.get('Event')?.value
  // RFC 3515 §2.4.4: nobody but who has sent a REFER is told what comes of it.
  if (event === 'refer') return { status: 403, reason: 'Forbidden' }
  if (usageOf(request) !== undefined && (events === undefined || events.includes(event ?? ''))) return undefined
  return badEvent(events)
}

function badEvent(events: readonly string[] | undefined): Refusal {
  const headers = events === undefined ? {} : { 'Allow-Events': events }
  return { status: 489, reason: 'Bad Event', headers }
}

function referRefusal(request: Request): Refusal | undefined {
  const isOne = request.raw('Refer-To').length === 1 && request.get('Refer-To') !== undefined
  return isOne ? undefined : { status: 400, reason: 'Not Exactly One Refer-To' }
}
