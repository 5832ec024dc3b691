/** Who somebody is, and what proves it: a password, or hashes that stand for it. */

import { refuseControls } from '../../syntax/quoted.js'
import { ha1Of } from './digest.js'
import type { HashName } from './hash.js'

/** H(username:realm:password) in hexadecimal, by hash function. */
export type Ha1 = Readonly<Partial<Record<HashName, string>>>

/** What a client answers challenges with. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly username: string; readonly ha1: Ha1 }

/** Credentials for whatever realm asks, or a function that finds those of a realm; undefined where there are none. */
export type CredentialSource =
  | Credentials
  | ((realm: string) => Credentials | undefined | Promise<Credentials | undefined>)

/** The proof in the hash function that a challenge asks for; undefined when only other ones are known. */
export function ha1For(credentials: Credentials, realm: string, name: HashName): string | undefined {
  if ('password' in credentials) return ha1Of(name, credentials.username, realm, credentials.password)
  return credentials.ha1[name]?.toLowerCase()
}

/** Throws TypeError for credentials that cannot be used. */
export function checkCredentials(credentials: Credentials): Credentials {
  if (typeof credentials?.username !== 'string') throw new TypeError('credentials need a username')
  refuseControls(credentials.username, 'a username')
  if ('password' in credentials) {
    if (typeof credentials.password !== 'string') throw new TypeError('a password must be a string')
    return credentials
  }
  if (typeof credentials.ha1 !== 'object') throw new TypeError('credentials need a password or ha1')
  for (const value of Object.values(credentials.ha1)) {
    if (!/^([0-9a-f]{32}|[0-9a-f]{64})$/i.test(value)) throw new TypeError('an ha1 is 32 or 64 hexadecimal digits')
  }
  return credentials
}
