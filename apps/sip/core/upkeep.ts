/** The actor that keeps soft state at a server: it feeds the machine of soft-state.ts, and sends what that asks for. */

import type { ActorRef, AnyRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Random } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import type { Egress } from '../transport/egress.js'
import { type FlowMsg, isReliable, type Route } from '../transport/flow.js'
import type { DigestClient } from './auth/digest-client.js'
import type { Outcome } from './call.js'
import type { CoresMsg } from './cores.js'
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

export type UpkeepMsg =
  | SoftStateMsg
  /** The connection by which the server reaches us: known, to be pinged, gone. */
  | { readonly kind: 'onFlow'; readonly flow: ActorRef<FlowMsg> }
  | { readonly kind: 'ping' }
  | { readonly kind: 'lost'; readonly flow: AnyRef | undefined }
  | { readonly kind: 'transportError'; readonly reason: string }

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

/** RFC 5626 §4.4.1: seconds between two pings on a stream, at most, and ms to wait for their answer. */
const PING = 120
const PONG = 10_000

/** ms after which a request counts as lost: whoever should have told of its end may have crashed before. */
const FORGOTTEN = 600_000

class Upkeep implements SoftStateSubject<Outcome> {
  readonly #arg: UpkeepArg
  readonly #self: Self<UpkeepMsg>
  readonly #driver: SoftStateDriver<Outcome>
  #end: UpkeepEnd = { kind: 'closed' }
  #route: Route | undefined
  #flow: ActorRef<FlowMsg> | undefined
  #unwatch: (() => void) | undefined
  /** What the server has said of pings. */
  #flowTimer: number | undefined
  #isPonged = false

  constructor(arg: UpkeepArg, self: Self<UpkeepMsg>) {
    this.#arg = arg
    this.#self = self
    this.#driver = new SoftStateDriver(self, this, arg.patience, softStateInitial(arg.expires))
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
      case 'onFlow':
        return this.#onFlow(message.flow)
      case 'ping':
        return this.#ping(this.#isPonged)
      case 'lost':
        if (message.flow !== this.#flow) return
        return this.#lost()
      case 'transportError':
        return this.#lost()
    }
  }

  #ended(outcome: Outcome, { order, expires }: Extract<SoftState, { name: 'Asking' }>): void {
    const asked = order === 'remove' ? 0 : expires
    this.#self.stopTimer('answer')
    const event = this.#meaning(outcome, asked)
    if (!this.#driver.mends(event)) this.#driver.settle(outcome)
    if (event.kind === 'granted' && event.seconds > 0 && outcome.kind === 'answered') {
      this.#arg.tell({ kind: 'kept', seconds: event.seconds, response: outcome.response })
      this.#keepAlive(outcome.response)
    }
    this.#driver.step(event, outcome)
    if (this.#driver.state.name === 'Ended') this.#over({ kind: 'removed', outcome })
  }

  #meaning(outcome: Outcome, asked: number): SoftStateEvent {
    if (outcome.kind === 'timeout' || outcome.kind === 'transportError') return { kind: 'failed', wait: 0 }
    const { response } = outcome
    if (response.isSuccess) return { kind: 'granted', seconds: this.#arg.subject.granted(response, asked) }
    if (response.status === 423) return { kind: 'tooBrief', seconds: response.get('Min-Expires') ?? 0 }
    if (response.status === 412) return { kind: 'unknown' }
    return { kind: 'failed', wait: response.get('Retry-After')?.seconds ?? 0 }
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
    this.#route = way.route
    return this.#arg.subject.complete?.(request, way) ?? request
  }

  #over(end: Extract<UpkeepEnd, { kind: 'removed' }>): void {
    this.#end = end
    this.#driver.end(end.outcome)
    this.#self.stop()
  }

  /** Only who has said so can be expected to answer pings; sent they are all the same, for the NATs on the way. */
  #keepAlive(response: Response): void {
    this.#flowTimer = response.get('Flow-Timer')
    this.#isPonged = this.#flowTimer !== undefined || response.getAll('Require').includes('outbound')
    this.#ping(false)
  }

  /** RFC 5626 §4.4.1, §3.5.1: line ends on a connection. */
  #ping(isPonged: boolean): void {
    const route = this.#route
    if (route === undefined || !isReliable(route.transport)) return
    const { flow, ...way } = route
    const known = this.#flow === undefined ? {} : { flow: this.#flow }
    const ping = { kind: 'transmit', text: '\r\n\r\n', ...way, ...known, owner: this.#self.ref } as const
    if (isPonged) {
      this.#self.send(flow, ping)
      this.#self.startTimer('pong', PONG, { kind: 'lost', flow: this.#flow })
      // One that is not tried again: who sends it hears at once by which connection, or that there is none.
    } else this.#self.send(flow, { ...ping, again: true })
    const most = 1000 * (this.#flowTimer ?? PING)
    this.#self.startTimer('ping', this.#driver.between(0.8 * most, most), { kind: 'ping' })
  }

  #onFlow(flow: ActorRef<FlowMsg>): void {
    this.#self.stopTimer('pong')
    if (flow === this.#flow) return
    const isAnother = this.#flow !== undefined
    this.#unwatch?.()
    this.#flow = flow
    this.#unwatch = this.#self.monitor(flow, () => ({ kind: 'lost', flow }))
    // What the server knows is the connection before this one.
    if (isAnother) this.#driver.step({ kind: 'lost' })
  }

  #lost(): void {
    this.#unwatch?.()
    this.#flow = undefined
    this.#self.stopTimer('pong')
    this.#self.stopTimer('ping')
    this.#driver.step({ kind: 'lost' })
  }
}
