/** How often which time was measured, to 2 %: of constant size, whatever is counted. */

/** ms; what is quicker counts as that. */
const LEAST = 0.001
const STEP = Math.log(1.02)
/** Up to ten minutes. */
const CELLS = 1 + Math.ceil(Math.log(600_000 / LEAST) / STEP)

export class Histogram {
  readonly #cells = new Uint32Array(CELLS)
  #count = 0
  #sum = 0
  #most = 0

  get count(): number {
    return this.#count
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  get most(): number {
    return this.#most
  }

  add(ms: number): void {
    const cell = Math.min(CELLS - 1, Math.max(0, Math.ceil(Math.log(ms / LEAST) / STEP)))
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1
    this.#count++
    this.#sum += ms
    this.#most = Math.max(this.#most, ms)
  }

  /** The ms within which `share` of all were done, 0.99 for instance; 0 when nothing was. */
  within(share: number): number {
    let missing = Math.max(1, Math.ceil(share * this.#count))
    for (const [cell, count] of this.#cells.entries()) {
      missing -= count
      if (missing <= 0) return Math.min(this.#most, LEAST * Math.exp(cell * STEP))
    }
    return this.#most
  }
}
