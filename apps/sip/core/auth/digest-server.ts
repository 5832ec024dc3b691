/** Finding out who sends a request: §22, RFC 7616 §3.3 to §3.6, RFC 8760 §2.3 and §2.6. */

import { authenticationInfo, challenge } from '../../syntax/header/auth.js'
import type { HeaderInputs } from '../../syntax/header-value.js'
import type { Random } from '../../syntax/ids.js'
import type { Request } from '../../syntax/message.js'
import { parseUri, type Uri } from '../../syntax/uri.js'
import type { Ha1 } from './credentials.js'
import { type Algorithm, algorithmOf, digest, ha1Of, hashOf } from './digest.js'
import { type DigestAnswer, digestAnswers } from './digest-answer.js'
import { isSame } from './hash.js'
import { Nonces } from './nonce.js'
import { NonceCounts } from './nonce-counts.js'

/** A password, or the hashes that stand for it; undefined or null, as data bases say it, for an unknown user. */
export type Secret = string | { readonly ha1: Ha1 } | null | undefined

export interface Authenticate {
  /** Whom passwords are for: a domain name (§22.1). */
  readonly realm: string
  /** What the user has to prove. A throw or rejection is a defect of the application, and answered with 500. */
  lookup(username: string): Secret | Promise<Secret>
  /** Offered in this order (RFC 8760 §2.3); SHA-256 and MD5 unless given. */
  readonly algorithms?: readonly Algorithm[]
  /** Offers auth-int, too, which protects the body. */
  readonly integrity?: boolean
  /** ms that a nonce is good for; 300,000 unless given. */
  readonly lifetime?: number
  /** Nonces are good only for the address they were sent to. */
  readonly bindAddress?: boolean
  /**
   * Answers with 2xx prove that we know the password, too, and name the next nonce when half of the lifetime of this one is
   * over, in Authentication-Info (RFC 7616 §3.5).
   */
  readonly mutual?: boolean
  /** Asks with 407, as proxies do, and not with 401 (§22.1). */
  readonly proxy?: boolean
  /**
   * Whether a user may appear as that URI: From, or To of a REGISTER (§10.3). Unless given, its user part has to be
   * the username, or the whole one that is anonymous (§8.1.1.3). Else the answer is 403.
   */
  identity?(username: string, claimed: Uri): boolean
  /**
   * Whether credentials made for that URI serve this request; else the answer is 400 (RFC 7616 §3.4.6). Unless given, those for
   * any URI do, since proxies change the Request-URI on its way (§22.4). A throw is a defect, and answered with 500.
   */
  accepts?(uri: Uri, request: Request): boolean
}

export type Verdict =
  /** `info` makes the headers of a 2xx with that body. */
  | { readonly kind: 'ok'; readonly username: string; readonly info?: (body: string) => HeaderInputs }
  | { readonly kind: 'challenge'; readonly status: 401 | 407; readonly stale: boolean; readonly headers: HeaderInputs }
  | { readonly kind: 'forbidden' }
  /** The credentials are right, and for something else. */
  | { readonly kind: 'misdirected' }

/** Entries of a generation of nonce counts. */
const NONCES = 50_000

export class DigestServer {
  readonly #rules: Authenticate
  readonly #random: Random
  readonly #algorithms: readonly Algorithm[]
  readonly #lifetime: number
  readonly #nonces: Nonces
  readonly #counts: NonceCounts
  /** Whoever is unknown is held against this password. */
  readonly #nobody: string

  /**
   * One that takes the place of `former` takes its nonces as its own, and knows which have been used; not where they are to be
   * good for another time, for which uses are not kept. Throws TypeError for rules that make no sense.
   */
  constructor(rules: Authenticate, random: Random, former?: DigestServer) {
    checkAuthenticate(rules)
    this.#rules = rules
    this.#random = random
    this.#algorithms = rules.algorithms ?? ['SHA-256', 'MD5']
    this.#lifetime = rules.lifetime ?? 300_000
    const isHeir = former !== undefined && former.#lifetime === this.#lifetime
    this.#nonces = isHeir ? former.#nonces : new Nonces(random)
    this.#counts = isHeir ? former.#counts : new NonceCounts(this.#lifetime, NONCES)
    this.#nobody = this.#nonces.make('', 0, random)
  }

  /** Neither ACK nor CANCEL may be asked (§22.1). `address` is where the request came from, `now` in ms. */
  verify(request: Request, address: string, now: number): Verdict | Promise<Verdict> {
    const bound = this.#rules.bindAddress ? `${this.#rules.realm} ${address}` : this.#rules.realm
    const header = this.#rules.proxy ? 'Proxy-Authorization' : 'Authorization'
    const answer = digestAnswers(request.getAll(header)).find(
      ({ realm, algorithm }) => realm === this.#rules.realm && this.#algorithms.includes(algorithm),
    )
    if (answer === undefined) return this.#challenge(bound, now, false)
    const judge = (secret: Secret): Verdict => {
      const ha1 = this.#proof(request, answer, secret)
      if (ha1 === undefined) return this.#challenge(bound, now, false)
      // Right, but not now: RFC 7616 §3.3. Stale is also what has been used before, so that who lost count may go on.
      if (!this.#isFresh(answer, bound, now)) return this.#challenge(bound, now, true)
      const { username } = answer
      if (!this.#accepts(answer.uri, request)) return { kind: 'misdirected' }
      if (!this.#mayClaim(request, username)) return { kind: 'forbidden' }
      if (!this.#rules.mutual) return { kind: 'ok', username }
      return { kind: 'ok', username, info: body => this.#info(answer, ha1, body, { bound, now }) }
    }
    const secret = this.#rules.lookup(answer.username)
    return secret instanceof Promise ? secret.then(judge) : judge(secret)
  }

  /** The H(A1) that the answer was made with. Unknown users take the same time and get the same answer as wrong passwords. */
  #proof(request: Request, answer: DigestAnswer, secret: Secret): string | undefined {
    const name = hashOf(answer.algorithm)
    const password = typeof secret === 'string' ? secret : this.#nobody
    const computed = ha1Of(name, answer.username, this.#rules.realm, password)
    const known = typeof secret === 'object' ? secret?.ha1[name]?.toLowerCase() : undefined
    const { method, body } = request
    const ha1 = known ?? computed
    const isRight = isSame(answer.response, digest({ ...answer, method, body, ha1 }))
    const exists = typeof secret === 'string' || known !== undefined
    return isRight && exists ? ha1 : undefined
  }

  /**
   * DEVIATES RFC 7616 §3.4.6: the URIs need not be the same, as §22.4 has it for SIP; to compare them with what else a request says
   * would stop nobody who can change it on its way, for that can be changed as well. A nonce count is good for one request.
   */
  #accepts(text: string, request: Request): boolean {
    const uri = parseUri(text)
    return uri !== undefined && (this.#rules.accepts?.(uri, request) ?? true)
  }

  /** Without qop nothing counts the uses (RFC 2069), so a nonce is good for one. */
  #isFresh({ nonce, count = 0xffff_ffff }: DigestAnswer, bound: string, now: number): boolean {
    const madeAt = this.#nonces.madeAt(nonce, bound)
    if (madeAt === undefined || now - madeAt >= this.#lifetime) return false
    return this.#counts.use(nonce, madeAt, count, now)
  }

  /** RFC 7616 §3.5; the form of RFC 2069 proves nothing, and its nonces are good for one request. */
  #info(
    answer: DigestAnswer,
    ha1: string,
    body: string,
    { bound, now }: { readonly bound: string; readonly now: number },
  ): HeaderInputs {
    const { nonce, qop, cnonce, nc } = answer
    const isOld = now - (this.#nonces.madeAt(nonce, bound) ?? 0) > this.#lifetime / 2
    const nextnonce = isOld || qop === undefined ? this.#nonces.make(bound, now, this.#random) : undefined
    const proof = qop && { qop, rspauth: digest({ ...answer, ha1, method: '', body }), cnonce, nc }
    const info = authenticationInfo({ ...proof, nextnonce })
    return this.#rules.proxy ? { 'Proxy-Authentication-Info': info } : { 'Authentication-Info': info }
  }

  #mayClaim(request: Request, username: string): boolean {
    const { uri } = request.method === 'REGISTER' ? request.to : request.from
    return this.#rules.identity?.(username, uri) ?? (uri.user === username || uri.host === 'anonymous.invalid')
  }

  /** RFC 8760 §2.3: the best algorithm first, each with qop, which a server always sends (§22.4). */
  #challenge(bound: string, now: number, stale: boolean): Verdict {
    const { realm, integrity, proxy } = this.#rules
    const nonce = this.#nonces.make(bound, now, this.#random)
    const qop = integrity ? 'auth,auth-int' : 'auth'
    const values = this.#algorithms.map(algorithm =>
      challenge('Digest', { realm, nonce, qop, algorithm, stale: stale ? 'true' : undefined }),
    )
    return proxy
      ? { kind: 'challenge', status: 407, stale, headers: { 'Proxy-Authenticate': values } }
      : { kind: 'challenge', status: 401, stale, headers: { 'WWW-Authenticate': values } }
  }
}

/** Throws TypeError for rules that make no sense. */
export function checkAuthenticate(rules: unknown): asserts rules is Authenticate {
  if (typeof rules !== 'object' || rules === null) throw new TypeError('authenticate must be an object')
  if (!('realm' in rules) || typeof rules.realm !== 'string' || rules.realm === '') {
    throw new TypeError('authenticate needs a realm, such as example.com')
  }
  challenge('Digest', { realm: rules.realm })
  if (!('lookup' in rules) || typeof rules.lookup !== 'function') {
    throw new TypeError('authenticate needs a lookup function')
  }
  if ('lifetime' in rules && !(typeof rules.lifetime === 'number' && rules.lifetime > 0)) {
    throw new TypeError(`the lifetime of a nonce is a number of ms above 0, not ${rules.lifetime}`)
  }
  if ('algorithms' in rules) checkAlgorithms(rules.algorithms)
}

/** RFC 8760 §2.3: each challenge of a realm has another algorithm. */
function checkAlgorithms(algorithms: unknown): void {
  if (!Array.isArray(algorithms) || algorithms.length === 0) throw new TypeError('authenticate needs an algorithm')
  const unknown = algorithms.find(each => typeof each !== 'string' || algorithmOf(each) !== each)
  if (unknown !== undefined) throw new TypeError(`no algorithm: ${unknown}`)
  if (new Set(algorithms).size < algorithms.length) throw new TypeError('algorithms are offered once each')
}
