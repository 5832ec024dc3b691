/** A response that did not get back the way its request came goes to the next place that its Via names: RFC 3263 §5. */

import { type ActorRef, type AskResult, hashOf, type Self } from '../../actor/actor.js'
import type { Located, LocatorMsg } from '../location/locator.js'
import type { Target } from '../location/target.js'
import { parseMessage } from '../syntax/parse.js'
import type { Via } from '../syntax/via.js'
import { egress } from './egress.js'
import type { Bounced, FlowMsg, Locals, TransportName } from './flow.js'

export type FailoverMsg =
  | Bounced
  | {
      readonly kind: 'elsewhere'
      readonly message: FlowMsg
      readonly reason: string
      readonly result: AskResult<Located>
    }

export interface ResponseFailoverArg {
  readonly locator: () => ActorRef<LocatorMsg>
  readonly counters: FailoverCounters
}

export interface FailoverCounters {
  /** Responses that could not be sent to any place. */
  undelivered: number
}

/** ms to find a place. */
const PATIENCE = 32_000

export class ResponseFailover {
  readonly #arg: ResponseFailoverArg
  readonly #self: Pick<Self<FailoverMsg>, 'ref' | 'send' | 'ask'>

  constructor(arg: ResponseFailoverArg, self: Pick<Self<FailoverMsg>, 'ref' | 'send' | 'ask'>) {
    this.#arg = arg
    this.#self = self
  }

  receive(event: FailoverMsg, locals: Locals): void {
    const { message, reason } = event
    if (event.kind === 'bounced') return this.#search(message, reason, locals)
    const { result } = event
    const found = result.kind === 'answered' && result.value.kind === 'target' ? result.value : undefined
    if (found === undefined) return this.#giveUp(message, reason)
    const { target, search } = found
    if (!this.#send({ ...message, elsewhere: { finder: this.#self.ref, search } }, target, locals)) {
      this.#next({ ...message, elsewhere: { finder: this.#self.ref, search } }, reason)
    }
  }

  #search(message: FlowMsg, reason: string, locals: Locals): void {
    if (message.elsewhere?.search !== undefined) return this.#next(message, reason)
    const via = viaOf(message)
    if (via === undefined) return this.#giveUp(message, reason)
    const means = { transports: [transportOf(message)], families: familiesOf(locals) }
    const question = { kind: 'locateSender', via, means, seed: hashOf(message.text, 0) } as const
    this.#self.ask(this.#arg.locator(), question, PATIENCE, result => ({ kind: 'elsewhere', message, reason, result }))
  }

  #next(message: FlowMsg, reason: string): void {
    const search = message.elsewhere?.search
    if (search === undefined) return this.#giveUp(message, reason)
    const question = { kind: 'next', search } as const
    this.#self.ask(this.#arg.locator(), question, PATIENCE, result => ({ kind: 'elsewhere', message, reason, result }))
  }

  /** False when it has just failed there, or when we have no way to go there. */
  #send({ text, owner, elsewhere, ...tried }: FlowMsg, target: Target, locals: Locals): boolean {
    const way = egress(locals, target)
    if (way === undefined) return false
    const { flow, ...place } = way.route
    if (tried.address === place.address && tried.port === place.port && tried.name === place.name) return false
    const message: FlowMsg = {
      kind: 'transmit',
      text,
      ...place,
      ...(elsewhere && { elsewhere }),
      ...(owner && { owner }),
    }
    this.#self.send(flow, message)
    return true
  }

  #giveUp({ owner }: FlowMsg, reason: string): void {
    this.#arg.counters.undelivered++
    if (owner !== undefined) this.#self.send(owner, { kind: 'transportError', reason })
  }
}

/** With the transport that it really had: an answer to what came over TLS is never sent in clear, whatever the Via says. */
function viaOf(message: FlowMsg): Via | undefined {
  const parsed = parseMessage(message.text)
  // RFC 7118 §5.4: such a name is that of one who can only be reached by the connection that it made.
  if (parsed.kind !== 'ok' || parsed.message.via.host.endsWith('.invalid')) return undefined
  return parsed.message.via.with({ transport: transportOf(message) })
}

function transportOf({ transport = 'UDP' }: FlowMsg): TransportName {
  return transport
}

function familiesOf({ listeners }: Locals): readonly ('A' | 'AAAA')[] {
  const six = listeners.some(({ address }) => address.includes(':'))
  const four = listeners.some(({ address }) => !address.includes(':'))
  return (['AAAA', 'A'] as const).filter(family => (family === 'A' ? four : six))
}
