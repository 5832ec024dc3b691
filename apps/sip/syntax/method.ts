/** Methods: §7.1 and the RFCs that added some. Names are case-sensitive tokens, and any token is a method. */

import { isToken } from './char-class.js'

export type KnownMethod =
  | 'INVITE'
  | 'ACK'
  | 'BYE'
  | 'CANCEL'
  | 'OPTIONS'
  | 'REGISTER'
  | 'PRACK'
  | 'SUBSCRIBE'
  | 'NOTIFY'
  | 'PUBLISH'
  | 'INFO'
  | 'REFER'
  | 'MESSAGE'
  | 'UPDATE'

/** A method name; known ones are offered by editors, others are as good. */
export type Method = KnownMethod | (string & {})

/** Method by method, the RFC that defines it. */
export const knownMethods: ReadonlyMap<string, string> = new Map([
  ['INVITE', 'RFC 3261'],
  ['ACK', 'RFC 3261'],
  ['BYE', 'RFC 3261'],
  ['CANCEL', 'RFC 3261'],
  ['OPTIONS', 'RFC 3261'],
  ['REGISTER', 'RFC 3261'],
  ['PRACK', 'RFC 3262'],
  ['SUBSCRIBE', 'RFC 6665'],
  ['NOTIFY', 'RFC 6665'],
  ['PUBLISH', 'RFC 3903'],
  ['INFO', 'RFC 6086'],
  ['REFER', 'RFC 3515'],
  ['MESSAGE', 'RFC 3428'],
  ['UPDATE', 'RFC 3311'],
])

export function isKnownMethod(method: string): method is KnownMethod {
  return knownMethods.has(method)
}

/** Throws TypeError when it is not a token. */
export function checkMethod(method: string): string {
  if (isToken(method)) return method
  throw new TypeError(`not a method: ${JSON.stringify(method)}`)
}
