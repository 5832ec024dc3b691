/** Which NAPTR records lead to a SIP server that we can talk to, in order: RFC 3263 §4.1, RFC 3403 §4.1. */

import { isSecureTransport, serviceTransport } from './service.js'
import type { TransportName } from './target.js'

export interface NaptrRecord {
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly service: string
  readonly regexp: string
  readonly replacement: string
}

/** A usable record. `next` tells which records to ask for at `domain`. */
export interface Lead {
  readonly order: number
  readonly next: 'SRV' | 'address'
  readonly transport: TransportName
  readonly domain: string
}

/**
 * The usable records by order, then preference. Left out are services that we do not support, for sips all that are not
 * secure, regular expressions, which RFC 3263 §4.1 wants empty, and flags but `s` and `a`.
 */
export function leads(records: readonly NaptrRecord[], secure: boolean, supported: readonly TransportName[]): Lead[] {
  return records
    .toSorted((one, other) => one.order - other.order || one.preference - other.preference)
    .flatMap(record => lead(record) ?? [])
    .filter(({ transport }) => supported.includes(transport) && (!secure || isSecureTransport(transport)))
}

function lead({ order, flags, service, regexp, replacement }: NaptrRecord): Lead | undefined {
  const flag = flags.toLowerCase()
  const transport = serviceTransport(service)
  if (transport === undefined || regexp !== '' || replacement === '' || replacement === '.') return undefined
  if (flag !== 's' && flag !== 'a') return undefined
  return { order, next: flag === 's' ? 'SRV' : 'address', transport, domain: replacement }
}
