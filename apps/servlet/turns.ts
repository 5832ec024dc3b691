/** One thing after the other: what concerns an application session never runs at the same time as something else of it (JSR 289 §6.1). */

interface Turn {
  /** May take its time: the next waits for its promise. */
  readonly run: () => unknown
  readonly failed: (thrown: unknown) => void
}

export class Turns {
  /** Called when a turn is over. */
  readonly #rested: () => void
  #waiting: Turn[] = []
  #isBusy = false

  constructor(rested: () => void) {
    this.#rested = rested
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** At once, when nothing is under way. What it throws or rejects with goes to `failed`. */
  take(run: () => unknown, failed: (thrown: unknown) => void): void {
    this.#waiting.push({ run, failed })
    if (!this.#isBusy) this.#goOn()
  }

  #goOn(): void {
    this.#isBusy = true
    for (let turn = this.#waiting.shift(); turn !== undefined; turn = this.#waiting.shift()) {
      const { failed } = turn
      try {
        const work = turn.run()
        if (work instanceof Promise) {
          // Both ways come back here, so nothing is left to reject.
          void work.catch(failed).then(() => {
            this.#rested()
            this.#goOn()
          })
          return
        }
      } catch (thrown) {
        failed(thrown)
      }
      this.#rested()
    }
    this.#isBusy = false
  }
}
