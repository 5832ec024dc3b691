/** What happened to one call, for drawing: each message once, however often it was retransmitted. */

import type { TransportName } from '../location/target.js'
import { summary } from './summary.js'
import type { TraceEntry, TraceEvent, TraceMessage } from './trace-entry.js'

/** A message, or a remark on a connection of the call, which has no label. */
export interface Step {
  /** ms since the first message. */
  readonly at: number
  readonly from: string
  readonly to: string
  readonly transport: TransportName
  readonly label: string
  /** What else there is to say, such as when it was repeated. */
  readonly note: string
}

export interface CallSteps {
  /** When the first message came, ms since 1970. */
  readonly began: number
  readonly names: readonly string[]
  readonly steps: readonly Step[]
}

/** ms around a call in which what happens to its connections may have to do with it: 64*T1 (§17.1.1.2). */
const AROUND = 32_000
/** Retransmissions that are listed one by one. */
const LISTED = 6

export function callSteps(entries: readonly TraceEntry[], callId: string): CallSteps | undefined {
  const all = entries.filter(entry => entry.kind === 'message').filter(entry => entry.callId === callId)
  const messages = all.filter(message => !isEcho(message))
  const [first, last] = [messages[0], messages.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const began = first.at
  const ways = new Set(messages.map(wayOf))
  const isAround = (event: TraceEvent): boolean =>
    ways.has(wayOf(event)) && event.at > began - AROUND && event.at < last.at + AROUND
  const here = ownName(messages)
  const repeats = repetitions(messages)
  const steps = entries.flatMap((entry): Step[] => {
    const { transport, remote } = entry
    const at = entry.at - began
    const there = placeName(remote)
    if (entry.kind === 'event') {
      if (!isAround(entry)) return []
      const note = [transport, entry.event, there, entry.text && `(${entry.text})`]
        .filter(part => part !== '')
        .join(' ')
      return [{ at, from: here, to: there, transport, label: '', note }]
    }
    const again = repeats.get(entry)
    if (again === undefined) return []
    const [from, to] = entry.direction === 'in' ? [there, here] : [here, there]
    return [{ at, from, to, transport, label: summary(entry.text), note: `${transport}${repeated(entry, again)}` }]
  })
  const names = [...new Set(steps.flatMap(({ from, to, label }) => (label === '' ? [] : [from, to])))]
  return { began, names, steps }
}

/** What we send to ourselves is seen twice by one socket. */
function isEcho({ direction, local, remote }: TraceMessage): boolean {
  return direction === 'in' && placeName(local) === placeName(remote)
}

/** Each message with its retransmissions, which are the same octets the same way (§17.1.1.2). */
function repetitions(messages: readonly TraceMessage[]): ReadonlyMap<TraceMessage, TraceMessage[]> {
  const found = new Map<TraceMessage, TraceMessage[]>()
  const firsts = new Map<string, TraceMessage[]>()
  for (const message of messages) {
    const { direction, text } = message
    const key = `${direction} ${wayOf(message)} ${text}`
    const again = firsts.get(key)
    if (again !== undefined) {
      again.push(message)
      continue
    }
    const none: TraceMessage[] = []
    firsts.set(key, none)
    found.set(message, none)
  }
  return found
}

function repeated({ at }: TraceMessage, again: readonly TraceMessage[]): string {
  if (again.length === 0) return ''
  const times = again.slice(0, LISTED).map(each => Math.round(each.at - at))
  const more = again.length > LISTED ? ' ...' : ''
  return `, ${again.length + 1} times: again after ${times.join(', ')}${more} ms`
}

/** Where we have one address for all of the call that, else a word. */
function ownName(messages: readonly TraceMessage[]): string {
  const names = new Set(messages.map(({ local }) => placeName(local)))
  const [only] = names
  return names.size === 1 && only !== undefined ? only : 'here'
}

/** Over UDP one socket leads to many peers. */
function wayOf({ flow, remote }: TraceEntry): string {
  return `${flow} ${placeName(remote)}`
}

function placeName({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
