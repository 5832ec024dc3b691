/** Resource records: RFC 1035 §3.2 and §3.3, RFC 2782, RFC 3403 §4.1, RFC 3596. */

import type { NaptrRecord } from './naptr-order.js'
import type { Octets } from './octets.js'
import type { SrvRecord } from './srv-order.js'

export interface DnsRecord {
  readonly name: string
  readonly type: number
  /** Seconds. */
  readonly ttl: number
  readonly data: RecordData
}

export type RecordData =
  | { readonly kind: 'A' | 'AAAA'; readonly address: string }
  | { readonly kind: 'CNAME'; readonly target: string }
  | { readonly kind: 'SOA'; readonly minimum: number }
  | { readonly kind: 'SRV'; readonly record: SrvRecord }
  | { readonly kind: 'NAPTR'; readonly record: NaptrRecord }
  | { readonly kind: 'other' }

export function readRecord(octets: Octets): DnsRecord {
  const name = octets.name()
  const [type, inClass, ttl, length] = [octets.uint16(), octets.uint16(), octets.uint32(), octets.uint16()]
  const end = octets.at + length
  // OPT keeps a size where others have their class.
  const data = inClass === 1 ? readData(octets, type, length) : other(octets, length)
  // What is longer or shorter than its type wants, or than the message, is no record.
  if (octets.at !== end) octets.fault()
  return { name, type, ttl, data }
}

function readData(octets: Octets, type: number, length: number): RecordData {
  switch (type) {
    case 1:
      return { kind: 'A', address: [octets.uint8(), octets.uint8(), octets.uint8(), octets.uint8()].join('.') }
    case 5:
      return { kind: 'CNAME', target: octets.name() }
    case 6:
      return { kind: 'SOA', minimum: readMinimum(octets) }
    case 28:
      return { kind: 'AAAA', address: ipv6Text(Array.from({ length: 8 }, () => octets.uint16())) }
    case 33: {
      const [priority, weight, port] = [octets.uint16(), octets.uint16(), octets.uint16()]
      return { kind: 'SRV', record: { priority, weight, port, target: octets.name() } }
    }
    case 35: {
      const [order, preference] = [octets.uint16(), octets.uint16()]
      const [flags, service, regexp] = [octets.string(), octets.string(), octets.string()]
      return { kind: 'NAPTR', record: { order, preference, flags, service, regexp, replacement: octets.name() } }
    }
    default:
      return other(octets, length)
  }
}

function other(octets: Octets, length: number): RecordData {
  octets.take(length)
  return { kind: 'other' }
}

/** Behind primary, mailbox, serial, refresh, retry and expiry. */
function readMinimum(octets: Octets): number {
  octets.name()
  octets.name()
  octets.take(16)
  return octets.uint32()
}

/** RFC 5952 §4.2: the first of the longest runs of zeros is left out. */
export function ipv6Text(groups: readonly number[]): string {
  const text = groups.map(group => group.toString(16)).join(':')
  const runs = text.match(/\b0(:0\b)+/g) ?? []
  const [longest] = runs.toSorted((one, other) => other.length - one.length)
  if (longest === undefined) return text
  const at = text.search(new RegExp(`\\b${longest}\\b`))
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`
}
