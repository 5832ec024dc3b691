/** Names that this machine knows without the DNS: the text of hosts(5). */

import { numericAddress } from './numeric-address.js'
import type { Question } from './plan.js'
import { canonicalName, type Reply } from './resolver.js'

export interface Addresses {
  readonly A: readonly string[]
  readonly AAAA: readonly string[]
}

export type Hosts = ReadonlyMap<string, Addresses>

export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, Addresses>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const known = numericAddress(address)
    if (known === undefined || known === 'invalid') continue
    const type = known.includes(':') ? 'AAAA' : 'A'
    for (const name of names.map(canonicalName)) {
      const { A, AAAA } = hosts.get(name) ?? { A: [], AAAA: [] }
      hosts.set(name, { A, AAAA, [type]: [...(type === 'A' ? A : AAAA), known] })
    }
  }
  return hosts
}

/** What is said here of a name is all there is to say of it: it has no services. Undefined for a name that is not here. */
export function askHosts(hosts: Hosts, { type, name }: Question): Reply | undefined {
  const bare = canonicalName(name)
  const addresses = hosts.get(type === 'SRV' ? bare.replace(/^_[^.]*\._[^.]*\./, '') : bare)
  if (addresses === undefined) return undefined
  const found = type === 'A' || type === 'AAAA' ? addresses[type] : []
  if (found.length === 0 || type === 'SRV' || type === 'NAPTR') return { kind: 'nodata', ttl: undefined }
  return { kind: 'found', answer: { type, addresses: found }, ttl: undefined, also: [] }
}
