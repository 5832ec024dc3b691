/** What passes the sockets, in storage that is allocated once: the latest records, as many as it holds. */

import type { TransportName } from '../location/target.js'

export interface Place {
  readonly address: string
  readonly port: number
}

/** One socket or connection. */
export interface TraceFlow {
  readonly id: number
  readonly transport: TransportName
  /** Our end, as soon as it is known. */
  local: Place
}

const kinds = [
  'in',
  'out',
  'listening',
  'shut',
  'broken',
  'accepted',
  'connected',
  'refused',
  'closed',
  'unreachable',
] as const

/**
 * `in` and `out` are octets. Listeners are listening, then shut by us or broken. Connections are accepted or connected, then
 * closed; refused when none came about. Over UDP a peer is unreachable when nobody listens there.
 */
export type TraceKind = (typeof kinds)[number]

export interface TraceRecord {
  /** Counts up by one. */
  readonly seq: number
  /** ms of the clock. */
  readonly at: number
  readonly kind: TraceKind
  readonly flow: TraceFlow
  readonly remote: Place
  /** Octets as latin1, or the reason of an event. */
  readonly text: string
  /** How many octets there were, should the text have been cut. */
  readonly octets: number
}

export interface TraceLimits {
  readonly entries: number
  readonly bytes: number
}

export class TraceRing {
  /** While false nothing is recorded. */
  on = true
  readonly #now: () => number
  readonly #entries: number
  /** Addresses and texts. A record that does not fit behind the last one begins at the beginning. */
  readonly #store: Buffer
  readonly #longest: number
  readonly #at: Float64Array
  /** Where a record begins, counted from the first octet that was ever stored. */
  readonly #start: Float64Array
  readonly #size: Uint32Array
  readonly #octets: Uint32Array
  readonly #addressSize: Uint8Array
  readonly #port: Uint16Array
  readonly #kind: Uint8Array
  readonly #flows: (TraceFlow | undefined)[]
  #first = 0
  #next = 0
  #end = 0
  #lastFlow = 0

  constructor({ entries, bytes }: TraceLimits, now: () => number) {
    this.#now = now
    this.#entries = entries
    // Nothing is read that was not written, and to write zeros first takes as long as to start the rest of a stack.
    this.#store = Buffer.allocUnsafeSlow(bytes)
    // No single message drives out all others.
    this.#longest = bytes >> 3
    this.#at = new Float64Array(entries)
    this.#start = new Float64Array(entries)
    this.#size = new Uint32Array(entries)
    this.#octets = new Uint32Array(entries)
    this.#addressSize = new Uint8Array(entries)
    this.#port = new Uint16Array(entries)
    this.#kind = new Uint8Array(entries)
    this.#flows = new Array<TraceFlow | undefined>(entries).fill(undefined)
  }

  /** The records that there are have numbers from `first` on, below `next`. */
  get first(): number {
    return this.#first
  }

  get next(): number {
    return this.#next
  }

  flow(transport: TransportName, address: string, port: number): TraceFlow {
    return { id: ++this.#lastFlow, transport, local: { address, port } }
  }

  record(kind: TraceKind, flow: TraceFlow, address: string, port: number, text: string): void {
    if (!this.on) return
    const length = Math.min(text.length, this.#longest)
    const size = address.length + length
    const bytes = this.#store.length
    let place = this.#end % bytes
    if (place + size > bytes) {
      this.#end += bytes - place
      place = 0
    }
    const slot = this.#next++ % this.#entries
    const start = this.#end
    this.#end = start + size
    this.#evict(this.#end - bytes)
    // A call of `write` costs more than the few octets of an address.
    for (let index = 0; index < address.length; index++) this.#store[place + index] = address.charCodeAt(index)
    this.#store.write(text, place + address.length, length, 'latin1')
    this.#at[slot] = this.#now()
    this.#start[slot] = start
    this.#size[slot] = size
    this.#octets[slot] = text.length
    this.#addressSize[slot] = address.length
    this.#port[slot] = port
    this.#kind[slot] = kinds.indexOf(kind)
    this.#flows[slot] = flow
  }

  at(seq: number): TraceRecord | undefined {
    if (seq < this.#first || seq >= this.#next) return undefined
    const slot = seq % this.#entries
    const flow = this.#flows[slot]
    const kind = kinds[this.#kind[slot] ?? 0]
    if (flow === undefined || kind === undefined) return undefined
    const place = (this.#start[slot] ?? 0) % this.#store.length
    const text = place + (this.#addressSize[slot] ?? 0)
    return {
      seq,
      at: this.#at[slot] ?? 0,
      kind,
      flow,
      octets: this.#octets[slot] ?? 0,
      remote: { address: this.#store.toString('latin1', place, text), port: this.#port[slot] ?? 0 },
      text: this.#store.toString('latin1', text, place + (this.#size[slot] ?? 0)),
    }
  }

  /** Forgets what the newest record needs the room of: its slot, and octets that were stored before `start`. */
  #evict(start: number): void {
    while (
      this.#next - this.#first > this.#entries ||
      (this.#first < this.#next - 1 && (this.#start[this.#first % this.#entries] ?? 0) < start)
    ) {
      this.#first++
    }
  }
}
