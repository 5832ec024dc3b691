/** Requests of the peer that an actor has been given to answer, and perhaps has never seen, since it was gone by then. */

import type { ActorRef, AnyRef } from '../../actor/actor.js'
import type { ServerOrder } from '../transaction/transaction-user.js'
import type { Received } from './server.js'

interface Given extends Received {
  readonly user: AnyRef
}

export class GivenRequests {
  #all: readonly Given[] = []

  add(received: Received, user: AnyRef): void {
    this.#all = [...this.#all, { ...received, user }]
  }

  answered(transaction: ActorRef<ServerOrder>): void {
    if (this.#all.length > 0) this.#all = this.#all.filter(each => each.transaction !== transaction)
  }

  /** Takes out what that one, or without one anybody, has not answered. */
  lost(user?: AnyRef): readonly Received[] {
    if (this.#all.length === 0) return this.#all
    const lost = this.#all.filter(each => user === undefined || each.user === user)
    this.#all = this.#all.filter(each => !lost.includes(each))
    return lost
  }
}
