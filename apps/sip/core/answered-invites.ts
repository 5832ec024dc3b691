/**
 * INVITEs of ours that are answered and acknowledged, and only wait for further 2xx (§13.2.2.4): as records outside the heap,
 * since a busy caller has tens of thousands of them.
 */

import { type ActorRef, type AnyRef, hashOf, nobody, type Self, Table } from '../../actor/actor.js'
import type { Request, Response } from '../syntax/message.js'
import { parseMessage } from '../syntax/parse.js'
import { DormantLog, LONGEST } from '../transaction/dormant.js'
import { clientKey, clientKeyTelling } from '../transaction/key.js'
import type { TransactionUserMsg } from '../transaction/transaction-user.js'
import { type Route, transportNames } from '../transport/flow.js'
import type { ReadyAck } from './acknowledgements.js'
import type { Exit } from './attempts.js'
import type { CoreContext } from './context.js'
import type { CoresMsg } from './cores.js'
import { type SurplusMsg, surplus } from './surplus-answer.js'

/** An INVITE that has been answered, and its ACK. */
export interface AnsweredInvite {
  /** What it was sent with. */
  readonly branch: string
  readonly invite: Request
  readonly ack: ReadyAck
  /** Whether branches of a fork may answer, too; not inside a dialog. */
  readonly isForking: boolean
}

export type AnsweredMsg =
  /** Nothing is left to do for this one but to repeat its ACK: its actor ends. */
  | { readonly kind: 'rest'; readonly answered: AnsweredInvite }
  | { readonly kind: 'expireAnswered' }
  | { readonly kind: 'surplusEnded'; readonly id: string }

/** Bits of the code of a record. */
const SECURE = 1
const ASKING = 2
const FORKING = 4
/** The text begins with the name of the route. */
const NAMED = 8

/** Surplus answers at once, of all calls: a peer may send tags without end. */
const MOST = 1000
/** ms between two looks at the records that are due. */
const SWEEP = 50

export class AnsweredInvites {
  readonly #context: CoreContext
  readonly #self: Self<CoresMsg>
  readonly #seed: number
  readonly #hold: number
  readonly #log: DormantLog
  readonly #surplus = new Table<string, ActorRef<SurplusMsg>>()

  constructor(context: CoreContext, self: Self<CoresMsg>) {
    this.#context = context
    this.#self = self
    this.#seed = context.random.uint32()
    this.#hold = 64 * context.timers.T1
    this.#log = new DormantLog(this.#hold)
  }

  get size(): number {
    return this.#log.size + this.#surplus.size
  }

  /** The actors among them. */
  values(): IterableIterator<AnyRef> {
    return this.#surplus.values()
  }

  receive(message: AnsweredMsg | Extract<TransactionUserMsg, { kind: 'accepted' }>, exit: Exit): void {
    switch (message.kind) {
      case 'rest':
        return this.#keep(message.answered)
      case 'accepted':
        return this.#accepted(message.response, exit)
      case 'expireAnswered':
        return this.#expire()
      case 'surplusEnded':
        this.#surplus.delete(message.id, hashOf(message.id, this.#seed))
    }
  }

  #keep({ branch, invite, ack, isForking }: AnsweredInvite): void {
    const { transport, address, port, flow, name } = ack.route
    const wire = wireOf(ack)
    const asked = (invite.uri.isSecure ? SECURE : 0) | (invite.body === '' ? ASKING : 0)
    const code = asked | (isForking ? FORKING : 0) | (name === undefined ? 0 : NAMED)
    const what = { code, transport: transportNames.indexOf(transport), flow, user: nobody, port, address, wire }
    const key = clientKey(branch, 'INVITE')
    if (this.#log.size === 0) this.#self.startTimer('answered', this.#hold, { kind: 'expireAnswered' })
    this.#log.sleep(key, this.#hash(key), what, this.#self.now)
  }

  #hash(key: string): number {
    return hashOf(key, this.#seed, clientKeyTelling.from, clientKeyTelling.to)
  }

  #expire(): void {
    this.#log.expire(this.#self.now)
    const { due } = this.#log
    if (due === undefined) return
    this.#self.startTimer('answered', Math.max(due - this.#self.now, SWEEP), { kind: 'expireAnswered' })
  }

  /** One more 2xx: the same one again gets the same ACK, that of another branch is hung up on. */
  #accepted(response: Response, exit: Exit): void {
    const key = clientKey(response.via.branch ?? '', 'INVITE')
    const known = this.#log.find(key, this.#hash(key))
    const transport = transportNames[known?.transport ?? -1]
    if (known === undefined || transport === undefined) return
    const { address, port, code, wire } = known
    const cut = (code & NAMED) === 0 ? -1 : wire.indexOf('\n')
    const text = wire.slice(cut + 1)
    const ack = requestOf(text)
    if (ack?.to.tag === response.to.tag) {
      const way = { transport, address, port, flow: known.flow as Route['flow'] }
      const route: Route = cut < 0 ? way : { ...way, name: wire.slice(0, cut) }
      return this.#self.send(this.#context.transport, { kind: 'send', text, route })
    }
    if (ack === undefined || (code & FORKING) === 0) return
    const id = `${key} ${response.to.tag}`
    const hash = hashOf(id, this.#seed)
    const other = this.#surplus.get(id, hash)
    if (other !== undefined) return this.#self.send(other, { kind: 'again', response })
    if (this.#surplus.size >= MOST) return
    const arg = {
      ack,
      response,
      exit,
      cores: this.#self.ref,
      isSecure: (code & SECURE) !== 0,
      isAsking: (code & ASKING) !== 0,
    }
    this.#surplus.set(id, hash, this.#self.spawn(surplus, arg, { down: () => ({ kind: 'surplusEnded', id }) }))
  }
}

/** Whether a record can be made of it, with its branch once more and its place, and its actor be spared. */
export function canRest({ text }: ReadyAck): boolean {
  return 2 * text.length < LONGEST
}

function wireOf({ text, route: { name } }: ReadyAck): string {
  return name === undefined ? text : `${name}\n${text}`
}

/** It was written by ourselves. */
function requestOf(text: string): Request | undefined {
  const parsed = parseMessage(text)
  return parsed.kind === 'ok' && parsed.message.kind === 'request' ? parsed.message : undefined
}
