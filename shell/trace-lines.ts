/** What passes the sockets, one line each, as it goes. */

import { type SipStack, summary, type TraceEntry } from '../apps/sip/sip.js'
import { display } from './display.js'

/** ms between two looks. */
const EVERY = 200

/** Prints until the returned function is called. */
export function printTrace({ trace }: SipStack): () => void {
  if (trace === undefined) return () => undefined
  const followed = trace.follow()
  const print = (): void => {
    for (const entry of followed.read()) console.log(traceLine(entry))
  }
  const timer = setInterval(print, EVERY)
  return () => {
    clearInterval(timer)
    print()
  }
}

/** `12:00:00.123 UDP 192.0.2.1:5060 > 192.0.2.2:5060 INVITE (Call-ID)`, harmless for a terminal. */
export function traceLine(entry: TraceEntry): string {
  const { at, transport, local, remote } = entry
  const time = new Date(at).toISOString().slice(11, 23)
  const [here, there] = [placeText(local), placeText(remote)]
  if (entry.kind === 'event') {
    const way = remote.address === '' ? here : `${here} - ${there}`
    return display([time, transport, way, entry.event, entry.text].join(' ').trimEnd(), false)
  }
  const way = entry.direction === 'in' ? `${there} > ${here}` : `${here} > ${there}`
  const call = entry.callId === undefined ? '' : ` (${entry.callId})`
  return display(`${time} ${transport} ${way} ${summary(entry.text)}${call}`, false)
}

function placeText({ address, port }: TraceEntry['local']): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
