/** Where a message can be sent, and what a URI or Via says of it without the DNS: RFC 3263 §4.1, §4.2 and §5. */

import type { Uri } from '../syntax/uri.js'
import { ttlOf, type Via } from '../syntax/via.js'
import { numericAddress } from './numeric-address.js'

export type TransportName = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS'

export interface Target {
  readonly transport: TransportName
  /** IPv4, or IPv6 without brackets. */
  readonly address: string
  readonly port: number
  /** The host of the URI or Via before resolution: what a TLS certificate has to name (RFC 5922 §4). */
  readonly name: string
  /** How far it may go, where it is a group and the URI says so (§19.1.1). */
  readonly ttl?: number
}

/** §18.1.1, §19.1.2 and RFC 7118 §5.5. */
export const defaultPort: Readonly<Record<TransportName, number>> = {
  UDP: 5060,
  TCP: 5060,
  TLS: 5061,
  WS: 80,
  WSS: 443,
}

const plain: Readonly<Record<string, TransportName>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS', ws: 'WS', wss: 'WSS' }
const secure: Readonly<Record<string, TransportName>> = { tcp: 'TLS', tls: 'TLS', ws: 'WSS', wss: 'WSS' }

/**
 * The transport that the URI names, `none` when it names none, `unsupported` when it is unknown or cannot carry the
 * scheme: sips is never sent without TLS (§26.2.2), so sips over UDP goes nowhere.
 */
export function namedTransport(uri: Uri): TransportName | 'none' | 'unsupported' {
  const name = uri.params.get('transport')
  if (name === undefined) return 'none'
  const known = uri.isSecure ? secure : plain
  const key = name.toLowerCase()
  return Object.hasOwn(known, key) ? (known[key] ?? 'unsupported') : 'unsupported'
}

/** RFC 3263 §4.1: what a client uses when neither URI nor DNS names a transport. */
export function defaultTransport(uri: Uri): TransportName {
  return uri.isSecure ? 'TLS' : 'UDP'
}

/** RFC 3263 §4: TARGET is the maddr parameter, or else the host. */
export function targetHost(uri: Uri): string {
  const maddr = uri.params.get('maddr')
  if (maddr === undefined || maddr === '') return uri.host
  return maddr.startsWith('[') && maddr.endsWith(']') ? maddr.slice(1, -1) : maddr
}

/** The one target of a sip or sips URI with a numeric host; undefined when there is none or the DNS is needed for it. */
export function literalTarget(uri: Uri): Target | undefined {
  if (!uri.isSip) return undefined
  const address = numericAddress(targetHost(uri))
  const named = namedTransport(uri)
  if (address === undefined || address === 'invalid' || named === 'unsupported') return undefined
  const transport = named === 'none' ? defaultTransport(uri) : named
  const target = { transport, address, port: uri.port ?? defaultPort[transport], name: uri.host }
  const ttl = ttlOf(uri.params.get('ttl'))
  return ttl === undefined ? target : { ...target, ttl }
}

/** The transport of a Via, as far as we know it. */
export function viaTransport(via: Via): TransportName | 'unsupported' {
  const key = via.transport.toLowerCase()
  return Object.hasOwn(plain, key) ? (plain[key] ?? 'unsupported') : 'unsupported'
}
