/** When something that is being copied is whole: once it has stayed the same for a while. */

export class Settling {
  readonly #quiet: number
  #seen: string | undefined
  #since = Number.NEGATIVE_INFINITY
  #taken: string | undefined

  /** `quiet` is the while, in ms. */
  constructor(quiet: number) {
    this.#quiet = quiet
  }

  /** Tells what is there now, undefined for nothing; whether it is to be acted on: once for each state that lasts. */
  isDue(seen: string | undefined, now: number): boolean {
    if (seen !== this.#seen) {
      this.#seen = seen
      this.#since = now
    }
    if (seen === this.#taken || now - this.#since < this.#quiet) return false
    this.#taken = seen
    return true
  }

  /** Something has changed that has not been acted on. */
  get isMoving(): boolean {
    return this.#seen !== this.#taken
  }
}
