/** Passwords by realm, to answer challenges with (AuthInfo, JSR 289 §18.1). */

import type { CredentialSource } from '../sip/sip.js'

interface Entry {
  readonly status: number
  readonly realm: string
  readonly username: string
  readonly password: string
}

export class AuthInfo {
  readonly #entries: Entry[] = []

  /** For challenges of a realm with that status, 401 or 407. */
  addAuthInfo(status: number, realm: string, username: string, password: string): this {
    this.#entries.push({ status, realm, username, password })
    return this
  }

  /** Answers challenges of that status. */
  source(status: number): CredentialSource {
    return realm => this.#entries.find(entry => entry.status === status && entry.realm === realm)
  }
}
