/** What has happened, for one reader who comes when it likes: an async iterator that holds back a bounded number of events. */

/** Events kept for a reader that is behind; of more than that the oldest are lost. */
const MOST = 100

export class Happenings<Event> implements AsyncIterable<Event> {
  readonly #waiting: Event[] = []
  #wake: (() => void) | undefined
  #over = false

  push(event: Event): void {
    if (this.#waiting.length === MOST) this.#waiting.shift()
    this.#waiting.push(event)
    this.#wake?.()
  }

  /** Nothing more comes; what waits can still be read. */
  end(): void {
    this.#over = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
    for (;;) {
      const event = this.#waiting.shift()
      if (event !== undefined) yield event
      else if (this.#over) return
      else {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
    }
  }
}
