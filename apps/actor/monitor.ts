/** Who is told when an actor ends. */

import type { Cell } from './cell.js'
import type { ExitReason } from './exit.js'
import type { AnyRef } from './ref.js'

/** Something on the list of an actor that wants to know of its end. */
export interface Watcher {
  ended(reason: ExitReason): void
}

/** One local actor watching one actor, local or not: the end arrives as a message of the watcher's own union. */
export class Monitor implements Watcher {
  readonly watcher: Cell
  readonly target: AnyRef
  /** Undone by its watcher: even a notice that waits in the mailbox already comes to nothing. */
  undone = false
  readonly #down: (reason: ExitReason) => unknown

  constructor(watcher: Cell, target: AnyRef, down: (reason: ExitReason) => unknown) {
    this.watcher = watcher
    this.target = target
    this.#down = down
  }

  ended(reason: ExitReason): void {
    this.watcher.unmonitor(this)
    this.watcher.kernel.notify(this.watcher, () => (this.undone ? undefined : this.#down(reason)))
  }
}
