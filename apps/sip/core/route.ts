/** Where a request goes first, by its Route header: §8.1.2, §12.2.1.1, §16.12. The only place that decides. */

import { createAddress } from '../syntax/address.js'
import type { Request } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'

export interface Routed {
  readonly request: Request
  /** The URI that says where the request is sent. */
  readonly nextHop: Uri
}

/** A strict router wants itself in the Request-URI, and the target at the end of the route. */
export function routed(request: Request): Routed {
  const first = request.get('Route')
  if (first === undefined) return { request, nextHop: request.uri }
  // A sips Request-URI makes every way to it one over TLS, whatever the Route says: §8.1.2.
  const nextHop = request.uri.isSecure && first.uri.isSip ? first.uri.with({ scheme: 'sips' }) : first.uri
  if (first.uri.isLooseRouter) return { request, nextHop }
  const target = createAddress({ uri: request.uri })
  return {
    request: request.with({ uri: first.uri, headers: { Route: [...request.getAll('Route').slice(1), target] } }),
    nextHop,
  }
}
