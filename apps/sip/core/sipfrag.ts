/** What becomes of a referral, as a body: the status line of RFC 3420, RFC 3515 §2.4.5. */

import { reasonOf } from '../syntax/status.js'

export const SIPFRAG = 'message/sipfrag;version=2.0'

/** How far whoever we have referred has come. */
export interface Progress {
  readonly status: number
  readonly reason: string
}

/** Undefined for what begins with no status line. */
export function progressOf(body: string): Progress | undefined {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?(?:\r?\n|$)/i.exec(body)
  return match === null ? undefined : { status: Number(match[1]), reason: match[2] ?? '' }
}

/** The phrase is that which the status has where there is none. */
export function sipfrag(status: number, reason = ''): string {
  return `SIP/2.0 ${status} ${reason === '' ? reasonOf(status) : reason}\r\n`
}
