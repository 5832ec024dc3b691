/** The ACKs for the 2xx of one INVITE, by To tag: §13.2.2.4. A repeated 2xx gets the same ACK again. */

import type { AskResult, Self } from '../../actor/actor.js'
import type { Located } from '../location/locator.js'
import { literalTarget } from '../location/target.js'
import { withCredentials } from '../syntax/ack.js'
import { formatMessage } from '../syntax/format.js'
import type { Request, Response } from '../syntax/message.js'
import type { Route } from '../transport/flow.js'
import { type Exit, locate } from './attempts.js'
import { type Dialog, inDialogRequest } from './dialog.js'
import { type DialogFlow, type FlowTarget, overFlow } from './dialog-flow.js'
import { outgoing } from './outgoing.js'
import type { Routed } from './route.js'

/** Where the ACK of a dialog goes. */
export interface AckLocated {
  readonly kind: 'ackLocated'
  readonly tag: string
  readonly result: AskResult<Located>
}

/** As it goes out. */
export interface ReadyAck {
  readonly text: string
  readonly route: Route
}

type Acknowledgement =
  /** The application is asked for the answer that it is to carry. */
  | { readonly kind: 'answering'; readonly response: Response }
  | { readonly kind: 'locating'; readonly ack: Routed }
  | ({ readonly kind: 'ready' } & ReadyAck)
  /** There is no way to its target. */
  | { readonly kind: 'none' }

export class Acknowledgements {
  readonly #exit: Exit
  readonly #flow: DialogFlow | undefined
  readonly #self: Pick<Self<AckLocated>, 'ask' | 'send'>
  readonly #byTag = new Map<string, Acknowledgement>()

  /** `flow`: the way back to the peer of the dialog that the INVITE is in. */
  constructor(exit: Exit, flow: DialogFlow | undefined, self: Pick<Self<AckLocated>, 'ask' | 'send'>) {
    this.#exit = exit
    this.#flow = flow
    this.#self = self
  }

  /** Dialogs that have been answered. */
  get size(): number {
    return this.#byTag.size
  }

  /** The ACK, where there is but one and it has been sent. */
  get only(): ReadyAck | undefined {
    if (this.#byTag.size !== 1) return undefined
    const [ack] = this.#byTag.values()
    return ack?.kind === 'ready' ? ack : undefined
  }

  /** The first 2xx of each dialog for which no ACK has been made. */
  get waiting(): readonly Response[] {
    const waiting: Response[] = []
    for (const ack of this.#byTag.values()) if (ack.kind === 'answering') waiting.push(ack.response)
    return waiting
  }

  isWaiting({ to }: Response): boolean {
    return this.#byTag.get(to.tag ?? '')?.kind === 'answering'
  }

  /** Takes a 2xx, and says whether it is the first of its dialog. */
  take(response: Response): boolean {
    const tag = response.to.tag ?? ''
    const known = this.#byTag.get(tag)
    if (known === undefined) this.#byTag.set(tag, { kind: 'answering', response })
    else this.#acknowledge(known)
    return known === undefined
  }

  /** Made by the user and passed to the transport; its branch is its own, its credentials are those of the INVITE. */
  make(dialog: Dialog, invite: Request, body: string | undefined): void {
    const tag = dialog.remoteTag
    const seq = invite.cseq.number
    const plain = inDialogRequest(dialog, 'ACK', body === undefined ? { seq } : { seq, body })
    const ack = { request: withCredentials(plain.request, invite), nextHop: plain.nextHop }
    const target = overFlow(this.#flow, ack.nextHop) ?? literalTarget(ack.nextHop)
    if (target !== undefined) return this.#keep(tag, this.#to(ack, target))
    this.#keep(tag, { kind: 'locating', ack })
    locate<AckLocated>(ack, this.#exit, this.#self, result => ({ kind: 'ackLocated', tag, result }))
  }

  located({ tag, result }: AckLocated): void {
    const known = this.#byTag.get(tag)
    if (known?.kind !== 'locating') return
    const isFound = result.kind === 'answered' && result.value.kind === 'target'
    this.#keep(tag, isFound ? this.#to(known.ack, result.value.target) : { kind: 'none' })
  }

  #to({ request }: Routed, target: FlowTarget): Acknowledgement {
    const { locals, context } = this.#exit
    const way = outgoing(request, target, locals, context.random)
    return way.kind === 'ready'
      ? { kind: 'ready', text: formatMessage(way.request), route: way.route }
      : { kind: 'none' }
  }

  #keep(tag: string, ack: Acknowledgement): void {
    this.#byTag.set(tag, ack)
    this.#acknowledge(ack)
  }

  #acknowledge(ack: Acknowledgement): void {
    if (ack.kind !== 'ready') return
    this.#self.send(this.#exit.context.transport, { kind: 'send', text: ack.text, route: ack.route })
  }
}
