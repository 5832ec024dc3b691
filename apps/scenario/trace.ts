/** All messages of a scenario in the order in which they were sent, whoever sent them. */

/** One message on its way. */
export interface Passage {
  /** ms since the scenario began. */
  readonly at: number
  /** Names of peers, or addresses where nobody has a name. */
  readonly from: string
  readonly to: string
  readonly transport: 'UDP' | 'TCP'
  /** One character per octet. */
  readonly text: string
  /** Copied: delivered twice. */
  readonly fate: 'delivered' | 'lost' | 'copied'
  /** No message, but a remark of a peer, which is `text`. */
  readonly isNote?: boolean
}

export class Trace {
  readonly passages: Passage[] = []
  readonly #names = new Map<string, string>()
  readonly #clock: { now(): number }
  readonly #start: number

  constructor(clock: { now(): number }) {
    this.#clock = clock
    this.#start = clock.now()
  }

  /** ms since the scenario began. */
  get now(): number {
    return this.#clock.now() - this.#start
  }

  /** Whoever is at this address is called so; without a port, at any port of it. */
  name(name: string, address: string, port?: number): void {
    this.#names.set(port === undefined ? address : `${address}:${port}`, name)
  }

  nameAt(address: string, port: number): string | undefined {
    return this.#names.get(`${address}:${port}`) ?? this.#names.get(address)
  }

  record(passage: Omit<Passage, 'at'>): void {
    this.passages.push({ at: this.now, ...passage })
  }

  note(peer: string, text: string): void {
    this.record({ from: peer, to: peer, transport: 'UDP', text, fate: 'delivered', isNote: true })
  }

  /** The passages as text, to compare two runs octet by octet. */
  toString(): string {
    return this.passages
      .map(({ at, from, to, transport, text, fate }) => `${at} ${transport} ${from} > ${to} ${fate}\n${text}\n`)
      .join('')
  }
}
