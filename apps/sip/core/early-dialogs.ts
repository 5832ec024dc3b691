/** The early dialogs of a call that we place, one for each To tag: §12.1.2, RFC 3262 §4, RFC 6228 §4. */

import type { Response } from '../syntax/message.js'
import type { ActiveDialog } from './active-dialog.js'
import { isReliable } from './reliable-response.js'

export interface EarlyDialog {
  readonly active: ActiveDialog
  /** RSeq of the latest reliable response; undefined before the first. */
  rseq: number | undefined
  /** The callee's offer has been answered. */
  isAnswered: boolean
  isOver: boolean
}

/** Early dialogs of one call: a peer may send tags without end. */
const MOST = 64

export class EarlyDialogs {
  readonly #open: (response: Response) => ActiveDialog
  readonly #changed: (alive: readonly ActiveDialog[]) => void
  readonly #byTag = new Map<string, EarlyDialog>()

  /** `open` makes the dialog of a response, `changed` is told which there are. */
  constructor(open: (response: Response) => ActiveDialog, changed: (alive: readonly ActiveDialog[]) => void) {
    this.#open = open
    this.#changed = changed
  }

  /** The dialog of a provisional response; undefined where it opens none. */
  of(response: Response): EarlyDialog | undefined {
    const { tag } = response.to
    if (tag === undefined || response.status === 100) return undefined
    return this.#byTag.get(tag) ?? this.#begin(tag, response)
  }

  find(tag: string): EarlyDialog | undefined {
    return this.#byTag.get(tag)
  }

  /** It is over, or is an early one no longer. */
  end(early: EarlyDialog): void {
    if (early.isOver) return
    early.isOver = true
    this.#tell()
  }

  /** All that a final refusal leaves (§12.3); those of another attempt have tags of their own. */
  clear(): readonly EarlyDialog[] {
    const all = [...this.#byTag.values()].filter(({ isOver }) => !isOver)
    this.#byTag.clear()
    if (all.length > 0) this.#tell()
    return all
  }

  /** RFC 6228 §4: a dialog that has ended does not begin by saying so. */
  #begin(tag: string, response: Response): EarlyDialog | undefined {
    if (response.status === 199 || this.#byTag.size >= MOST) return undefined
    const early = { active: this.#open(response), rseq: undefined, isAnswered: false, isOver: false }
    this.#byTag.set(tag, early)
    this.#tell()
    return early
  }

  #tell(): void {
    this.#changed([...this.#byTag.values()].flatMap(({ active, isOver }) => (isOver ? [] : active)))
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
