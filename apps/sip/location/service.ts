/** Names by which the DNS knows the transports: RFC 3263 §4.1 and §4.2, RFC 7118 §5.5. */

import type { TransportName } from './target.js'

/** NAPTR service fields. There is no SIPS+D2U: TLS does not run over UDP. */
const transports: Readonly<Record<string, TransportName>> = {
  'SIP+D2U': 'UDP',
  'SIP+D2T': 'TCP',
  'SIPS+D2T': 'TLS',
  'SIP+D2W': 'WS',
  'SIPS+D2W': 'WSS',
}

const prefixes: Readonly<Record<TransportName, string>> = {
  UDP: '_sip._udp',
  TCP: '_sip._tcp',
  TLS: '_sips._tcp',
  WS: '_sip._ws',
  WSS: '_sips._ws',
}

/** The transport of a NAPTR service field, which has no case; undefined for services that are not ours. */
export function serviceTransport(service: string): TransportName | undefined {
  const key = service.toUpperCase()
  return Object.hasOwn(transports, key) ? transports[key] : undefined
}

/** The name of the SRV records for a transport at a domain. */
export function serviceName(transport: TransportName, domain: string): string {
  return `${prefixes[transport]}.${domain}`
}

/** True for the transports that may carry sips: §26.2.2. */
export function isSecureTransport(transport: TransportName): boolean {
  return transport === 'TLS' || transport === 'WSS'
}
