/** The answer to an offer that comes when nobody wants it any more: RFC 3264 §6, §13.2.2.4. */

import { sdpTextOf } from '../syntax/content.js'
import type { Response } from '../syntax/message.js'

/** What answers the offer in a response where the application says nothing to it; empty where there is none. */
export function refusedIn(response: Response): string {
  const offer = sdpTextOf(response)
  return offer === undefined ? '' : refusedOffer(offer)
}

/** Refuses all streams. The offer is octets as a latin1 string; one that is none gives an answer without streams. */
export function refusedOffer(offer: string): string {
  const lines = offer.split(/\r?\n/)
  const timing = lines.find(line => line.startsWith('t=')) ?? 't=0 0'
  const media = lines.flatMap(line => line.replace(/^(m=\S+ )\d+(\/\d+)?(?= )/, '$10').match(/^m=.*/) ?? [])
  return `${['v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=-', timing, ...media].join('\r\n')}\r\n`
}
