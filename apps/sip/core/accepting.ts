/** What becomes of a SUBSCRIBE or a REFER that an application accepts: RFC 6665 §4.2.1, RFC 3515 §2.4. */

import { apart } from '../syntax/apart.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'
import { type DialogOrder, usageOf } from './dialog-order.js'
import type { Notice } from './notice.js'
import { isTooBrief, isUnreported, type Subscribed, type WatcherEnd } from './notifier.js'
import { SIPFRAG, sipfrag } from './sipfrag.js'
import { type AcceptOptions, type Tell, Watcher } from './watcher.js'

/** What the actor of the request does for it. */
export interface Accepter {
  /** False when there is a final answer already. */
  answer(status: number, headers: HeaderInputs, subscribed?: Subscribed): boolean
  notice(order: Extract<DialogOrder, { kind: 'notice' }>): void
}

/** Seconds that are granted unless the application says otherwise. */
const LASTING = 3600
/** What a REFER is granted: longer than a call may ring (RFC 3515 §3.4). */
const REFERRAL = 300

/** Throws TypeError for what cannot be written. */
export function accepting(request: Request, options: AcceptOptions, { answer, notice }: Accepter): Watcher {
  const isRefer = request.method === 'REFER'
  const { expires = isRefer ? REFERRAL : LASTING, least = 0, state = 'active', full } = options
  for (const seconds of [expires, least]) {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffffffff) {
      throw new TypeError(`not a number of seconds: ${seconds}`)
    }
  }
  // RFC 3515 §2.4.6: more than one REFER of a dialog are told apart by their numbers.
  const usage = isRefer ? `refer;id=${request.cseq.number}` : apart(usageOf(request) ?? '')
  const seconds = isRefer ? expires : Math.min(request.get('Expires') ?? expires, expires)
  const first: Notice = {
    body: options.body ?? (isRefer ? sipfrag(100) : ''),
    contentType: options.contentType ?? (isRefer ? SIPFRAG : undefined),
    state,
  }
  const begin = (ended: (how: WatcherEnd) => void): boolean => {
    const subscribed = { usage, seconds, most: expires, least, first, full, ended }
    if (isUnreported(request)) answer(200, { 'Refer-Sub': 'false' })
    else if (isTooBrief(seconds, least)) answer(423, { 'Min-Expires': least })
    else return answer(200, isRefer ? {} : { Expires: seconds }, subscribed)
    return false
  }
  return new Watcher(usage, first, ended => {
    if (!begin(ended)) ended('none')
    return noticesOf(usage, notice)
  })
}

/** Made apart from the request, which it would keep as long as the watcher is there. */
function noticesOf(usage: string, notice: Accepter['notice']): Tell {
  return (told, done) => notice({ kind: 'notice', usage, notice: told, done })
}
