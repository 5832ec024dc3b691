/** MESSAGE: RFC 3428. It makes no dialog, and each recipient gets one at a time. */

import { TextTable } from '../../actor/actor.js'
import type { Request } from '../syntax/message.js'
import type { Outcome } from './call.js'
import type { ClientOrder } from './client.js'
import type { ReplyOptions } from './incoming.js'

/** RFC 3428 §4. Throws TypeError for a MESSAGE that says where its sender is. */
export function checkMessage(request: Request): void {
  if (request.method === 'MESSAGE' && request.has('Contact')) throw new TypeError('a MESSAGE has no Contact')
}

/** RFC 3428 §7: who answers a MESSAGE sends a MESSAGE. Throws TypeError for a 2xx with a body or a Contact. */
export function checkMessageAnswer(
  { method }: Request,
  status: number,
  { body = '', headers = {} }: ReplyOptions,
): void {
  if (method !== 'MESSAGE' || status < 200 || status >= 300) return
  if (body !== '') throw new TypeError('a 2xx to a MESSAGE has no body')
  if (Object.keys(headers).some(name => /^(contact|m)$/i.test(name))) {
    throw new TypeError('a 2xx to a MESSAGE has no Contact')
  }
}

/** RFC 3428 §8: what a MESSAGE waits for others of, its recipient or the dialog that it is in; undefined for other requests. */
export function turnOf(request: Request): string | undefined {
  if (request.method !== 'MESSAGE') return undefined
  const { uri, to, from, callId } = request
  return to.tag === undefined ? `${uri}` : `${callId} ${from.tag} ${to.tag}`
}

/** MESSAGEs that wait for one recipient: further ones fail at once, so that no silent one makes us keep them without end. */
const MOST = 1000

/** The MESSAGEs that wait for their turn, in order. */
export class MessageTurns {
  /** An entry for each turn that has somebody, with those who wait for it. */
  readonly #turns: TextTable<ClientOrder[]>
  #waiting = 0

  constructor(seed: number) {
    this.#turns = new TextTable(seed)
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting
  }

  /** Whether it is its turn now; else it waits. */
  take(turn: string, order: ClientOrder): boolean {
    const others = this.#turns.get(turn)
    if (others === undefined) {
      this.#turns.set(turn, [])
      return true
    }
    if (others.length >= MOST)
      order.done?.({ kind: 'transportError', reason: `${MOST} other MESSAGEs wait for ${turn}` })
    else {
      others.push(order)
      this.#waiting++
    }
    return false
  }

  /** Whose turn it is when the one before has ended; with the number that it would get now, since others have passed it. */
  next(turn: string): ClientOrder | undefined {
    const order = this.#turns.get(turn)?.shift()
    if (order === undefined) {
      this.#turns.delete(turn)
      return undefined
    }
    this.#waiting--
    const { request, nextSeq } = order.attempt
    if (nextSeq === undefined) return order
    const numbered = request.set('CSeq', { number: nextSeq(), method: request.method })
    return { ...order, attempt: { ...order.attempt, request: numbered } }
  }

  /** Nobody gets a turn any more. */
  end(outcome: Outcome): void {
    for (const orders of this.#turns.values()) for (const { done } of orders.splice(0)) done?.(outcome)
    this.#waiting = 0
  }
}
