/** Peers that have refused TCP, known for a while: what is too large for UDP goes there over UDP at once (§18.1.1). */

import { hostPort, type Route } from './flow.js'

/** ms for which a peer counts as one without TCP. */
const REMEMBERED = 300_000
const MOST = 1000

export class TcpRefusals {
  readonly #until = new Map<string, number>()

  has({ address, port }: Route, now: number): boolean {
    if (this.#until.size === 0) return false
    const until = this.#until.get(hostPort(address, port))
    return until !== undefined && until > now
  }

  /** Those that are too many are asked again each time. */
  add({ address, port }: Route, now: number): void {
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key)
    if (this.#until.size < MOST) this.#until.set(hostPort(address, port), now + REMEMBERED)
  }
}
