/** The attempts to bring one request to a server: one target after the other (RFC 3263 §4.3, §8.1.3.1). */

import { type AskResult, hashOf, type Self } from '../../actor/actor.js'
import type { Located, Means, Search } from '../location/locator.js'
import { literalTarget } from '../location/target.js'
import type { Request } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import type { ClientReport } from '../transaction/transaction-user.js'
import type { Locals } from '../transport/flow.js'
import type { DigestClient, DigestExchange } from './auth/digest-client.js'
import type { CoreContext } from './context.js'
import { type DialogFlow, type FlowTarget, overFlow } from './dialog-flow.js'
import { type Completion, outgoing } from './outgoing.js'
import type { Another, Recourse } from './recourse.js'

export type AttemptsMsg =
  | ClientReport
  | { readonly kind: 'located'; readonly result: AskResult<Located> }
  /** The application has said with what to answer the challenge, or that it cannot. */
  | { readonly kind: 'authorised'; readonly challenge: ClientReport; readonly isAnswerable: boolean }
  /** The time has come that the server has asked for by Retry-After. */
  | { readonly kind: 'resumed'; readonly another: Another }

/** A request to bring to a server. */
export interface AttemptsOrder {
  /** Without Via: each attempt gets one with a branch of its own. */
  readonly request: Request
  readonly nextHop: Uri
  /** What to answer challenges with. */
  readonly auth?: DigestClient | undefined
  /** What to do about failures besides; nothing when it is undefined. */
  readonly recourse?: Recourse | undefined
  /** Takes the next CSeq number of the dialog that the request is in; else each request takes the one after its predecessor's. */
  readonly nextSeq?: (() => number) | undefined
  /** The way back to the peer of the dialog that it is in. */
  readonly flow?: DialogFlow | undefined
  /** In place of the Contact of those that may open a dialog. */
  readonly complete?: Completion | undefined
}

/** Where requests of our own leave from. */
export interface Exit {
  readonly context: CoreContext
  readonly locals: Locals | undefined
  readonly means: Means
}

/** ms to find a target. */
const PATIENCE = 32_000
/** ms to find credentials: a person may be asked. */
const CREDENTIALS = 120_000

type AttemptsSelf = Pick<Self<AttemptsMsg>, 'ref' | 'send' | 'ask' | 'pipe' | 'startTimer' | 'stopTimer'>

export class Attempts {
  readonly #order: AttemptsOrder
  readonly #exit: Exit
  readonly #self: AttemptsSelf
  #request: Request
  #nextHop: Uri
  #exchange: DigestExchange | undefined
  /** What is left to try; undefined where there is but one target. */
  #search: Search | undefined
  #target: FlowTarget | undefined
  /** Undefined once it has failed. */
  #flow: DialogFlow | undefined
  /** The latest attempt has left, and something came back. */
  #isSent = false
  #isAnswered = false
  /** How the best of the failed attempts ended. */
  #outcome: ClientReport | undefined

  constructor(order: AttemptsOrder, exit: Exit, self: AttemptsSelf) {
    this.#order = order
    this.#exit = exit
    this.#self = self
    this.#nextHop = order.nextHop
    this.#flow = order.flow
    this.#exchange = order.auth?.begin(order.request)
    this.#request = this.#exchange?.next(exit.context.random) ?? order.request
  }

  /** As sent the latest time, but for its Via. */
  get request(): Request {
    return this.#request
  }

  /** A request has left whose end is not known; else a target is being looked for. */
  get isUnderWay(): boolean {
    return this.#isSent
  }

  /** An address needs no search; the report comes as that of any transaction. */
  begin(): void {
    const target = overFlow(this.#flow, this.#nextHop) ?? literalTarget(this.#nextHop)
    if (target !== undefined) return this.#try(target)
    const way = { request: this.#order.request, nextHop: this.#nextHop }
    locate<AttemptsMsg>(way, this.#exit, this.#self, result => ({ kind: 'located', result }))
  }

  located(result: AskResult<Located>): void {
    if (result.kind === 'answered' && result.value.kind === 'target') {
      this.#search = result.value.search
      return this.#try(result.value.target)
    }
    this.#search = undefined
    const reason = `no address for ${this.#nextHop}: ${whyNot(result)}`
    this.#self.send(this.#self.ref, this.#outcome ?? { kind: 'transportError', reason })
  }

  /** Whether a report is not the end, since the request is sent once more: elsewhere, with credentials, or mended. */
  isRetried(report: ClientReport): boolean {
    return (
      this.#isFlowLost(report) || this.#isFailedOver(report) || this.#isAuthorised(report) || this.#isResumed(report)
    )
  }

  /** It goes as any other request then. */
  #isFlowLost(report: ClientReport): boolean {
    if (report.kind !== 'transportError' || this.#target?.flow === undefined) return false
    this.#flow = undefined
    this.#target = undefined
    this.begin()
    return true
  }

  /** The way that an `authorised` goes on; a refusal is what it would have been without `auth`. */
  authorised(challenge: ClientReport, isAnswerable: boolean): void {
    if (this.#exchange === undefined || this.#isSent) return
    this.#self.stopTimer('credentials')
    if (isAnswerable) return this.#again(this.#exchange)
    this.#exchange = undefined
    this.#self.send(this.#self.ref, challenge)
  }

  /** After a transport error, after silence, and after a 503, but never when the server has begun to answer. */
  #isFailedOver(report: ClientReport): boolean {
    const search = this.#search
    if (search === undefined || this.#target === undefined) return false
    const { locator } = this.#exit.context
    const isRefusal = report.kind === 'response' && report.response.status === 503
    if (report.kind === 'response' && !isRefusal) {
      if (!this.#isAnswered) this.#self.send(locator(), { kind: 'worked', target: this.#target })
      this.#isAnswered = true
      return false
    }
    if (this.#isAnswered && !isRefusal) return false
    if (this.#isSent) this.#self.send(locator(), { kind: 'failed', target: this.#target, ...failure(report) })
    this.#isSent = false
    // An answer tells more than silence.
    if (isRefusal || this.#outcome?.kind !== 'response') this.#outcome = report
    this.#self.ask(locator(), { kind: 'next', search }, PATIENCE, result => ({ kind: 'located', result }))
    return true
  }

  /** §22.2, §22.3: a challenge that can be answered is. */
  #isAuthorised(report: ClientReport): boolean {
    const exchange = this.#exchange
    if (exchange === undefined || report.kind !== 'response' || report.response.isProvisional) return false
    const verdict = exchange.challenged(report.response)
    if (verdict === false) return false
    this.#isSent = false
    if (verdict === true) this.#again(exchange)
    else {
      const then = (isAnswerable: boolean): AttemptsMsg => ({ kind: 'authorised', challenge: report, isAnswerable })
      this.#self.startTimer('credentials', CREDENTIALS, then(false))
      this.#self.pipe(verdict, then, error => {
        const { callId } = report.response
        this.#exit.context.complain({
          core: 'auth',
          callId,
          what: `the function for credentials threw ${String(error)}`,
        })
        return then(false)
      })
    }
    return true
  }

  /** §8.1.3.4, §8.1.3.5: the recourse knows what has been tried. */
  #isResumed(report: ClientReport): boolean {
    const { recourse } = this.#order
    if (recourse === undefined || (report.kind === 'response' && report.response.status < 300)) return false
    const another = recourse.after(report)
    if (another === undefined) {
      const best = recourse.best(report)
      if (best === report) return false
      this.#exchange = undefined
      this.#self.send(this.#self.ref, best)
      return true
    }
    this.#isSent = false
    if (another.after === 0) this.resumed(another)
    else this.#self.startTimer('resumed', another.after, { kind: 'resumed', another })
    return true
  }

  /** A request of its own, but for Call-ID, From and To: §8.1.3.4. */
  resumed({ request, nextHop }: Another): void {
    const numbered = this.#numbered(request)
    this.#exchange = this.#order.auth?.begin(numbered)
    this.#request = this.#exchange?.next(this.#exit.context.random) ?? numbered
    this.#nextHop = nextHop
    this.#search = undefined
    this.#target = undefined
    this.#outcome = undefined
    this.begin()
  }

  #numbered(request: Request): Request {
    const { number } = this.#request.cseq
    return request.set('CSeq', { number: this.#order.nextSeq?.() ?? number + 1, method: request.method })
  }

  /** To the same server: the nonce may be good for no other. */
  #again(exchange: DigestExchange): void {
    this.#request = exchange.next(this.#exit.context.random, this.#order.nextSeq?.())
    if (this.#target !== undefined) this.#try(this.#target)
  }

  #try(target: FlowTarget): void {
    const { context, locals } = this.#exit
    const way = outgoing(this.#request, target, locals, context.random, this.#order.complete)
    this.#target = target
    this.#isSent = way.kind === 'ready'
    this.#isAnswered = false
    if (way.kind === 'nowhere') return this.#self.send(this.#self.ref, { kind: 'transportError', reason: way.reason })
    this.#self.send(context.transactions, {
      kind: 'start',
      request: way.request,
      route: way.route,
      user: this.#self.ref,
    })
  }
}

/** Asks for the first target. Those of one call are the same as long as they work: its Call-ID decides by weight. */
export function locate<Msg extends { readonly kind: string }>(
  { request, nextHop }: Pick<AttemptsOrder, 'request' | 'nextHop'>,
  { context, means }: Exit,
  self: Pick<Self<Msg>, 'ask'>,
  then: (result: AskResult<Located>) => Msg,
): void {
  const seed = hashOf(request.callId, 0)
  self.ask(context.locator(), { kind: 'locate', uri: nextHop, means, seed }, PATIENCE, then)
}

function whyNot(result: AskResult<Located>): string {
  if (result.kind !== 'answered') return 'the DNS does not answer'
  switch (result.value.kind === 'exhausted' ? result.value.why : 'tried') {
    case 'unsupported':
      return 'we do not have its transport'
    case 'failed':
      return 'the DNS does not answer'
    case 'unresolved':
      return 'the DNS knows none'
    case 'tried':
      return 'all have been tried'
  }
}

function failure(report: ClientReport): { readonly reason: string; readonly retryAfter?: number } {
  switch (report.kind) {
    case 'timeout':
      return { reason: 'no answer' }
    case 'transportError':
      return { reason: report.reason }
    case 'response': {
      const after = report.response.get('Retry-After')
      return { reason: '503', ...(after === undefined ? {} : { retryAfter: after.seconds }) }
    }
  }
}
