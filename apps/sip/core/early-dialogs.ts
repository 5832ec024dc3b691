/** The early dialogs of a call that we place, one for each To tag: §12.1.2, RFC 3262 §4, RFC 6228 §4. */

import type { Response } from '../syntax/message.js'
import type { ActiveDialog } from './active-dialog.js'
import type { Dialog } from './dialog.js'
import { isReliable } from './reliable-response.js'

export interface EarlyDialog {
  readonly dialog: Dialog
  /** Made when somebody asks for it. */
  active: ActiveDialog | undefined
  /** RSeq of the latest reliable response; undefined before the first. */
  rseq: number | undefined
  /** The callee's offer has been answered. */
  isAnswered: boolean
  isOver: boolean
  /** By a BYE: what is answered after all is over at once. */
  isHungUp: boolean
}

/** Early dialogs of one call: a peer may send tags without end. */
const MOST = 64

export class EarlyDialogs {
  readonly #open: (response: Response) => Dialog
  readonly #activate: (dialog: Dialog) => ActiveDialog
  #all: readonly EarlyDialog[] = []

  /** `open` makes the dialog of a response, `activate` what an application gets of it. */
  constructor(open: (response: Response) => Dialog, activate: (dialog: Dialog) => ActiveDialog) {
    this.#open = open
    this.#activate = activate
  }

  /** Those that there are now. */
  get alive(): readonly ActiveDialog[] {
    return this.#all.flatMap(early => {
      if (early.isOver) return []
      early.active ??= this.#activate(early.dialog)
      return early.active
    })
  }

  get isEmpty(): boolean {
    return this.#all.length === 0
  }

  /** The dialog of a provisional response; undefined where it opens none. */
  of(response: Response): EarlyDialog | undefined {
    const { tag } = response.to
    if (tag === undefined || response.status === 100) return undefined
    return this.find(tag) ?? this.#begin(response)
  }

  find(tag: string): EarlyDialog | undefined {
    return this.#all.find(({ dialog }) => dialog.remoteTag === tag)
  }

  /** All that a final refusal leaves (§12.3); those of another attempt have tags of their own. */
  clear(): readonly EarlyDialog[] {
    const all = this.#all.filter(({ isOver }) => !isOver)
    this.#all = []
    return all
  }

  hungUp(tag: string): void {
    const early = this.find(tag)
    if (early === undefined || early.isOver) return
    early.isOver = true
    early.isHungUp = true
  }

  /** Those that are over or confirmed matter no more when the call is answered. */
  forget(): void {
    this.#all = this.#all.filter(({ isOver }) => !isOver)
  }

  /** RFC 6228 §4: a dialog that has ended does not begin by saying so. */
  #begin(response: Response): EarlyDialog | undefined {
    if (response.status === 199 || this.#all.length >= MOST) return undefined
    const dialog = this.#open(response)
    const early = { dialog, active: undefined, rseq: undefined, isAnswered: false, isOver: false, isHungUp: false }
    this.#all = [...this.#all, early]
    return early
  }
}

/**
 * RFC 3262 §4: takes a response in its dialog; false for one that is to be ignored: a repeated reliable one, one out of
 * order, and whatever comes after the dialog has ended.
 */
export function takes(early: EarlyDialog, response: Response): boolean {
  if (early.isOver) return false
  if (!isReliable(response)) return true
  const rseq = response.get('RSeq')
  if (rseq === undefined || (early.rseq !== undefined && rseq !== early.rseq + 1)) return false
  early.rseq = rseq
  return true
}
