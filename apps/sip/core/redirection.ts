/** The request for a URI that a 3xx names: §8.1.3.4, §19.1.5. */

import type { Address } from '../syntax/address.js'
import type { Request, Response } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import { requestFromUri } from '../syntax/uri-request.js'

/** The targets of a 3xx; a 380 has none: what it offers is in its body, and no call (§21.3.5). */
export function targetsOf(response: Response): readonly Address[] {
  const isRedirection = response.status >= 300 && response.status < 400 && response.status !== 380
  return isRedirection ? response.getAll('Contact').filter(({ uri }) => uri.isSip) : []
}

/**
 * The request that goes there, its CSeq still that of the redirected one: all as it was but the Request-URI, and the
 * headers and body that the URI asks for and may. Undefined for a URI of another method, or whose headers are malformed.
 */
export function redirected(request: Request, uri: Uri): Request | undefined {
  const asked = requestFromUri(uri)
  if (asked.method !== undefined && asked.method !== request.method) return undefined
  const { uri: target, headers, body } = asked
  const isTyped = request.has('Content-Type') || Object.keys(headers).some(name => /^c(ontent-type)?$/i.test(name))
  try {
    return request.with({ uri: target, headers, ...(body === undefined || !isTyped ? {} : { body }) })
  } catch {
    // Only the peer's headers can be at fault here.
    return undefined
  }
}

/** §21.3.4: where the request goes that a 305 sends to a proxy. */
export function proxyOf(uri: Uri): Uri {
  return requestFromUri(uri).uri
}
