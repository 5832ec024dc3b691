/** The credentials in a request, as a server reads them: RFC 7616 §3.4. */

import type { Authentication } from '../../syntax/header/auth.js'
import { type Algorithm, algorithmOf, isSession, type Qop } from './digest.js'

export interface DigestAnswer {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  readonly algorithm: Algorithm
  /** Undefined in the form of RFC 2069, which has neither cnonce nor count. */
  readonly qop: Qop | undefined
  readonly cnonce: string
  /** As written; and what it means. */
  readonly nc: string
  readonly count: number | undefined
}

/** Those that can be understood; other schemes are no concern of ours (§22, RFC 4475 §3.3.7). */
export function digestAnswers(values: readonly Authentication[]): readonly DigestAnswer[] {
  return values.flatMap(value => digestAnswer(value) ?? [])
}

function digestAnswer({ scheme, params }: Authentication): DigestAnswer | undefined {
  if (scheme.toLowerCase() !== 'digest') return undefined
  const username = params.get('username')
  const realm = params.get('realm')
  const nonce = params.get('nonce')
  const uri = params.get('uri')
  const response = params.get('response')?.toLowerCase()
  const algorithm = algorithmOf(params.get('algorithm'))
  if (username === undefined || realm === undefined || nonce === undefined || uri === undefined) return undefined
  if (response === undefined || !/^[0-9a-f]+$/.test(response) || algorithm === undefined) return undefined
  // RFC 7616 §3.4: both at once are an error. Hashed names are not asked for, so nobody may give one.
  if (params.has('username*') || params.get('userhash')?.toLowerCase() === 'true') return undefined
  const plain = { username, realm, nonce, uri, response, algorithm }
  const qop = params.get('qop')?.toLowerCase()
  if (qop === undefined) {
    return isSession(algorithm) ? undefined : { ...plain, qop, cnonce: '', nc: '', count: undefined }
  }
  const cnonce = params.get('cnonce')
  const nc = params.get('nc') ?? ''
  if ((qop !== 'auth' && qop !== 'auth-int') || cnonce === undefined || !/^[0-9a-f]{8}$/i.test(nc)) return undefined
  return { ...plain, qop, cnonce, nc, count: Number.parseInt(nc, 16) }
}
