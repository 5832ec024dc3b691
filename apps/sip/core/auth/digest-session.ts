/** A client's dealings with one realm, from its challenge on: RFC 7616 §3.6. Counts the uses of its nonce. */

import { type Authentication, credentials } from '../../syntax/header/auth.js'
import { newTag, type Random } from '../../syntax/ids.js'
import type { Request } from '../../syntax/message.js'
import type { Params } from '../../syntax/params.js'
import type { Credentials } from './credentials.js'
import { digest, hashOf, nonceCount, userhashOf } from './digest.js'
import { type DigestChallenge, isPlain } from './digest-challenge.js'
import { isSame } from './hash.js'

export class DigestSession {
  readonly challenge: DigestChallenge
  readonly credentials: Credentials
  readonly #username: string
  readonly #ha1: string
  #nonce: string
  // One for all uses of a nonce: whether -sess hashes the first or the latest is understood both ways.
  #cnonce: string | undefined
  #count = 0

  constructor(challenge: DigestChallenge, credentials: Credentials, ha1: string) {
    this.challenge = challenge
    this.credentials = credentials
    this.#username = credentials.username.normalize('NFC')
    this.#ha1 = ha1
    this.#nonce = challenge.nonce
  }

  get nonce(): string {
    return this.#nonce
  }

  /** The credentials for one request, §22.4: never used twice, since the count goes up. */
  authorize({ method, uri, body }: Request, random: Random): Authentication {
    const { realm, opaque, algorithm, namesAlgorithm, qop, userhash } = this.challenge
    this.#cnonce ??= newTag(random)
    const nc = nonceCount(++this.#count)
    const response = digest({
      ...{ algorithm, ha1: this.#ha1, nonce: this.#nonce, qop, nc, cnonce: this.#cnonce, method, body },
      uri: String(uri),
    })
    return credentials('Digest', {
      username: userhash ? userhashOf(hashOf(algorithm), this.#username, realm) : this.#username,
      realm,
      nonce: this.#nonce,
      uri: String(uri),
      response,
      algorithm: namesAlgorithm ? algorithm : undefined,
      opaque,
      ...(qop === undefined ? {} : { qop, nc, cnonce: this.#cnonce }),
      userhash: userhash ? 'true' : undefined,
    })
  }

  /** RFC 7616 §3.5: takes the next nonce from an answer, unless the answer proves to be from somebody else. */
  learn(info: Params, uri: string, body: string): void {
    const next = info.get('nextnonce')
    if (next === undefined || next === '' || !isPlain(next) || !this.#isProven(info, uri, body)) return
    this.#nonce = next
    this.#cnonce = undefined
    this.#count = 0
  }

  #isProven(info: Params, uri: string, body: string): boolean {
    const given = info.get('rspauth')
    if (given === undefined) return true
    const { algorithm, qop } = this.challenge
    const expected = digest({
      ...{ algorithm, ha1: this.#ha1, nonce: this.#nonce, qop, method: '', uri, body },
      nc: info.get('nc') ?? '',
      cnonce: this.#cnonce ?? '',
    })
    return isSame(given.toLowerCase(), expected)
  }
}
