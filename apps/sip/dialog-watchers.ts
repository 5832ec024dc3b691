/** Those who want to hear of the dialogs of a stack, of all its threads. */

import type { DialogHappening, DialogWatch } from './core/dialog-state.js'
import type { DialogEvent, ThreadName } from './inspection.js'
import type { LogEntry } from './log.js'

export type DialogWatcher = (event: DialogEvent) => void

export class DialogWatchers {
  /** Of the calling thread. */
  readonly own: DialogWatch = { tell: undefined }
  readonly #watchers = new Set<DialogWatcher>()
  readonly #log: (entry: LogEntry) => void
  readonly #switch: (isOn: boolean) => void

  /** `switch` tells the other threads whether there is anybody. */
  constructor(log: (entry: LogEntry) => void, switchOthers: (isOn: boolean) => void) {
    this.#log = log
    this.#switch = switchOthers
  }

  get isOn(): boolean {
    return this.#watchers.size > 0
  }

  /** Returns what ends it. */
  add(watcher: DialogWatcher): () => void {
    const each: DialogWatcher = event => watcher(event)
    this.#watchers.add(each)
    if (this.#watchers.size === 1) this.#set()
    return () => {
      if (this.#watchers.delete(each) && !this.isOn) this.#set()
    }
  }

  /** A watcher that throws is reported, and hears of the next one. */
  tell(thread: ThreadName, { kind, dialog }: DialogHappening): void {
    for (const watcher of this.#watchers) {
      try {
        watcher({ kind, dialog: { thread, ...dialog } })
      } catch (thrown) {
        this.#log({ level: 'error', module: 'cores', text: `a watcher of dialogs threw ${String(thrown)}` })
      }
    }
  }

  #set(): void {
    this.own.tell = this.isOn ? happening => this.tell('main', happening) : undefined
    this.#switch(this.isOn)
  }
}
