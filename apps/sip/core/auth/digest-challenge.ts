/** What a client makes of the challenges in a 401 or 407: §22.2, §22.3, RFC 7616 §3.3 and §3.7, RFC 8760 §2.4. */

import type { Authentication } from '../../syntax/header/auth.js'
import type { Response } from '../../syntax/message.js'
import { type Algorithm, algorithmOf, isSession, type Qop } from './digest.js'

/** WWW: by the one that the request is for. Proxy: by one on the way. */
export type Challenger = 'WWW' | 'Proxy'

export interface DigestChallenge {
  readonly by: Challenger
  readonly realm: string
  readonly nonce: string
  /** Returned as it came. */
  readonly opaque: string | undefined
  readonly algorithm: Algorithm
  /** False where MD5 is meant by naming nothing. */
  readonly namesAlgorithm: boolean
  /** How we answer; undefined for the form of RFC 2069. */
  readonly qop: Qop | undefined
  /** The nonce was too old, the credentials were right. */
  readonly stale: boolean
  readonly userhash: boolean
}

/**
 * The challenges that can be answered, in order, by challenger and realm. Other schemes, unknown algorithms and what
 * lacks a realm or a nonce are passed over.
 */
export function challengesOf(response: Response): ReadonlyMap<string, readonly DigestChallenge[]> {
  const byRealm = new Map<string, DigestChallenge[]>()
  for (const by of ['WWW', 'Proxy'] as const) {
    for (const value of response.getAll(`${by}-Authenticate`)) {
      const challenge = digestChallenge(by, value)
      if (challenge === undefined) continue
      const key = realmKey(challenge)
      const others = byRealm.get(key)
      if (others === undefined) byRealm.set(key, [challenge])
      else others.push(challenge)
    }
  }
  return byRealm
}

/** A realm is a name that each challenger gives itself: the same one in both headers is still two. */
export function realmKey({ by, realm }: DigestChallenge): string {
  return `${by} ${realm}`
}

export function digestChallenge(by: Challenger, { scheme, params }: Authentication): DigestChallenge | undefined {
  if (scheme.toLowerCase() !== 'digest') return undefined
  const realm = params.get('realm')
  const nonce = params.get('nonce')
  const opaque = params.get('opaque')
  const algorithm = algorithmOf(params.get('algorithm'))
  if (realm === undefined || nonce === undefined || algorithm === undefined) return undefined
  // They are sent back, and a backslash may hide what must not be written.
  if (!isPlain(realm) || !isPlain(nonce) || !isPlain(opaque ?? '')) return undefined
  const offered = params.get('qop')?.trim() ?? ''
  const qop = qopOf(offered)
  if (qop === undefined && (offered !== '' || isSession(algorithm))) return undefined
  return {
    ...{ by, realm, nonce, opaque, algorithm, qop },
    namesAlgorithm: params.has('algorithm'),
    stale: params.get('stale')?.toLowerCase() === 'true',
    userhash: params.get('userhash')?.toLowerCase() === 'true',
  }
}

/** RFC 7616 §3.3: unknown options are ignored. Of two, auth: bodies are changed on the way often enough. */
function qopOf(offered: string): Qop | undefined {
  const options = offered.toLowerCase().split(',')
  const has = (qop: Qop): boolean => options.some(option => option.trim() === qop)
  return has('auth') ? 'auth' : has('auth-int') ? 'auth-int' : undefined
}

/** Whether it can be sent back as it is. */
export function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code < 0x20 && code !== 9) || code === 0x7f) return false
  }
  return true
}
