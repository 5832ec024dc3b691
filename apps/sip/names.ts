/** Whom a stack asks for addresses. */

import { type Clock, SystemClock } from '../actor/actor.js'
import { DnsResolver } from './location/dns-resolver.js'
import { explainLocation, type LocationExplanation } from './location/explanation.js'
import { readNameFiles } from './location/name-files.js'
import type { Resolver } from './location/resolver.js'
import { ZoneResolver } from './location/zone-resolver.js'
import { systemRandom } from './random.js'
import type { Random } from './syntax/ids.js'
import type { Uri } from './syntax/uri.js'
import type { Network } from './transport/network.js'
import { nodeNetwork } from './transport/node-network.js'

export type DnsOptions = {
  /** Name servers in place of those of the machine, as `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:53`. */
  readonly servers?: readonly string[]
}

export interface NameOptions {
  readonly dns?: DnsOptions
  /** Asked in place of the DNS; not with threads, which it cannot be copied to. */
  readonly resolver?: Resolver
  readonly network?: Network
}

/** Throws TypeError for name servers that are no addresses. A network that is not the machine's has no DNS. */
export function resolverOf({ dns, resolver, network }: NameOptions, clock: Clock, random: Random): Resolver {
  if (resolver !== undefined) return resolver
  if (network !== undefined) return new ZoneResolver({}, clock)
  const options = { network: nodeNetwork, clock, random, files: readNameFiles() }
  return new DnsResolver(dns?.servers === undefined ? options : { ...options, servers: dns.servers })
}

/** Reads again what this machine says of names. */
export function reloadNames(resolver: Resolver): void {
  if (resolver instanceof DnsResolver) resolver.reload(readNameFiles())
}

/** The DNS as it is asked outside a stack. Throws TypeError for name servers that are no addresses. */
export function dnsResolver(dns: DnsOptions = {}): Resolver {
  return resolverOf({ dns }, new SystemClock(), systemRandom())
}

/** What there is to be known of a URI by way of the DNS, by a stack with all transports and both address families. */
export function locationOf(uri: Uri, resolver: Resolver): Promise<LocationExplanation> {
  const random = systemRandom()
  const draw = (limit: number): number => Math.floor((random.uint32() / 2 ** 32) * (limit + 1))
  return explainLocation(resolver, uri, { transports: ['UDP', 'TCP', 'TLS'], families: ['AAAA', 'A'] }, draw)
}
