/** Who is believed when he says who somebody is: RFC 3325 §8. */

import { standardGrammar } from '../syntax/grammar.js'
import { checkHost } from '../syntax/host.js'
import type { Source } from '../transport/flow.js'
import type { Policy } from './policy.js'
import type { Received } from './server.js'

/** What goes for all cores of a stack. */
export interface StackPolicy extends Policy {
  /**
   * Whose P-Asserted-Identity is believed (RFC 3325): IP addresses as `source.address` has them, and domains that a peer has proven
   * by a certificate; nobody unless given. From others the header comes to no core.
   */
  readonly trusted?: readonly string[]
}

const asserted = standardGrammar.find('P-Asserted-Identity')

/** For `believed`. Throws TypeError for what is neither an address nor a name, as a net is. */
export function trustOf({ trusted = [] }: StackPolicy): ReadonlySet<string> {
  return new Set(trusted.map(each => checkHost(each).toLowerCase()))
}

/** A request as it comes over the edge of what we trust. */
export function believed<T extends Pick<Received, 'request' | 'source'>>(received: T, trusted: ReadonlySet<string>): T {
  const { request, source } = received
  const { fields } = request
  for (let at = 0; at < fields.length; at++) {
    if (fields[at]?.header.key !== asserted.key) continue
    return isTrusted(source, trusted) ? received : { ...received, request: request.remove(asserted.name) }
  }
  return received
}

function isTrusted({ address, identities = [] }: Source, trusted: ReadonlySet<string>): boolean {
  return trusted.has(address) || identities.some(name => trusted.has(name.toLowerCase()))
}
