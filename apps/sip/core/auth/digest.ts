/** What Digest computes: RFC 7616 §3.4.1 to §3.4.4, with the form of RFC 2069 where there is no qop. */

import { octetsOf } from '../../syntax/quoted.js'
import { type HashName, hash } from './hash.js'

export type Algorithm = HashName | `${HashName}-sess`
export type Qop = 'auth' | 'auth-int'

const algorithms: readonly Algorithm[] = [
  'MD5',
  'MD5-sess',
  'SHA-256',
  'SHA-256-sess',
  'SHA-512-256',
  'SHA-512-256-sess',
]

/** In any case; MD5 where none is named (RFC 7616 §3.3). Undefined when it is unknown. */
export function algorithmOf(token: string | undefined): Algorithm | undefined {
  if (token === undefined) return 'MD5'
  const key = token.toLowerCase()
  return algorithms.find(algorithm => algorithm.toLowerCase() === key)
}

const hashes: Readonly<Record<Algorithm, HashName>> = {
  MD5: 'MD5',
  'MD5-sess': 'MD5',
  'SHA-256': 'SHA-256',
  'SHA-256-sess': 'SHA-256',
  'SHA-512-256': 'SHA-512-256',
  'SHA-512-256-sess': 'SHA-512-256',
}

export function hashOf(algorithm: Algorithm): HashName {
  return hashes[algorithm]
}

/** What -sess algorithms need a cnonce for, which §22.4 item 8 forbids without qop. */
export function isSession(algorithm: Algorithm): boolean {
  return algorithm.endsWith('-sess')
}

/** H(A1) of the algorithms without -sess. Names and passwords are hashed as NFC in UTF-8 (RFC 7616 §4). */
export function ha1Of(name: HashName, username: string, realm: string, password: string): string {
  return hash(name, octetsOf(`${username.normalize('NFC')}:${realm}:${password.normalize('NFC')}`))
}

/** RFC 7616 §3.4.4. */
export function userhashOf(name: HashName, username: string, realm: string): string {
  return hash(name, octetsOf(`${username.normalize('NFC')}:${realm}`))
}

export interface DigestParts {
  readonly algorithm: Algorithm
  /** Without -sess. */
  readonly ha1: string
  readonly nonce: string
  /** Absent for the form of RFC 2069. */
  readonly qop: Qop | undefined
  readonly nc: string
  readonly cnonce: string
  /** Empty for the rspauth of an answer (RFC 7616 §3.5). */
  readonly method: string
  readonly uri: string
  /** One character per octet. */
  readonly body: string
}

/** The value of `response`. */
export function digest(parts: DigestParts): string {
  const { algorithm, ha1, qop, nc, uri, body } = parts
  const name = hashOf(algorithm)
  const nonce = octetsOf(parts.nonce)
  const cnonce = octetsOf(parts.cnonce)
  const a1 = isSession(algorithm) ? hash(name, `${ha1}:${nonce}:${cnonce}`) : ha1
  const a2 = `${parts.method}:${octetsOf(uri)}`
  const ha2 = hash(name, qop === 'auth-int' ? `${a2}:${hash(name, body)}` : a2)
  return hash(name, qop === undefined ? `${a1}:${nonce}:${ha2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`)
}

/** A nonce count as it is written: RFC 7616 §3.4. */
export function nonceCount(count: number): string {
  return count.toString(16).padStart(8, '0')
}
