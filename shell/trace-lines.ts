/** What passes the sockets, one line each, as it goes. */

import { parseMessage, type SipStack, summary, type TraceEntry } from '../apps/sip/sip.js'
import { display } from './display.js'

/** Only what is from or for this address, has this Call-ID, or belongs to requests of this method. */
export interface TraceSelection {
  readonly callId?: string
  readonly method?: string
  readonly address?: string
}

/** ms between two looks. */
const EVERY = 200

/** Prints while it is on; for one reader. */
export class TraceLines {
  readonly #stack: SipStack
  readonly #print: (line: string) => void
  #stop: (() => void) | undefined

  constructor(stack: SipStack, print: (line: string) => void) {
    this.#stack = stack
    this.#print = print
  }

  /** False when the stack has no trace. */
  on(selection: TraceSelection = {}): boolean {
    const { trace } = this.#stack
    this.off()
    if (trace === undefined) return false
    const followed = trace.follow()
    const print = (): void => {
      for (const entry of followed.read()) if (isSelected(entry, selection)) this.#print(traceLine(entry))
    }
    const timer = setInterval(print, EVERY)
    this.#stop = () => {
      clearInterval(timer)
      print()
    }
    return true
  }

  off(): void {
    this.#stop?.()
    this.#stop = undefined
  }
}

function isSelected(entry: TraceEntry, { callId, method, address }: TraceSelection): boolean {
  if (address !== undefined && entry.remote.address !== address && entry.local.address !== address) return false
  if (callId === undefined && method === undefined) return true
  if (entry.kind === 'event' || (callId !== undefined && entry.callId !== callId)) return false
  return method === undefined || methodOf(entry.text) === method
}

/** Of the request, or of the one that is answered. */
function methodOf(text: string): string | undefined {
  const parsed = parseMessage(text)
  return parsed.kind === 'ok' ? parsed.message.cseq.method : undefined
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
