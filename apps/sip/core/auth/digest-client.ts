/** What a client remembers of the realms it has dealt with, and how it gets one request accepted: §22.2, §22.3. */

import type { Random } from '../../syntax/ids.js'
import type { Request, Response } from '../../syntax/message.js'
import { type CredentialSource, type Credentials, checkCredentials, ha1For } from './credentials.js'
import { hashOf } from './digest.js'
import { challengesOf, type DigestChallenge, realmKey } from './digest-challenge.js'
import { DigestSession } from './digest-session.js'

/** Realms remembered at a time, and answered in one request: what a server asks for costs it less than us. */
const REALMS = 16
/** Challenges answered for one request, whatever their realms: nobody has a chain of more proxies. */
const ROUNDS = 8
/** New nonces taken for one request and realm because the old ones were stale. */
const STALE = 3

/**
 * Credentials and the nonces they have been used with. Given to several requests, it answers in advance where it can:
 * a server with the same To, a proxy within the same Call-ID (§22.2, §22.3).
 */
export class DigestClient {
  readonly #source: CredentialSource
  readonly #sessions = new Map<string, DigestSession>()

  /** Throws TypeError for credentials that cannot be used. */
  constructor(source: CredentialSource) {
    this.#source = typeof source === 'function' ? source : checkCredentials(source)
  }

  /** `request` has neither Via nor credentials yet. */
  begin(request: Request): DigestExchange {
    return new DigestExchange(this, request)
  }

  /** A function that fails, or returns what is of no use, gives a promise that rejects. */
  credentials(realm: string): Credentials | undefined | Promise<Credentials | undefined> {
    if (typeof this.#source !== 'function') return this.#source
    try {
      const found = this.#source(realm)
      return found instanceof Promise ? found.then(checked) : checked(found)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** What is known to be asked for. */
  known(request: Request): readonly DigestSession[] {
    const scopes = [scopeOf('WWW', request), scopeOf('Proxy', request)]
    return [...this.#sessions].flatMap(([key, session]) =>
      scopes.some(scope => key === `${scope} ${session.challenge.realm}`) ? session : [],
    )
  }

  keep(request: Request, session: DigestSession): void {
    const { by, realm } = session.challenge
    const key = `${scopeOf(by, request)} ${realm}`
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > REALMS && oldest !== undefined) this.#sessions.delete(oldest)
  }

  forget(request: Request, { challenge }: DigestSession): void {
    this.#sessions.delete(`${scopeOf(challenge.by, request)} ${challenge.realm}`)
  }
}

function checked(credentials: Credentials | undefined): Credentials | undefined {
  return credentials === undefined ? undefined : checkCredentials(credentials)
}

/** §22.3: what a proxy accepted is not carried over to other dialogs. */
function scopeOf(by: DigestChallenge['by'], request: Request): string {
  return `${by} ${by === 'WWW' ? request.to.uri : request.callId}`
}

interface Attempt {
  readonly session: DigestSession
  /** Sent without having been asked for. */
  readonly advance: boolean
  readonly stale: number
}

/** One request and the challenges it meets. */
export class DigestExchange {
  readonly #client: DigestClient
  readonly #request: Request
  readonly #attempts = new Map<string, Attempt>()
  #sent = 0
  #rounds = 0

  constructor(client: DigestClient, request: Request) {
    this.#client = client
    this.#request = request
    for (const session of client.known(request)) {
      this.#attempts.set(realmKey(session.challenge), { session, advance: true, stale: 0 })
    }
  }

  /**
   * The request to send now: with a CSeq one higher each time (§22.2) unless its number is given, all else as it was, and
   * all credentials due.
   */
  next(random: Random, seq?: number): Request {
    const { number, method } = this.#request.cseq
    let request = this.#request
    if (this.#sent > 0) request = request.set('CSeq', { number: seq ?? number + this.#sent, method })
    this.#sent++
    for (const { session } of this.#attempts.values()) {
      const name = session.challenge.by === 'WWW' ? 'Authorization' : 'Proxy-Authorization'
      request = request.append(name, session.authorize(request, random))
    }
    return request
  }

  /**
   * True when `next` makes a request that answers this response; false for one to be content with. A promise where the
   * credentials are given by one; it rejects when the application's function for them fails.
   */
  challenged(response: Response): boolean | Promise<boolean> {
    if (response.status !== 401 && response.status !== 407) return this.#accepted(response)
    const challenges = challengesOf(response)
    const realms = [...challenges].map(([key, offers]) => ({ offers, attempt: this.#attempts.get(key) }))
    const isTooMuch = ++this.#rounds > ROUNDS || this.#attempts.size + realms.length > REALMS
    if (isTooMuch || realms.some(({ offers, attempt }) => isRefused(offers, attempt))) {
      for (const { session } of this.#attempts.values()) this.#client.forget(this.#request, session)
      return false
    }
    const found = realms.map(({ offers, attempt }) => this.#credentials(offers, attempt))
    const answer = (known: readonly (Credentials | undefined)[]): boolean =>
      realms.filter(({ offers, attempt }, at) => this.#answer(offers, attempt, known[at])).length > 0
    const known = found.filter((each): each is Credentials | undefined => !(each instanceof Promise))
    return known.length === found.length ? answer(known) : Promise.all(found).then(answer)
  }

  /** RFC 7616 §3.3: nobody is asked again because of a stale nonce. */
  #credentials(
    offers: readonly DigestChallenge[],
    before: Attempt | undefined,
  ): ReturnType<DigestClient['credentials']> {
    if (before !== undefined && offers.some(({ stale }) => stale)) return before.session.credentials
    return this.#client.credentials(offers[0]?.realm ?? '')
  }

  /** RFC 7616 §3.7: the first challenge of the realm that the credentials are good for. */
  #answer(
    offers: readonly DigestChallenge[],
    before: Attempt | undefined,
    credentials: Credentials | undefined,
  ): boolean {
    if (credentials === undefined) return false
    for (const challenge of offers) {
      const ha1 = ha1For(credentials, challenge.realm, hashOf(challenge.algorithm))
      if (ha1 === undefined) continue
      const session = new DigestSession(challenge, credentials, ha1)
      const stale = before === undefined || before.advance ? 0 : before.stale + 1
      this.#attempts.set(realmKey(challenge), { session, advance: false, stale })
      return true
    }
    return false
  }

  /** Nobody asks for more: the credentials were right, or nobody cares. */
  #accepted(response: Response): false {
    for (const { session } of this.#attempts.values()) {
      this.#client.keep(this.#request, session)
      const info = response.get(session.challenge.by === 'WWW' ? 'Authentication-Info' : 'Proxy-Authentication-Info')
      if (info !== undefined) session.learn(info, String(this.#request.uri), response.body)
    }
    return false
  }
}

/** §22.1: what has just been rejected is not tried again, unless only its nonce was stale. */
function isRefused(offers: readonly DigestChallenge[], before: Attempt | undefined): boolean {
  if (before === undefined) return false
  const { session, advance, stale } = before
  if (offers.some(({ nonce }) => nonce === session.nonce)) return true
  return !advance && (stale >= STALE || !offers.some(challenge => challenge.stale))
}
