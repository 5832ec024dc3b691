/** What is done about a failure: the request goes elsewhere (§8.1.3.4), or to the same place once more (§8.1.3.5). */

import type { Random } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import type { ClientReport } from '../transaction/transaction-user.js'
import { proxyOf, redirected, targetsOf } from './redirection.js'
import { type Alternative, mendable, mended } from './retry.js'
import { type Routed, routed } from './route.js'
import { TargetSet } from './target-set.js'

export interface RecourseOptions {
  /** Requests that 3xx responses may lead to. */
  readonly redirects: number
  /** What was to be secure may go where it is not. */
  readonly insecure: boolean
  readonly alternatives: readonly Alternative[]
  readonly isBodyOptional: boolean
  readonly random: Random
}

export interface Another extends Routed {
  /** ms until it is sent. */
  readonly after: number
}

/** How often the interval of the session timer is raised: each proxy may want more than the one before (RFC 4028 §13). */
const MOST_RAISED = 5
/** ms that a server may let us wait by Retry-After. */
const LONGEST_WAIT = 60_000

export class Recourse {
  readonly #options: RecourseOptions
  readonly #original: Request
  #latest: Request
  /** Where it goes in spite of its Route (§21.3.4). */
  #proxy: Uri | undefined
  #targets: TargetSet | undefined
  #proxies: TargetSet | undefined
  #redirects: number
  /** Statuses that have been acted on: each is once only, but 422. */
  #mended: readonly number[] = []
  /** How the best of those targets ended that were left for others. */
  #best: ClientReport | undefined

  /** `request` before anything was made of its Route. */
  constructor(request: Request, options: RecourseOptions) {
    this.#options = options
    this.#original = request
    this.#latest = request
    this.#redirects = options.redirects
  }

  /** The request to send now, with the CSeq number it had at first; undefined when all has been tried. */
  after(report: ClientReport): Another | undefined {
    const response = report.kind === 'response' ? report.response : undefined
    const better = response && this.#better(response)
    if (better !== undefined) return better
    if (response !== undefined) this.#learn(response)
    // §21.6: nobody else would answer otherwise.
    if (response !== undefined && response.status >= 600) return undefined
    const other = this.#elsewhere()
    if (other === undefined) return undefined
    const isRedirection = response !== undefined && response.status < 400
    // An answer tells more than silence.
    if (!isRedirection && (response !== undefined || this.#best === undefined)) this.#best = report
    return { ...other, after: 0 }
  }

  /** What the application is told after the last failure. */
  best(last: ClientReport): ClientReport {
    return last.kind === 'response' ? last : (this.#best ?? last)
  }

  #better(response: Response): Another | undefined {
    const { status } = response
    const times = this.#mended.filter(each => each === status).length
    if (!mendable.includes(status) || times >= (status === 422 ? MOST_RAISED : 1)) return undefined
    const request = mended(this.#latest, response, { ...this.#options, nextHop: this.#routed().nextHop })
    if (request === undefined) return undefined
    const after = request === this.#latest ? 1000 * (response.get('Retry-After')?.seconds ?? 0) : 0
    if (after > LONGEST_WAIT) return undefined
    this.#mended = [...this.#mended, status]
    this.#latest = request
    return { ...this.#routed(), after }
  }

  #learn(response: Response): void {
    const isSecure = this.#original.uri.isSecure && !this.#options.insecure
    const targets = targetsOf(response).filter(({ uri }) => uri.isSecure || !isSecure)
    if (targets.length === 0) return
    const { uri } = this.#original
    if (response.status === 305) this.#proxies = (this.#proxies ?? new TargetSet(uri)).add(targets)
    else this.#targets = (this.#targets ?? new TargetSet(uri)).add(targets)
  }

  #elsewhere(): Routed | undefined {
    while (this.#redirects > 0) {
      const proxy = this.#proxies?.take()
      const uri = proxy ?? this.#targets?.take()
      if (uri === undefined) return undefined
      const request = proxy === undefined ? redirected(this.#original, uri) : this.#latest
      if (request === undefined) continue
      this.#redirects--
      this.#latest = request
      this.#proxy = proxy && proxyOf(proxy)
      return this.#routed()
    }
    return undefined
  }

  #routed(): Routed {
    const { request, nextHop } = routed(this.#latest)
    return { request, nextHop: this.#proxy ?? nextHop }
  }
}
