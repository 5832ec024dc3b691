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

/** Whoever knows the dialogs among which the replaced one is. */
export interface ReplacementPlace {
  ask(id: string, isEarlyOnly: boolean, told: (verdict: ReplacementVerdict) => void): void
  /** What an application wants of that dialog. */
  order(id: string, order: DialogOrder): void
  replaced(id: string): void
}

export class Replacement {
  readonly #request: Request
  readonly #place: (callId: string) => ReplacementPlace
  #dialog: ActiveDialog | undefined
  #replaced: () => void = () => undefined

  constructor(request: Request, place: (callId: string) => ReplacementPlace) {
    this.#request = request
    this.#place = place
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
    const place = this.#place(replaces.value)
    place.ask(id, replaces.params.has('early-only'), verdict => {
      if (typeof verdict === 'number') return told(verdict)
      this.#replaced = () => place.replaced(id)
      this.#dialog = new ActiveDialog(verdict.dialog, order => place.order(id, order), verdict.ended)
      told(undefined)
    })
  }

  /** The new call has been answered: what it replaces ends by BYE, or by CANCEL while it rings. */
  done(): void {
    this.#replaced()
  }
}
