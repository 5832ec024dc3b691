/** A message as it would be captured between two hosts, whatever it was wrapped in on the way. */

import type { TraceMessage } from './trace-entry.js'

export interface Packet {
  /** ms since 1970. */
  readonly at: number
  /** How it is framed for those who look at it: messages of WebSocket are datagrams, since they need no stream to be found in. */
  readonly protocol: 'UDP' | 'TCP'
  readonly from: Endpoint
  readonly to: Endpoint
  /** One character per octet. */
  readonly text: string
}

export interface Endpoint {
  /** 4 octets, or 16. */
  readonly address: readonly number[]
  readonly port: number
}

/** Port 80 is HTTP to all programs, and what is no HTTP there they do not show. */
export function packetOf({ at, transport, direction, local, remote, text }: TraceMessage): Packet {
  const six = remote.address.includes(':')
  const [here, there] = [endpoint(local, six), endpoint(remote, six)]
  const [from, to] = direction === 'in' ? [there, here] : [here, there]
  return { at, protocol: transport === 'TCP' || transport === 'TLS' ? 'TCP' : 'UDP', from, to, text }
}

function endpoint({ address, port }: { readonly address: string; readonly port: number }, six: boolean): Endpoint {
  return { address: six ? ipv6(address) : ipv4(address), port }
}

/** Zeros for what is no such address. */
function ipv4(text: string): readonly number[] {
  const octets = text.split('.').map(Number)
  return octets.length === 4 && octets.every(octet => octet >= 0 && octet < 256) ? octets : [0, 0, 0, 0]
}

function ipv6(text: string): readonly number[] {
  const [plain = ''] = text.split('%')
  const [head = '', tail] = plain.split('::')
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  const octets = [...front, ...new Array<number>(Math.max(0, 16 - front.length - back.length)).fill(0), ...back]
  return octets.slice(0, 16)
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap(group => {
    if (group.includes('.')) return [...ipv4(group)]
    const value = Number.parseInt(group, 16) & 0xffff
    return [value >> 8, value & 0xff]
  })
}
