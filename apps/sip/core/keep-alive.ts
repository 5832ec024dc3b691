/** Keeps the way to a server open, and notices when it is gone: RFC 5626 §4.4. */

import type { ActorRef, AnyRef, Self } from '../../actor/actor.js'
import type { Random } from '../syntax/ids.js'
import type { Response } from '../syntax/message.js'
import { type BindingReport, type FlowMsg, isReliable, type Route } from '../transport/flow.js'
import { bindingRequest } from '../transport/stun.js'

export type KeepAliveMsg =
  | BindingReport
  /** The connection by which the server reaches us: known, to be pinged, gone. */
  | { readonly kind: 'onFlow'; readonly flow: ActorRef<FlowMsg> }
  | { readonly kind: 'ping' }
  /** Nobody has answered the binding request yet. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'lived' }
  | { readonly kind: 'lost'; readonly flow: AnyRef | undefined }
  | { readonly kind: 'transportError'; readonly reason: string }

export interface KeepAliveArg {
  readonly random: Random
  /** A random number of ms. */
  readonly between: (least: number, most: number) => number
  /** The flow has failed; one that was on trial had not proven that it was any better than the one before. */
  readonly failed: (isTrial: boolean) => void
  /** It is on trial no more. */
  readonly proven: () => void
}

/** §4.4.1: seconds between two pings on a stream, at most, and ms to wait for their answer. */
const PING = 120
const PONG = 10_000
/** §4.4.2: the same over UDP; the waits of RFC 8489 §6.2.1 for an answer, and how often it is asked. */
const BINDING = 29
const LEAST_BINDING = 24
const RTO = 500
const ASKED = 7
const LAST_WAIT = 16 * RTO

export class KeepAlive {
  readonly #self: Self<KeepAliveMsg>
  readonly #arg: KeepAliveArg
  #route: Route | undefined
  #flow: ActorRef<FlowMsg> | undefined
  #unwatch: (() => void) | undefined
  /** What the server has said of pings. */
  #flowTimer: number | undefined
  #isPonged = false
  /** A ping has been sent that is to be answered. */
  #isAwaited = false
  #isTrial = false
  /** The latest one has failed. */
  #hasFailed = false
  #binding: { readonly id: string; readonly asked: number } | undefined
  /** Where the server sees us. */
  #mapped: string | undefined

  constructor(self: Self<KeepAliveMsg>, arg: KeepAliveArg) {
    this.#self = self
    this.#arg = arg
  }

  /** §4.5: whether the flow has not shown yet that it works: by an answer to a ping or, where none is promised, by its age. */
  get isTrial(): boolean {
    return this.#isTrial
  }

  /** The way that the latest request has taken. */
  goes(route: Route): void {
    const isAnother = route.address !== this.#route?.address || route.port !== this.#route.port
    this.#route = route
    if (!isAnother) return
    // Another server may see us at another address, and does not answer for the one before.
    this.#mapped = undefined
    if (this.#binding === undefined) return
    this.#endBinding()
    this.#pingIn(LEAST_BINDING, BINDING)
  }

  /** A 2xx. Only who has said so can be expected to answer pings; sent they are all the same on streams, for the NATs on the way. */
  begin(response: Response): void {
    const isFirst = !this.#isPonged
    // 0 would have us ping without end.
    this.#flowTimer = response.get('Flow-Timer') || undefined
    this.#isPonged = this.#flowTimer !== undefined || response.getAll('Require').includes('outbound')
    if (this.#hasFailed || (isFirst && this.#isPonged)) this.#isTrial = true
    this.#hasFailed = false
    if (this.#isTrial && !this.#isPonged) this.#self.startTimer('lived', PONG, { kind: 'lived' })
    // On a stream the first one only finds out by which connection, or that there is none.
    this.#ping(false)
  }

  receive(message: KeepAliveMsg): void {
    switch (message.kind) {
      case 'onFlow':
        return this.#onFlow(message.flow)
      case 'ping':
        return this.#ping(this.#isPonged)
      case 'bound':
        return this.#bound(message)
      case 'unanswered':
        return this.#bind()
      case 'lived':
        return this.#proven()
      case 'lost':
        return message.flow === this.#flow ? this.#lost() : undefined
      case 'transportError':
        return this.#lost()
    }
  }

  #ping(isPonged: boolean): void {
    const route = this.#route
    if (route === undefined) return
    if (isReliable(route.transport)) this.#pingStream(route, isPonged)
    else if (this.#isPonged) this.#beginBinding()
  }

  /** §4.4.1, §3.5.1: line ends on a connection. */
  #pingStream(route: Route, isPonged: boolean): void {
    const { flow, ...way } = route
    const known = this.#flow === undefined ? {} : { flow: this.#flow }
    const ping = { kind: 'transmit', text: '\r\n\r\n', ...way, ...known, owner: this.#self.ref } as const
    if (isPonged) {
      this.#self.send(flow, ping)
      // Where pings are more frequent than that, the first without an answer counts.
      if (!this.#isAwaited) this.#self.startTimer('pong', PONG, { kind: 'lost', flow: this.#flow })
      // One that is not tried again: who sends it hears at once by which connection, or that there is none.
    } else this.#self.send(flow, { ...ping, again: true })
    this.#isAwaited = isPonged
    const most = this.#flowTimer ?? PING
    // A flow on trial is to be proven soon.
    const isSoon = this.#isTrial && this.#isPonged && !isPonged
    this.#pingIn(isSoon ? 0 : 0.8 * most, isSoon ? 1 : most)
  }

  #pingIn(least: number, most: number): void {
    this.#self.startTimer('ping', this.#arg.between(1000 * least, 1000 * most), { kind: 'ping' })
  }

  #onFlow(flow: ActorRef<FlowMsg>): void {
    const isAnswer = this.#isAwaited
    this.#isAwaited = false
    this.#self.stopTimer('pong')
    if (flow === this.#flow) return isAnswer ? this.#proven() : undefined
    const isAnother = this.#flow !== undefined
    this.#unwatch?.()
    this.#flow = flow
    this.#unwatch = this.#self.monitor(flow, () => ({ kind: 'lost', flow }))
    // What the server knows is the connection before this one.
    if (isAnother) this.#fail()
  }

  /** §4.4.2: over UDP it is a binding request. */
  #beginBinding(): void {
    const { random } = this.#arg
    const octets = [random.uint32(), random.uint32(), random.uint32()].flatMap(word => [
      word >>> 24,
      word >>> 16,
      word >>> 8,
      word,
    ])
    this.#binding = { id: String.fromCharCode(...octets.map(octet => octet & 255)), asked: 0 }
    this.#self.stopTimer('ping')
    this.#bind()
  }

  #bind(): void {
    const { flow, address, port } = this.#route ?? {}
    if (this.#binding === undefined || flow === undefined || address === undefined || port === undefined) return
    const { id, asked } = this.#binding
    if (asked === ASKED) return this.#lost()
    this.#binding = { id, asked: asked + 1 }
    this.#self.send(flow, { kind: 'transmit', text: bindingRequest(id), address, port, asker: this.#self.ref })
    const wait = asked + 1 === ASKED ? LAST_WAIT : RTO * 2 ** asked
    this.#self.startTimer('unanswered', wait, { kind: 'unanswered' })
  }

  /** An error, or another address than before: the way through the NAT is not that which the server knows. */
  #bound({ id, mapped }: BindingReport): void {
    if (id !== this.#binding?.id) return
    const isSame = mapped !== undefined && (this.#mapped === undefined || this.#mapped === mapped)
    this.#endBinding()
    if (!isSame) return this.#lost()
    this.#mapped = mapped
    const most = this.#flowTimer
    this.#pingIn(most === undefined ? LEAST_BINDING : 0.8 * most, most ?? BINDING)
    this.#proven()
  }

  #endBinding(): void {
    this.#binding = undefined
    this.#self.stopTimer('unanswered')
  }

  #proven(): void {
    if (!this.#isTrial) return
    this.#isTrial = false
    this.#arg.proven()
  }

  #lost(): void {
    this.#unwatch?.()
    this.#flow = undefined
    this.#mapped = undefined
    this.#isAwaited = false
    this.#endBinding()
    this.#self.stopTimer('pong')
    this.#self.stopTimer('ping')
    this.#fail()
  }

  #fail(): void {
    this.#self.stopTimer('lived')
    this.#hasFailed = true
    this.#arg.failed(this.#isTrial)
  }
}
