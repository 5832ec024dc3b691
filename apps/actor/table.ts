/**
 * A hash table for entries that come and go all the time. A Map leaves its old stores behind, each pointing to the next,
 * and once one of them is old the collector takes all that they ever held for alive.
 */

/** Places at the least: a table that is filled and emptied in turns must not grow and shrink each time. */
const SMALLEST = 1024

export class Table<Key extends number | string, Value> {
  #keys: (Key | undefined)[] = slots(SMALLEST)
  #values: (Value | undefined)[] = slots(SMALLEST)
  #hashes = new Int32Array(SMALLEST)
  #mask = SMALLEST - 1
  #shift = 32 - Math.log2(SMALLEST)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** `hash` is any number that follows from the key. */
  get(key: Key, hash: number): Value | undefined {
    const keys = this.#keys
    const mask = this.#mask
    for (let at = this.#home(hash); ; at = (at + 1) & mask) {
      const found = keys[at]
      if (found === key) return this.#values[at]
      if (found === undefined) return undefined
    }
  }

  set(key: Key, hash: number, value: Value): void {
    const at = this.#find(key, hash)
    const fresh = this.#keys[at] === undefined
    this.#keys[at] = key
    this.#values[at] = value
    this.#hashes[at] = hash
    if (fresh && ++this.#size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2)
  }

  /** Takes an entry out and closes the gap, so that no search ends too early. */
  delete(key: Key, hash: number): boolean {
    let gap = this.#find(key, hash)
    if (this.#keys[gap] === undefined) return false
    const mask = this.#mask
    for (let at = (gap + 1) & mask; this.#keys[at] !== undefined; at = (at + 1) & mask) {
      const other = this.#hashes[at] ?? 0
      if (((at - this.#home(other)) & mask) < ((at - gap) & mask)) continue
      this.#keys[gap] = this.#keys[at]
      this.#values[gap] = this.#values[at]
      this.#hashes[gap] = other
      gap = at
    }
    this.#keys[gap] = undefined
    this.#values[gap] = undefined
    this.#size--
    if (this.#size * 16 < mask && mask >= SMALLEST) this.#resize((mask + 1) / 2)
    return true
  }

  /** In no particular order. What changes meanwhile may be missed or seen twice. */
  *values(): IterableIterator<Value> {
    for (const value of this.#values) if (value !== undefined) yield value
  }

  /** Spreads hashes that follow each other, as serials do: side by side they would make one long chain. */
  #home(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift
  }

  /** Where the key is, or the free place where it belongs. */
  #find(key: Key, hash: number): number {
    const mask = this.#mask
    let at = this.#home(hash)
    while (this.#keys[at] !== undefined && this.#keys[at] !== key) at = (at + 1) & mask
    return at
  }

  #resize(size: number): void {
    const keys = this.#keys
    const values = this.#values
    const hashes = this.#hashes
    this.#keys = slots(size)
    this.#values = slots(size)
    this.#hashes = new Int32Array(size)
    this.#mask = size - 1
    this.#shift = 32 - Math.log2(size)
    for (let from = 0; from < keys.length; from++) {
      const key = keys[from]
      if (key === undefined) continue
      const hash = hashes[from] ?? 0
      const at = this.#find(key, hash)
      this.#keys[at] = key
      this.#values[at] = values[from]
      this.#hashes[at] = hash
    }
  }
}

function slots<T>(size: number): (T | undefined)[] {
  return new Array<T | undefined>(size).fill(undefined)
}

/**
 * A hash of a text, or of a part of it that tells it from others; `seed` makes it unpredictable for those who choose the texts.
 * Each character takes its time.
 */
export function hashOf(text: string, seed: number, from: number = 0, to: number = text.length): number {
  let hash = seed
  const end = Math.min(to, text.length)
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0
}
