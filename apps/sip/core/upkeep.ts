/** The actor that keeps soft state at a server: it feeds the machine of soft-state.ts, and sends what that asks for. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Random } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import type { Egress } from '../transport/egress.js'
import type { DigestClient } from './auth/digest-client.js'
import type { Outcome } from './call.js'
import type { CoresMsg } from './cores.js'
import { KeepAlive, type KeepAliveMsg } from './keep-alive.js'
import { routed } from './route.js'
import { type Order, type SoftState, type SoftStateEvent, softStateInitial } from './soft-state.js'
import { SoftStateDriver, type SoftStateMsg, type SoftStateSubject } from './soft-state-driver.js'

/** What is kept: how it is asked for, and what answers say of it. */
export interface Subject {
  /** Undefined where there is nothing to ask for. */
  readonly request: (order: Order, expires: number) => Request | undefined
  /** The last thing done to each request, when its way out is known. */
  readonly complete?: (request: Request, way: Egress) => Request
  /** The number that the next request gets. */
  readonly nextSeq: () => number
  /** A refusal: whether the next request goes without what has been refused. */
  readonly isMended?: (response: Response) => boolean
  /** A 2xx: for how many seconds the server keeps it. */
  readonly granted: (response: Response, asked: number) => number
}

/** What becomes of it. */
export type UpkeepEvent =
  /** The server keeps it for so many seconds; it is refreshed before they are over. */
  | { readonly kind: 'kept'; readonly seconds: number; readonly response: Response }
  /** It is tried again after so many ms. */
  | { readonly kind: 'failed'; readonly outcome: Outcome; readonly retryIn: number }

/** How it ended: with the answer to our farewell, or because the stack was closed. */
export type UpkeepEnd = { readonly kind: 'removed'; readonly outcome: Outcome } | { readonly kind: 'closed' }

export type UpkeepMsg = SoftStateMsg | KeepAliveMsg

export interface UpkeepArg {
  readonly subject: Subject
  readonly auth: DigestClient | undefined
  /** Seconds to ask for. */
  readonly expires: number
  /** ms: 64*T1. */
  readonly patience: number
  readonly random: Random
  readonly cores: () => ActorRef<CoresMsg>
  readonly tell: (event: UpkeepEvent) => void
  readonly end: (how: UpkeepEnd) => void
}

export const upkeep: Behavior<UpkeepMsg, UpkeepArg> = {
  label: 'upkeep',
  init(arg, self) {
    return new Upkeep(arg, self).receive
  },
}

/** ms after which a request counts as lost: whoever should have told of its end may have crashed before. */
const FORGOTTEN = 600_000

/** Of what was on trial. */
const lost: Outcome = { kind: 'transportError', reason: 'the way to the server is gone' }

class Upkeep implements SoftStateSubject<Outcome> {
  readonly #arg: UpkeepArg
  readonly #self: Self<UpkeepMsg>
  readonly #driver: SoftStateDriver<Outcome>
  #end: UpkeepEnd = { kind: 'closed' }
  readonly #keepAlive: KeepAlive

  constructor(arg: UpkeepArg, self: Self<UpkeepMsg>) {
    this.#arg = arg
    this.#self = self
    this.#driver = new SoftStateDriver(self, this, arg.patience, softStateInitial(arg.expires))
    this.#keepAlive = new KeepAlive(self, {
      random: arg.random,
      between: (least, most) => this.#driver.between(least, most),
      failed: isTrial => this.#driver.step({ kind: 'lost', isTrial }, lost),
      proven: () => this.#driver.step({ kind: 'proven' }),
    })
    self.defer(() => arg.end(this.#end))
  }

  readonly receive: Receive<UpkeepMsg> = message => {
    switch (message.kind) {
      case 'want':
        return this.#driver.want(message)
      case 'outcome': {
        const asked = this.#driver.asked(message.request)
        return asked && this.#ended(message.outcome, asked)
      }
      case 'timer':
        return this.#driver.step(message)
      default:
        return this.#keepAlive.receive(message)
    }
  }

  #ended(outcome: Outcome, { order, expires }: Extract<SoftState, { name: 'Asking' }>): void {
    const asked = order === 'remove' ? 0 : expires
    this.#self.stopTimer('answer')
    const event = this.#meaning(outcome, asked)
    if (!this.#driver.mends(event)) this.#driver.settle(outcome)
    if (event.kind === 'granted' && event.seconds > 0 && outcome.kind === 'answered') {
      this.#arg.tell({ kind: 'kept', seconds: event.seconds, response: outcome.response })
    }
    this.#driver.step(event, outcome)
    if (this.#driver.state.name === 'Ended') this.#over({ kind: 'removed', outcome })
  }

  #meaning(outcome: Outcome, asked: number): SoftStateEvent {
    if (outcome.kind === 'timeout' || outcome.kind === 'transportError') return { kind: 'failed', wait: 0 }
    const { response } = outcome
    if (response.isSuccess) return this.#granted(response, asked)
    if (response.status === 423) return { kind: 'tooBrief', seconds: response.get('Min-Expires') ?? 0 }
    if (response.status === 412) return { kind: 'unknown' }
    if (this.#arg.subject.isMended?.(response) === true) return { kind: 'mended' }
    return { kind: 'failed', wait: response.get('Retry-After')?.seconds ?? 0 }
  }

  #granted(response: Response, asked: number): SoftStateEvent {
    const seconds = this.#arg.subject.granted(response, asked)
    if (seconds > 0 && asked > 0) this.#keepAlive.begin(response)
    return { kind: 'granted', seconds, isTrial: this.#keepAlive.isTrial }
  }

  get random(): Random {
    return this.#arg.random
  }

  failing(outcome: Outcome, retryIn: number): void {
    this.#arg.tell({ kind: 'failed', outcome, retryIn })
  }

  ask(order: Order, expires: number): void {
    const { subject, auth, cores } = this.#arg
    const request = subject.request(order, expires)
    if (request === undefined) {
      return this.#over({ kind: 'removed', outcome: { kind: 'transportError', reason: 'there was nothing to remove' } })
    }
    const { request: number, done } = this.#driver.next()
    this.#self.startTimer('answer', FORGOTTEN, { kind: 'outcome', outcome: { kind: 'timeout' }, request: number })
    this.#self.send(cores(), {
      kind: 'send',
      order: {
        attempt: { ...routed(request), ...{ auth, nextSeq: subject.nextSeq, complete: this.#complete } },
        done,
      },
    })
  }

  readonly #complete = (request: Request, way: Egress): Request => {
    this.#keepAlive.goes(way.route)
    return this.#arg.subject.complete?.(request, way) ?? request
  }

  #over(end: Extract<UpkeepEnd, { kind: 'removed' }>): void {
    this.#end = end
    this.#driver.end(end.outcome)
    this.#self.stop()
  }
}
