/** The ACKs for the 2xx of one INVITE, by To tag: §13.2.2.4. A repeated 2xx gets the same ACK again. */

import type { ActorRef, AskResult, Self } from '../../actor/actor.js'
import type { Located } from '../location/locator.js'
import { literalTarget } from '../location/target.js'
import { withCredentials } from '../syntax/ack.js'
import { formatMessage } from '../syntax/format.js'
import type { Request, Response } from '../syntax/message.js'
import type { Route } from '../transport/flow.js'
import type { TransportMsg } from '../transport/transport.js'
import { type AttemptsArg, locate } from './attempts.js'
import { type Dialog, type InDialog, inDialogRequest } from './dialog.js'
import { type FlowTarget, overFlow } from './dialog-flow.js'
import { outgoing } from './outgoing.js'

/** Where the ACK of a dialog goes. */
export interface AckLocated {
  readonly kind: 'ackLocated'
  readonly tag: string
  readonly result: AskResult<Located>
}

type Acknowledgement =
  /** The application is asked for the answer that it is to carry. */
  | { readonly kind: 'answering'; readonly response: Response }
  | { readonly kind: 'locating'; readonly ack: InDialog }
  | { readonly kind: 'ready'; readonly text: string; readonly route: Route }
  /** There is no way to its target. */
  | { readonly kind: 'none' }

export class Acknowledgements {
  readonly #arg: AttemptsArg
  readonly #self: Pick<Self<AckLocated>, 'ask' | 'send'>
  readonly #transport: ActorRef<TransportMsg>
  readonly #byTag = new Map<string, Acknowledgement>()

  constructor(arg: AttemptsArg, self: Pick<Self<AckLocated>, 'ask' | 'send'>) {
    this.#arg = arg
    this.#self = self
    this.#transport = arg.context.transport
  }

  /** Dialogs that have been answered. */
  get size(): number {
    return this.#byTag.size
  }

  /** The ACK, where there is but one and it has been sent. */
  get only(): { readonly text: string; readonly route: Route } | undefined {
    const [ack, ...others] = this.#byTag.values()
    return ack?.kind === 'ready' && others.length === 0 ? { text: ack.text, route: ack.route } : undefined
  }

  /** The first 2xx of each dialog for which no ACK has been made. */
  get waiting(): readonly Response[] {
    return [...this.#byTag.values()].flatMap(ack => (ack.kind === 'answering' ? ack.response : []))
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
    const ack = { ...plain, request: withCredentials(plain.request, invite) }
    const target = overFlow(this.#arg.flow, ack.nextHop) ?? literalTarget(ack.nextHop)
    if (target !== undefined) return this.#keep(tag, this.#to(ack, target))
    this.#keep(tag, { kind: 'locating', ack })
    locate<AckLocated>({ ...this.#arg, ...ack }, this.#self, result => ({ kind: 'ackLocated', tag, result }))
  }

  located({ tag, result }: AckLocated): void {
    const known = this.#byTag.get(tag)
    if (known?.kind !== 'locating') return
    const isFound = result.kind === 'answered' && result.value.kind === 'target'
    this.#keep(tag, isFound ? this.#to(known.ack, result.value.target) : { kind: 'none' })
  }

  #to({ request }: InDialog, target: FlowTarget): Acknowledgement {
    const { locals, context } = this.#arg
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
    if (ack.kind === 'ready') this.#self.send(this.#transport, { kind: 'send', text: ack.text, route: ack.route })
  }
}
