/** Why a call is ended, in BYE and CANCEL: RFC 3326. */

import { isToken } from '../syntax/char-class.js'
import type { Message } from '../syntax/message.js'
import { refuseControls } from '../syntax/quoted.js'

export interface Reason {
  /** Whose number the cause is: SIP, of which it is a status, or Q.850; SIP unless given. */
  readonly protocol?: string
  readonly cause?: number
  /** For people to read. */
  readonly text?: string
}

/** One, or one of each protocol. */
export type Reasons = Reason | readonly Reason[]

/** For those who still ring when somebody has answered (§3.1). */
export const completedElsewhere: Reason = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' }

/** For who has answered with an offer that could not be accepted (§3.2). */
export const notAcceptable: Reason = { protocol: 'SIP', cause: 488, text: 'Not Acceptable Here' }

/** The value of the header. Throws TypeError for what cannot be written, and for two of one protocol. */
export function reasonText(reasons: Reasons): string {
  const all = Array.isArray(reasons) ? reasons : [reasons]
  const protocols = new Set(all.map(({ protocol = 'SIP' }) => protocol.toUpperCase()))
  if (all.length === 0 || protocols.size < all.length) throw new TypeError('there is one reason of each protocol')
  return all.map(written).join(', ')
}

/** What the header of a message says; one without is without reason. */
export function reasonsOf(message: Message): readonly Reason[] {
  return message.getAll('Reason').map(({ value: protocol, params }) => {
    const cause = params.get('cause')
    const text = params.get('text')
    return {
      protocol,
      ...(cause === undefined || !/^\d{1,9}$/.test(cause) ? {} : { cause: Number(cause) }),
      ...(text === undefined ? {} : { text }),
    }
  })
}

function written({ protocol = 'SIP', cause, text }: Reason): string {
  if (!isToken(protocol)) throw new TypeError(`not a protocol: ${JSON.stringify(protocol)}`)
  if (cause !== undefined && (!Number.isInteger(cause) || cause < 0)) throw new TypeError(`not a cause: ${cause}`)
  const number = cause === undefined ? '' : `;cause=${cause}`
  if (text === undefined) return protocol + number
  refuseControls(text, 'the text of a reason')
  return `${protocol}${number};text="${text.replaceAll(/["\\]/g, '\\$&')}"`
}
