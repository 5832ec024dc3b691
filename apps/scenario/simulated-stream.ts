/** One end of a simulated connection: octets arrive in order, whole or in pieces, until either end closes. */

import type { StreamEvents, StreamSocket } from '../sip/sip.js'
import type { SimulatedNetwork } from './simulated-network.js'

export interface StreamPlace {
  readonly local: string
  readonly port: number
}

export class StreamEnd implements StreamSocket {
  readonly local: string
  readonly localPort: number
  /** Of the other end. */
  readonly address: string
  readonly port: number
  /** Octets that the other end has not taken. */
  queued = 0
  readonly #network: SimulatedNetwork
  #events: StreamEvents | undefined
  #far: StreamEnd | undefined
  /** Neither closed by us nor broken. */
  #open = true
  #told = false
  /** When the latest octets sent by us arrive, so that later ones do not overtake them. */
  #latest = 0
  /** What came, or was sent, before somebody took this end, or the other one was there. */
  readonly #early: (() => void)[] = []

  constructor(network: SimulatedNetwork, near: StreamPlace, far: StreamPlace, events: StreamEvents | undefined) {
    this.#network = network
    this.local = near.local
    this.localPort = near.port
    this.address = far.local
    this.port = far.port
    this.#events = events
  }

  get isOpen(): boolean {
    return this.#open
  }

  send(text: string): void {
    if (!this.#open) return
    const far = this.#far
    if (far === undefined) {
      this.#early.push(() => this.send(text))
      return
    }
    const { trace, chunkSize } = this.#network
    trace.record({
      from: trace.nameAt(this.local, this.localPort) ?? `${this.local}:${this.localPort}`,
      to: trace.nameAt(this.address, this.port) ?? `${this.address}:${this.port}`,
      transport: 'TCP',
      text,
      fate: 'delivered',
    })
    this.queued += text.length
    if (this.#network.isStalled(this.address)) return
    for (let at = 0; at < text.length; at += chunkSize) {
      const chunk = text.slice(at, at + chunkSize)
      this.#later(() => {
        this.queued -= chunk.length
        far.#arrive(chunk)
      })
    }
  }

  end(): void {
    if (!this.#open) return
    if (this.#far === undefined) {
      this.#early.push(() => this.end())
      return
    }
    const far = this.#far
    this.#open = false
    // The other end closes its side in turn, and that comes back to us.
    this.#later(() => {
      far.#finish()
      far.#later(() => this.#tell(undefined))
    })
  }

  destroy(): void {
    const { clock } = this.#network
    const far = this.#far
    if (this.#told) return
    this.#open = false
    clock.soon(() => this.#tell(undefined))
    if (far !== undefined) this.#later(() => far.#finish())
  }

  /** Both ends find the connection broken. */
  break(reason: string): void {
    const far = this.#far
    this.#open = false
    if (far !== undefined) far.#open = false
    this.#network.clock.soon(() => {
      this.#tell(new Error(reason))
      if (far !== undefined) far.#tell(new Error(reason))
    })
  }

  refused(reason: string): void {
    this.#later(() => this.#tell(new Error(reason)))
  }

  /** There is another end now. */
  join(far: StreamEnd): void {
    this.#far = far
    far.#far = this
    const { clock, weather } = this.#network
    clock.start(weather.delay, {
      fire: () => {
        if (!this.#open) return
        this.#events?.connected()
        for (const act of this.#early.splice(0)) act()
      },
    })
  }

  /** Somebody takes the accepted connection. */
  take(events: StreamEvents): StreamSocket {
    this.#events = events
    for (const act of this.#early.splice(0)) this.#network.clock.soon(act)
    return this
  }

  #arrive(chunk: string): void {
    if (this.#told || !this.#open) return
    if (this.#events === undefined) this.#early.push(() => this.#arrive(chunk))
    else this.#events.chunk(chunk)
  }

  #finish(): void {
    if (this.#events === undefined) {
      this.#early.push(() => this.#finish())
      return
    }
    this.#open = false
    this.#tell(undefined)
  }

  #tell(error: Error | undefined): void {
    if (this.#told) return
    this.#told = true
    this.#open = false
    this.#network.closed(this)
    this.#events?.closed(error)
  }

  /** After what was sent before. */
  #later(act: () => void): void {
    const { clock, weather } = this.#network
    this.#latest = Math.max(this.#latest, clock.now() + weather.delay)
    clock.start(this.#latest - clock.now(), { fire: act })
  }
}
