/** What our listeners let us send with and to: RFC 3263 §4.1, RFC 6157 §4. */

import type { Means } from '../location/locator.js'
import type { Locals } from '../transport/flow.js'

/** TCP and TLS need no listener of their own; WebSocket servers are looked for only by those who are some themselves. */
export function meansOf(locals: Locals | undefined): Means {
  const listeners = locals?.listeners ?? []
  if (listeners.length === 0) return { transports: [], families: [] }
  const has = (name: string): boolean => listeners.some(({ transport }) => transport === name)
  const six = listeners.some(({ address }) => address.includes(':'))
  const four = listeners.some(({ address }) => !address.includes(':'))
  return {
    transports: (['UDP', 'TCP', 'TLS', 'WSS', 'WS'] as const).filter(
      name => name === 'TCP' || name === 'TLS' || has(name),
    ),
    families: (['AAAA', 'A'] as const).filter(family => (family === 'A' ? four : six)),
  }
}
