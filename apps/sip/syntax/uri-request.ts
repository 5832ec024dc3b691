/** What a URI asks for in a request made from it: §19.1.5. */

import { isToken } from './char-class.js'
import { standardGrammar } from './grammar.js'
import type { HeaderInputs } from './header-value.js'
import { octetsOf } from './quoted.js'
import type { Uri } from './uri.js'

export interface UriRequest {
  /** The method asked for; undefined when the URI leaves it open. */
  readonly method: string | undefined
  /** Without `method` and headers, which have no place in a Request-URI. */
  readonly uri: Uri
  /** To be given to `createRequest`, which refuses malformed ones. */
  readonly headers: HeaderInputs
  readonly body: string | undefined
  /** Headers that were not honoured. */
  readonly refused: readonly string[]
}

/**
 * Dangerous, false claims about who we are and what we can, or demands for what nobody may understand: §19.1.5.
 * Content-Length and its like are ours to write.
 */
const refusedNames: ReadonlySet<string> = new Set([
  'from',
  'call-id',
  'cseq',
  'via',
  'record-route',
  'route',
  'to',
  'max-forwards',
  'content-length',
  'accept',
  'accept-encoding',
  'accept-language',
  'allow',
  'contact',
  'organization',
  'supported',
  'user-agent',
  'authorization',
  'proxy-authorization',
  'require',
  'proxy-require',
  'p-asserted-identity',
  'p-preferred-identity',
  'remote-party-id',
  'identity',
  'referred-by',
])

/** Takes a sip or sips URI apart. Names that are no header names are refused, and so is a method that is no token. */
export function requestFromUri(uri: Uri): UriRequest {
  // Most ask for nothing.
  if (!uri.params.has('method') && !uri.toString().includes('?')) {
    return { method: undefined, uri, headers: {}, body: undefined, refused: [] }
  }
  const headers: Record<string, string[]> = Object.create(null)
  const refused: string[] = []
  let body: string | undefined
  for (const [name, value] of uri.headers) {
    if (name.toLowerCase() === 'body') body = octetsOf(value)
    else if (!isToken(name) || refusedNames.has(standardGrammar.find(name).key)) refused.push(name)
    else headers[name] = [...(headers[name] ?? []), value]
  }
  const method = uri.params.get('method')
  if (method !== undefined && !isToken(method)) refused.push('method')
  const bare = !uri.isSip ? uri : uri.with({ params: uri.params.without('method'), headers: {} })
  return { method: method !== undefined && isToken(method) ? method : undefined, uri: bare, headers, body, refused }
}
