/** A 2xx of ours to an INVITE: repeated until its ACK comes or 64*T1 have passed, whatever the transport (§13.3.1.4). */

import { formatMessage } from '../syntax/format.js'
import type { Request, Response } from '../syntax/message.js'
import type { Route } from '../transport/flow.js'
import type { DialogOwner } from './dialog-owner.js'
import type { Received } from './server.js'

interface Unacknowledged {
  readonly seq: number
  readonly response: Response
  readonly route: Route
}

export class AcceptedResponse {
  readonly #owner: DialogOwner
  #waiting: Unacknowledged | undefined

  constructor(owner: DialogOwner) {
    this.#owner = owner
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined
  }

  send(received: Received, response: Response): void {
    const { self, arg } = this.#owner
    const { T1 } = arg.context.timers
    const { request, route } = received
    this.#waiting = { seq: request.cseq.number, response, route }
    this.#owner.respond(received, response)
    self.startTimer('repeat', T1, { kind: 'repeat', interval: T1 })
    self.startTimer('unacknowledged', 64 * T1, { kind: 'unacknowledged' })
  }

  /** From T1 up to T2. */
  repeat(interval: number): void {
    const { self, arg } = this.#owner
    if (this.#waiting === undefined) return
    const { response, route } = this.#waiting
    self.send(arg.context.transport, { kind: 'send', text: formatMessage(response), route })
    const next = Math.min(2 * interval, arg.context.timers.T2)
    self.startTimer('repeat', next, { kind: 'repeat', interval: next })
  }

  /** Whether an ACK is for it, which is the end of it. */
  takes(ack: Request): boolean {
    if (this.#waiting?.seq !== ack.cseq.number) return false
    this.stop()
    return true
  }

  stop(): void {
    this.#waiting = undefined
    this.#owner.self.stopTimer('repeat')
    this.#owner.self.stopTimer('unacknowledged')
  }
}
