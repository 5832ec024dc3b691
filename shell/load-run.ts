/**
 * What a load generator keeps of its requests and calls. It is no stack, on purpose: what is measured with it should not share
 * its faults, nor cost as much on this side as on the other. Time is given to it, so it can be tested without any.
 */

import { Table } from '../apps/actor/actor.js'
import { parseMessage, type Response } from '../apps/sip/sip.js'
import { Histogram } from './histogram.js'
import type { Answered, LoadMessages, Stage } from './load-messages.js'
import type { ProvenText } from './proven-text.js'

/** §17.1.1.1, ms. */
const T1 = 500
const T2 = 4000

/** ms between two looks at what is due, and how many such steps are planned ahead: no timeout may be longer. */
const STEP = 100
const STEPS = 512
export const LONGEST: number = STEP * (STEPS - 2)

/** Failures that are told apart: the peer has the words for them. */
const KINDS = 50

export interface LoadOrders {
  readonly method: 'OPTIONS' | 'INVITE'
  /** ms after which a request is given up, LONGEST at most. */
  readonly timeout: number
  /** Nothing is lost on the way, so nothing is sent again (§17.1.1.2). */
  readonly isReliable: boolean
}

interface Pending {
  readonly id: number
  stage: Stage
  /** Of what is waited for; sent again until it is answered. */
  request: ProvenText
  /** Of the 2xx, which is sent again with each repetition of it. */
  ack: string
  sentAt: number
  /** ms until it is sent again. */
  wait: number
  dueAt: number
  ringing: boolean
}

export class LoadRun {
  readonly times: Readonly<Record<Stage, Histogram>> = {
    OPTIONS: new Histogram(),
    INVITE: new Histogram(),
    BYE: new Histogram(),
  }
  /** By status, or what else went wrong. */
  readonly failures: Map<string, number> = new Map()
  started = 0
  done = 0
  failed = 0
  retransmissions = 0
  /** Challenges that were answered. */
  challenges = 0
  /** What came and answers nothing that is waited for. */
  strays = 0
  readonly #orders: LoadOrders
  readonly #messages: LoadMessages
  readonly #send: (text: string) => void
  readonly #pending = new Table<number, Pending>()
  /** What is to be looked at in each step from now on; what has been answered meanwhile is passed by. */
  readonly #due: Pending[][] = Array.from({ length: STEPS }, () => [])
  #step = 0

  constructor(orders: LoadOrders, messages: LoadMessages, send: (text: string) => void) {
    this.#orders = orders
    this.#messages = messages
    this.#send = send
  }

  get outstanding(): number {
    return this.#pending.size
  }

  begin(now: number): void {
    const id = this.started++
    const { method } = this.#orders
    const request = this.#messages.first(method, id)
    const pending = { id, stage: method, request, ack: '', sentAt: now, wait: T1, dueAt: 0, ringing: false }
    this.#pending.set(id, id, pending)
    this.#plan(pending, now)
    this.#send(request.text)
  }

  /** One message, whole. */
  received(text: string, now: number): void {
    const parsed = parseMessage(text)
    const response = parsed.kind === 'ok' && parsed.message.kind === 'response' ? parsed.message : undefined
    const answered = response && this.#messages.answered(response)
    if (response === undefined || answered === undefined) {
      this.strays++
      return
    }
    const pending = this.#pending.get(answered.id, answered.id)
    const { stage, attempt } = answered
    if (pending?.stage === stage && pending.request.attempt === attempt) this.#answered(pending, response, now)
    else this.#late(answered, pending, response)
  }

  /** Sends again and gives up what is due. */
  tick(now: number): void {
    const until = Math.floor(now / STEP)
    this.#step = Math.max(this.#step, until - STEPS)
    while (this.#step < until) {
      this.#step++
      const due = this.#due[this.#step % STEPS] ?? []
      this.#due[this.#step % STEPS] = []
      for (const pending of due) {
        if (pending.dueAt <= now && this.#pending.get(pending.id, pending.id) === pending) this.#repeat(pending, now)
      }
    }
  }

  /** Gives up all that goes on. */
  end(why: string): void {
    for (const pending of [...this.#pending.values()]) this.#fail(pending, why)
  }

  #answered(pending: Pending, response: Response, now: number): void {
    const { id, stage, sentAt, request } = pending
    if (response.isProvisional) {
      pending.ringing = true
      return
    }
    if (stage === 'INVITE' && response.status >= 300) {
      this.#send(this.#messages.refusalAck({ id, stage, attempt: request.attempt }, response))
    }
    if (request.challenged(response)) {
      this.challenges++
      return this.#ask(pending, now)
    }
    this.times[stage].add(now - sentAt)
    if (response.status >= 300) {
      return this.#fail(pending, `${response.status} ${response.reason}`)
    }
    if (stage === 'INVITE') return this.#accepted(pending, response, now)
    this.#pending.delete(id, id)
    this.done++
  }

  #accepted(pending: Pending, response: Response, now: number): void {
    pending.stage = 'BYE'
    const way = this.#messages.inside(response)
    const { id, request } = pending
    pending.ack = this.#messages.ack(id, way, request)
    pending.request = this.#messages.bye(id, way, request.attempt)
    this.#send(pending.ack)
    this.#ask(pending, now)
  }

  #ask(pending: Pending, now: number): void {
    pending.sentAt = now
    pending.wait = T1
    pending.ringing = false
    this.#plan(pending, now)
    this.#send(pending.request.text)
  }

  /** An ACK was lost, or a call was given up before its answer came: what is owed is owed all the same. */
  #late(answered: Answered, pending: Pending | undefined, response: Response): void {
    const { id, stage, attempt } = answered
    if (stage !== 'INVITE' || response.isProvisional || response.status >= 300) {
      this.strays++
      if (stage === 'INVITE' && !response.isProvisional) this.#send(this.#messages.refusalAck(answered, response))
      return
    }
    if (pending !== undefined) return this.#send(pending.ack)
    this.strays++
    const way = this.#messages.inside(response)
    this.#send(this.#messages.ack(id, way, { attempt, proof: '' }))
    this.#send(this.#messages.bye(id, way, attempt).text)
  }

  #repeat(pending: Pending, now: number): void {
    const { stage, sentAt, ringing, request } = pending
    if (now - sentAt >= this.#orders.timeout) {
      if (stage === 'INVITE' && ringing) this.#send(this.#messages.cancel(pending.id, request.attempt))
      return this.#fail(pending, stage === 'BYE' ? 'no answer to BYE' : 'no answer')
    }
    // §17.1.1.2: what rings is not called again.
    if (!this.#orders.isReliable && !(stage === 'INVITE' && ringing)) {
      this.retransmissions++
      this.#send(request.text)
    }
    // §17.1.2.2: others than INVITE wait T2 at most.
    pending.wait = Math.min(2 * pending.wait, stage === 'INVITE' ? LONGEST : T2)
    this.#plan(pending, now)
  }

  #plan(pending: Pending, now: number): void {
    pending.dueAt = Math.min(now + pending.wait, pending.sentAt + this.#orders.timeout)
    this.#due[Math.ceil(pending.dueAt / STEP) % STEPS]?.push(pending)
  }

  #fail(pending: Pending, why: string): void {
    this.#pending.delete(pending.id, pending.id)
    this.failed++
    const kind = this.failures.has(why) || this.failures.size < KINDS ? why : 'others'
    this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1)
  }
}
