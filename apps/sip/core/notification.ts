/** What a NOTIFY says: RFC 6665 §4.1.3. */

import type { Request } from '../syntax/message.js'

export interface Notification {
  readonly request: Request
  /** How the subscription stands: active, pending or terminated. */
  readonly state: string
  /** Why it was terminated, as the notifier puts it. */
  readonly reason: string | undefined
  /** Seconds that it goes on for. */
  readonly expires: number | undefined
  /** Seconds after which a subscription that was terminated may be tried again. */
  readonly retryAfter: number | undefined
  /** The state of the resource, octets as a latin1 string, and its media type; empty where there is none to tell. */
  readonly body: string
  readonly contentType: string | undefined
}

/** Undefined for one that does not say how the subscription stands. */
export function notificationOf(request: Request): Notification | undefined {
  const told = request.get('Subscription-State')
  if (told === undefined) return undefined
  const { params } = told
  return {
    request,
    state: told.value.toLowerCase(),
    reason: params.get('reason')?.toLowerCase(),
    expires: secondsOf(params.get('expires')),
    retryAfter: secondsOf(params.get('retry-after')),
    body: request.body,
    contentType: request.raw('Content-Type')[0],
  }
}

function secondsOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : undefined
}

/** Reasons after which no other subscription is to be tried. */
const final = ['rejected', 'noresource', 'invariant']
/** Reasons after which another one may be tried at once. */
const transient = ['deactivated', 'timeout']

/** What follows for another subscription: never, after so many seconds, or, undefined, after a while. */
export function waitAfter({ reason = '', retryAfter }: Notification): number | 'never' | undefined {
  if (final.includes(reason)) return 'never'
  return transient.includes(reason) ? 0 : retryAfter
}
