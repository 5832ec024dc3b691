/** An INVITE that takes the place of a dialog: RFC 3891 §3. */

import type { Request } from '../syntax/message.js'
import { ActiveDialog } from './active-dialog.js'
import type { Ended } from './call.js'
import { type Dialog, dialogId } from './dialog.js'
import type { DialogOrder } from './dialog-order.js'

/** What a dialog says to whoever wants its place: the status that is owed, or what it is, with the end that all hear of. */
export type ReplacementVerdict = number | { readonly dialog: Dialog; readonly ended: Promise<Ended> }

/** Calls of ours that ring, and all that have been answered, can be replaced; the status for others. */
export function replacementRefusal(
  dialog: Dialog,
  session: 'none' | 'going on' | 'over',
  isEarlyOnly: boolean,
): number | undefined {
  if (session === 'none') return 481
  if (session === 'over' || dialog.state === 'terminated') return 603
  if (dialog.state === 'early') return dialog.side === 'uas' ? 481 : undefined
  return isEarlyOnly ? 486 : undefined
}

export class Replacement {
  readonly #request: Request
  readonly #order: (id: string, order: DialogOrder) => void
  #dialog: ActiveDialog | undefined
  #id = ''

  constructor(request: Request, order: (id: string, order: DialogOrder) => void) {
    this.#request = request
    this.#order = order
  }

  /** The dialog that is to be replaced, once it is known that it can be. */
  get dialog(): ActiveDialog | undefined {
    return this.#dialog
  }

  /** `told` is called once, with the status owed where it cannot be. */
  ask(told: (status: number | undefined) => void): void {
    const { method } = this.#request
    const replaces = this.#request.get('Replaces')
    const [toTag, fromTag] = [replaces?.params.get('to-tag'), replaces?.params.get('from-tag')]
    const isOne = this.#request.raw('Replaces').length === 1 && !this.#request.has('Join')
    if (method !== 'INVITE' || replaces === undefined || !isOne || toTag === undefined || fromTag === undefined) {
      return told(400)
    }
    const id = dialogId(replaces.value, toTag, fromTag)
    const heard = (verdict: ReplacementVerdict): void => {
      if (typeof verdict === 'number') return told(verdict)
      this.#id = id
      this.#dialog = new ActiveDialog(verdict.dialog, order => this.#order(id, order), verdict.ended)
      told(undefined)
    }
    this.#order(id, { kind: 'replaceable', isEarlyOnly: replaces.params.has('early-only'), told: heard })
  }

  /** The new call has been answered: what it replaces ends by BYE, or by CANCEL while it rings. */
  done(): void {
    if (this.#dialog !== undefined) this.#order(this.#id, { kind: 'replaced' })
  }
}
