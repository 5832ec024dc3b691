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
  const [first, ...others] = request.getAll('Route')
  if (first === undefined) return { request, nextHop: request.uri }
  if (first.uri.isLooseRouter) return { request, nextHop: first.uri }
  const target = createAddress({ uri: request.uri })
  return { request: request.with({ uri: first.uri, headers: { Route: [...others, target] } }), nextHop: first.uri }
}
