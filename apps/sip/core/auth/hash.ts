/** The hash functions of Digest (RFC 7616 §3.2, RFC 8760 §2.1), the only place where they are called. */

import { createHmac, hash as digest, timingSafeEqual } from 'node:crypto'

/** SHA-512-256 is SHA-512/256 of FIPS 180-4, not a part of SHA-512: erratum 4897 of RFC 7616. */
export type HashName = 'MD5' | 'SHA-256' | 'SHA-512-256'

const names: Readonly<Record<HashName, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }

/** Of octets, one per character; in lower-case hexadecimal (RFC 8760 §2.2). */
export function hash(name: HashName, octets: string): string {
  return digest(names[name], isAscii(octets) ? octets : Buffer.from(octets, 'latin1'))
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text)
}

/** A seal of 128 bits that nobody makes without the key. */
export function seal(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 32)
}

/** Takes as long for texts that differ in the last character as for those that differ in the first. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
