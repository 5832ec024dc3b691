/** After how long a session that is not refreshed ends, and who refreshes it, as requests and responses say: RFC 4028 §4 to §9. */

import type { HeaderInputs } from '../syntax/header-value.js'
import type { Message, Request } from '../syntax/message.js'
import type { Refusal } from '../syntax/validate.js'

/** Which side of the request refreshes. */
export type Refresher = 'uac' | 'uas'

/** What is wanted of the timer of a session. */
export type SessionTimer = {
  /**
   * Seconds after which a session that is not refreshed ends, 90 at least; 1800 are recommended. Unless given we ask for
   * no timer; answering, we take what is asked for, and less where this says less.
   */
  readonly expires?: number
  /** The least that we take, in seconds; 90, which is also the lowest possible, unless given. A request for less gets 422. */
  readonly min?: number
  /** Which side of the call refreshes. Unless given it is left to the callee, who leaves it to the caller. */
  readonly refresher?: Refresher
}

/** What a message says of the timer. */
export interface Interval {
  readonly seconds: number
  readonly refresher: Refresher | undefined
}

/** RFC 4028 §4: seconds. */
const LEAST = 90

/** Throws TypeError for what cannot be wanted. */
export function checkSessionTimer(timer: SessionTimer | false | undefined): void {
  if (timer === undefined || timer === false) return
  const { expires, min = LEAST, refresher } = timer
  for (const seconds of [expires ?? LEAST, min]) {
    if (!Number.isInteger(seconds) || seconds < LEAST || seconds > 0xffffffff) {
      throw new TypeError(`sessionTimer takes whole seconds from ${LEAST} on, not ${seconds}`)
    }
  }
  if (expires !== undefined && expires < min) throw new TypeError(`sessionTimer: ${expires} s are less than ${min} s`)
  if (refresher !== undefined && refresher !== 'uac' && refresher !== 'uas') {
    throw new TypeError(`the refresher is uac or uas, not ${refresher}`)
  }
}

/** Undefined for a message that has none, or none that can be read. */
export function intervalOf(message: Message): Interval | undefined {
  const expires = message.get('Session-Expires')
  if (expires === undefined) return undefined
  const refresher = expires.params.get('refresher')?.toLowerCase()
  return { seconds: expires.seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined }
}

/** Whoever has sent it knows session timers. */
export function knowsTimer(message: Message): boolean {
  return (['Supported', 'Require'] as const).some(name =>
    message.getAll(name).some(tag => tag.toLowerCase() === 'timer'),
  )
}

export function textOfInterval({ seconds, refresher }: Interval): string {
  return refresher === undefined ? `${seconds}` : `${seconds};refresher=${refresher}`
}

/** RFC 4028 §7.1: what an INVITE says that opens a call. */
export function askedHeaders({ expires, min, refresher }: SessionTimer): HeaderInputs {
  return {
    ...(expires === undefined ? {} : { 'Session-Expires': textOfInterval({ seconds: expires, refresher }) }),
    ...(min === undefined ? {} : { 'Min-SE': `${min}` }),
  }
}

/** RFC 4028 §9: why the interval that a request asks for is not taken. */
export function tooBrief(request: Request, timer: SessionTimer | false = {}): Refusal | undefined {
  if (timer === false || (request.method !== 'INVITE' && request.method !== 'UPDATE')) return undefined
  const { min = LEAST } = timer
  const interval = intervalOf(request)
  // §8.1: whoever does not know timers would not understand the refusal.
  if (interval === undefined || interval.seconds >= min || !knowsTimer(request)) return undefined
  return { status: 422, reason: 'Session Interval Too Small', headers: { 'Min-SE': [`${min}`] } }
}

/** RFC 4028 §9, table 2: what the 2xx to an INVITE or UPDATE says. */
export function grantedHeaders(request: Request, timer: SessionTimer | false = {}): HeaderInputs | undefined {
  const seconds = timer === false ? undefined : grantedSeconds(request, timer)
  if (timer === false || seconds === undefined) return undefined
  const isKnown = knowsTimer(request)
  const refresher = isKnown ? (intervalOf(request)?.refresher ?? timer.refresher ?? 'uac') : 'uas'
  const granted = { 'Session-Expires': textOfInterval({ seconds, refresher }) }
  return isKnown ? { ...granted, Require: ['timer'] } : granted
}

/** Never more than is asked for, and not less than whoever asks can take. */
function grantedSeconds(request: Request, { expires }: SessionTimer): number | undefined {
  const asked = intervalOf(request)?.seconds
  if (asked === undefined && expires === undefined) return undefined
  const least = Math.max(LEAST, request.get('Min-SE')?.seconds ?? LEAST)
  if (asked === undefined) return Math.max(expires ?? least, least)
  // Too little, from a proxy, and a caller that understands no 422: refreshed that often it would only be a burden (§11).
  if (asked < LEAST) return undefined
  return Math.min(asked, Math.max(expires ?? asked, least))
}
