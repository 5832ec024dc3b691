/** All mailboxes of one thread as a single ring: FIFO for every actor, fair by message, and nothing allocated per actor. */

export class RunQueue<Cell> {
  #cells: (Cell | undefined)[]
  #messages: unknown[]
  #mask: number
  #head = 0
  #size = 0

  constructor(capacity = 1024) {
    const size = 2 ** Math.ceil(Math.log2(capacity))
    this.#cells = new Array<Cell | undefined>(size).fill(undefined)
    this.#messages = new Array<unknown>(size).fill(undefined)
    this.#mask = size - 1
  }

  get size(): number {
    return this.#size
  }

  push(cell: Cell, message: unknown): void {
    if (this.#size > this.#mask) this.#grow()
    const at = (this.#head + this.#size) & this.#mask
    this.#cells[at] = cell
    this.#messages[at] = message
    this.#size++
  }

  /** The actor whose turn it is; undefined when all mailboxes are empty. */
  get cell(): Cell | undefined {
    return this.#cells[this.#head]
  }

  /** The message for it. */
  get message(): unknown {
    return this.#messages[this.#head]
  }

  /** It has been taken. */
  drop(): void {
    this.#cells[this.#head] = undefined
    this.#messages[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.#size--
  }

  clear(): void {
    while (this.cell !== undefined) this.drop()
  }

  #grow(): void {
    const old = this.#mask + 1
    const cells = new Array<Cell | undefined>(old * 2).fill(undefined)
    const messages = new Array<unknown>(old * 2).fill(undefined)
    for (let i = 0; i < old; i++) {
      cells[i] = this.#cells[(this.#head + i) & this.#mask]
      messages[i] = this.#messages[(this.#head + i) & this.#mask]
    }
    this.#cells = cells
    this.#messages = messages
    this.#mask = old * 2 - 1
    this.#head = 0
  }
}
