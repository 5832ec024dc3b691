/**
 * Transactions that only wait for their last timer, kept outside the heap: a log in the order in which they end, and a
 * hash table over it. A busy server has hundreds of thousands of them, and as objects they would cost the collector
 * more than all the work on live ones.
 */

/** What is left of a transaction; the driver makes its state again from it. */
export interface Dormant {
  /** Two small numbers that the driver gives and takes: which machine in which state, and over which transport. */
  readonly code: number
  readonly transport: number
  /** Two refs: the way out, and who is told. */
  readonly flow: number
  readonly user: number
  readonly port: number
  readonly address: string
  /** The text to repeat, or empty; of a client that is no INVITE, which repeats nothing, the method. */
  readonly wire: string
}

/** A state of a machine in which it can sleep, for then only that timer runs; and the code of that. */
export interface SleepState<Name extends string, Timer extends string> {
  readonly state: Name
  readonly timer: Timer
  readonly code: number
}

/** One that sleeps, for people who look. */
export interface Sleeping {
  readonly key: string
  readonly what: Dormant
  readonly from: number
}

const CHUNK = 1 << 20
const HEAD = 48
/** Octets of a key, an address and a wire that have room in a record for certain. */
export const LONGEST: number = CHUNK - HEAD - 8
/** Where it is in a record: in words of four octets, and in numbers of eight. */
const SIZE = 0
const HASH = 1
const DUE = 1
const FLOW = 2
const USER = 3
/** Port, code and transport. */
const WAY = 8
const KEY_LENGTH = 9
const ADDRESS_LENGTH = 10
const WIRE_LENGTH = 11

/**
 * Records one behind the other, none straddling two chunks; seen as octets, as words and as numbers. The memory is shared, though
 * with nobody: V8 counts what is not as a reason to collect, and a new chunk every 0.2 s made it look through the whole heap each
 * second for nothing.
 */
class Chunk {
  readonly octets: Buffer = Buffer.from(new SharedArrayBuffer(CHUNK))
  readonly words: Int32Array = new Int32Array(this.octets.buffer)
  readonly numbers: Float64Array = new Float64Array(this.octets.buffer)
  used = 0

  /** The 32 bits of a record at `at`. */
  word(at: number, which: number): number {
    return this.words[(at >> 2) + which] ?? 0
  }

  number(at: number, which: number): number {
    return this.numbers[(at >> 3) + which] ?? 0
  }

  /** A call of `write` costs more than the few octets of a key. Returns where they end. */
  put(text: string, at: number): number {
    for (let index = 0; index < text.length; index++) this.octets[at + index] = text.charCodeAt(index)
    return at + text.length
  }

  keyAt(at: number): string {
    return this.octets.toString('latin1', at + HEAD, at + HEAD + this.word(at, KEY_LENGTH))
  }
}

/** Holds each for the same time, so that they end in the order in which they came. */
export class DormantLog {
  readonly #hold: number
  readonly #chunks: Chunk[] = []
  /** The number of the first chunk; a position is the number of its chunk times CHUNK, plus the offset in it. */
  #first = 0
  /** Offset of the oldest record, in the first chunk. */
  #head = 0
  #spare: Chunk | undefined
  #size = 0
  /** Open addressing over positions plus 1; 0 is a free place. */
  #table = new Float64Array(1024)
  /** The hash of each entry, so that a search need not read the records. */
  #hashes = new Uint32Array(1024)

  /** `hold` in ms. */
  constructor(hold: number) {
    this.#hold = hold
  }

  get size(): number {
    return this.#size
  }

  /** Octets held outside the heap. */
  get octets(): number {
    return this.#chunks.length * CHUNK + this.#table.byteLength + this.#hashes.byteLength
  }

  /** `hash` follows from the key. Returns false, and keeps nothing, when the record is larger than a chunk. */
  sleep(key: string, hash: number, what: Dormant, now: number): boolean {
    const size = sizeOf(key, what)
    if (size > CHUNK) return false
    const chunk = this.#room(size)
    const { octets, words, numbers, used: at } = chunk
    const word = at >> 2
    const number = at >> 3
    words[word + SIZE] = size
    words[word + HASH] = hash
    numbers[number + DUE] = now + this.#hold
    numbers[number + FLOW] = what.flow
    numbers[number + USER] = what.user
    words[word + WAY] = what.port | (what.code << 16) | (what.transport << 24)
    words[word + KEY_LENGTH] = key.length
    words[word + ADDRESS_LENGTH] = what.address.length
    words[word + WIRE_LENGTH] = what.wire.length
    const end = chunk.put(what.address, chunk.put(key, at + HEAD))
    if (what.wire !== '') octets.write(what.wire, end, 'latin1')
    chunk.used += size
    this.#size++
    if (this.#size * 2 > this.#table.length) this.#rehash()
    this.#enter(hash, (this.#first + this.#chunks.length - 1) * CHUNK + at)
    return true
  }

  find(key: string, hash: number): Dormant | undefined {
    const position = this.#size === 0 ? undefined : this.#lookup(key, hash)
    return position === undefined ? undefined : read(this.#chunkAt(position), position % CHUNK)
  }

  /** The oldest, as many as are wanted: key, what is kept of it, and when it fell asleep, in ms. */
  first(most: number): readonly Sleeping[] {
    const found: Sleeping[] = []
    let at = this.#head
    for (const chunk of this.#chunks) {
      for (; at < chunk.used && found.length < most; at += chunk.word(at, SIZE)) {
        found.push({ key: chunk.keyAt(at), what: read(chunk, at), from: chunk.number(at, DUE) - this.#hold })
      }
      at = 0
    }
    return found
  }

  /** When the oldest one ends, in ms. */
  get due(): number | undefined {
    const chunk = this.#chunks[0]
    return this.#size === 0 ? undefined : chunk?.number(this.#head, DUE)
  }

  /** Forgets all that are due at `now`. */
  expire(now: number): void {
    for (let chunk = this.#chunks[0]; chunk !== undefined && this.#size > 0; chunk = this.#chunks[0]) {
      if (chunk.number(this.#head, DUE) > now) return
      this.#remove(chunk.word(this.#head, HASH) >>> 0, this.#first * CHUNK + this.#head)
      this.#size--
      this.#head += chunk.word(this.#head, SIZE)
      if (this.#head >= chunk.used) this.#drop(chunk)
    }
  }

  /** The oldest chunk is done with; one is kept for use again. */
  #drop(chunk: Chunk): void {
    this.#chunks.shift()
    this.#first++
    this.#head = 0
    chunk.used = 0
    this.#spare = chunk
  }

  #room(size: number): Chunk {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.used + size <= CHUNK) return last
    const next = this.#spare ?? new Chunk()
    this.#spare = undefined
    this.#chunks.push(next)
    return next
  }

  #chunkAt(position: number): Chunk {
    const chunk = this.#chunks[Math.floor(position / CHUNK) - this.#first]
    if (chunk === undefined) throw new RangeError(`no dormant transaction at ${position}`)
    return chunk
  }

  #lookup(key: string, hash: number): number | undefined {
    const mask = this.#table.length - 1
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const entry = this.#table[i] ?? 0
      if (entry === 0) return undefined
      if (this.#hashes[i] !== hash) continue
      const position = entry - 1
      if (this.#chunkAt(position).keyAt(position % CHUNK) === key) return position
    }
  }

  #enter(hash: number, position: number): void {
    const mask = this.#table.length - 1
    let i = hash & mask
    while (this.#table[i] !== 0) i = (i + 1) & mask
    this.#table[i] = position + 1
    this.#hashes[i] = hash
  }

  /** Takes an entry out and closes the gap, so that no search ends too early. */
  #remove(hash: number, position: number): void {
    const table = this.#table
    const mask = table.length - 1
    let gap = hash & mask
    while (table[gap] !== position + 1) gap = (gap + 1) & mask
    for (let i = (gap + 1) & mask; table[i] !== 0; i = (i + 1) & mask) {
      const other = this.#hashes[i] ?? 0
      if (((i - other) & mask) < ((i - gap) & mask)) continue
      table[gap] = table[i] ?? 0
      this.#hashes[gap] = other
      gap = i
    }
    table[gap] = 0
  }

  #rehash(): void {
    const table = this.#table
    const hashes = this.#hashes
    this.#table = new Float64Array(table.length * 2)
    this.#hashes = new Uint32Array(table.length * 2)
    for (let i = 0; i < table.length; i++) {
      const entry = table[i] ?? 0
      if (entry !== 0) this.#enter(hashes[i] ?? 0, entry - 1)
    }
  }
}

function sizeOf(key: string, { address, wire }: Pick<Dormant, 'address' | 'wire'>): number {
  return (HEAD + key.length + address.length + wire.length + 7) & ~7
}

function read(chunk: Chunk, at: number): Dormant {
  const { octets } = chunk
  const way = chunk.word(at, WAY)
  const addressAt = at + HEAD + chunk.word(at, KEY_LENGTH)
  const wireAt = addressAt + chunk.word(at, ADDRESS_LENGTH)
  return {
    code: (way >> 16) & 0xff,
    transport: way >>> 24,
    flow: chunk.number(at, FLOW),
    user: chunk.number(at, USER),
    port: way & 0xffff,
    address: octets.toString('latin1', addressAt, wireAt),
    wire: octets.toString('latin1', wireAt, wireAt + chunk.word(at, WIRE_LENGTH)),
  }
}
