/** Who is believed when he says who somebody is: RFC 3325 §8. */

import { standardGrammar } from '../syntax/grammar.js'
import type { Headers } from '../syntax/headers.js'
import { checkHost } from '../syntax/host.js'
import type { Source } from '../transport/flow.js'
import type { Policy } from './policy.js'

/** What goes for all cores of a stack. */
export interface StackPolicy extends Policy {
  /**
   * Whose P-Asserted-Identity is believed (RFC 3325): IP addresses as `source.address` has them, and domains that a peer has proven
   * by a certificate; nobody unless given. From others the header comes to no core, and in no response to who has asked.
   */
  readonly trusted?: readonly string[]
}

const asserted = standardGrammar.find('P-Asserted-Identity')

/** For `believed`. Throws TypeError for what is neither an address nor a name, as a net is. */
export function trustOf({ trusted = [] }: StackPolicy): ReadonlySet<string> {
  return new Set(trusted.map(each => checkHost(each).toLowerCase()))
}

/** A message as it comes over the edge of what we trust. */
export function believed<M extends Headers<M>>(message: M, source: Source, trusted: ReadonlySet<string>): M {
  const { fields } = message
  for (let at = 0; at < fields.length; at++) {
    if (fields[at]?.header.key !== asserted.key) continue
    return isTrusted(source, trusted) ? message : message.remove(asserted.name)
  }
  return message
}

function isTrusted({ address, identities = [] }: Source, trusted: ReadonlySet<string>): boolean {
  return trusted.has(address) || identities.some(name => trusted.has(name.toLowerCase()))
}
