/** The dialog that does not come of an answer, but of the first NOTIFY: RFC 6665 §4.4.1. */

import type { ActorRef, Self } from '../../actor/actor.js'
import type { Request } from '../syntax/message.js'
import { withoutHandlers } from './abilities.js'
import type { AttemptsOrder } from './attempts.js'
import type { CoresMsg } from './cores.js'
import { awaitedId, type Dialog } from './dialog.js'
import type { DialogOrder, UsageMsg } from './dialog-order.js'
import type { AwaitingMsg } from './dialogs.js'
import type { Received } from './server.js'

export class AwaitedDialog {
  readonly #self: Pick<Self<AwaitingMsg>, 'ref' | 'send'>
  readonly #cores: () => ActorRef<CoresMsg>
  #id: string | undefined

  constructor(self: Pick<Self<AwaitingMsg>, 'ref' | 'send'>, cores: () => ActorRef<CoresMsg>) {
    this.#self = self
    this.#cores = cores
  }

  /** From now on that of this request. */
  await({ callId, from }: Request): void {
    this.stop()
    this.#id = awaitedId(callId, from.tag ?? '')
    this.#self.send(this.#cores(), { kind: 'await', id: this.#id, user: this.#self.ref })
  }

  /** No further NOTIFY makes one. */
  stop(): void {
    if (this.#id !== undefined) this.#self.send(this.#cores(), { kind: 'await', id: this.#id, user: undefined })
    this.#id = undefined
  }

  /** Whoever waited ends. */
  leave(): void {
    this.stop()
    this.#self.send(this.#cores(), { kind: 'deserted', user: this.#self.ref })
  }

  /** Whether it is what is awaited, and not what was before. */
  takes({ request: { callId, to } }: Received): boolean {
    return awaitedId(callId, to.tag ?? '') === this.#id
  }

  /** Opens one with that usage. */
  open(dialog: Dialog, usage: string, user: ActorRef<UsageMsg>, auth: AttemptsOrder['auth']): void {
    // Whoever is notified serves nothing else inside the dialog.
    const opened = { dialog, core: withoutHandlers, isCall: false, auth }
    this.#self.send(this.#cores(), { kind: 'open', ...opened })
    this.order(dialog, { kind: 'attach', usage, user })
  }

  /** The NOTIFY is now in the dialog. */
  enter(received: Received): void {
    this.#self.send(this.#cores(), { kind: 'request', ...received })
  }

  refuse(received: Received, status: number): void {
    this.#self.send(this.#cores(), { kind: 'unwanted', received, status })
  }

  order(dialog: Dialog, order: DialogOrder): void {
    this.#self.send(this.#cores(), { kind: 'order', id: dialog.id, order })
  }
}
