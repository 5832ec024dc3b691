/** Where a scenario takes place: which network, which time. */

import type { Clock } from '../actor/actor.js'
import type { Network } from '../sip/sip.js'
import type { Place, TransportName } from './raw-transport.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { Trace } from './trace.js'

export type Mode = 'virtual' | 'loopback'

/** What a peer has for itself. */
export interface Host {
  readonly clock: Clock
  readonly network: Network
  readonly random: SeededRandom
  readonly transport: TransportName
  /** Where it listens; port 0 where the system chooses. */
  readonly at: Place
  uri(user: string, place: Place): string
  /** Called when it listens, so that arrows to it carry its name. */
  settled(place: Place): void
}

/** An element that is not ours, called by scenarios in place of their stack peer. */
export interface Target extends Place {
  /** The user to call, whomever the scenario names; whom it names, or the name of the peer, unless given. */
  readonly user?: string
  /** Our own address, that it can reach. */
  readonly from: string
  /** The port where it calls us, when it is the caller. */
  readonly calls?: number
}

export interface Setting {
  readonly mode: Mode
  readonly clock: Clock
  readonly trace: Trace
  readonly target: Target | undefined
  /** The simulated network; undefined on loopback. */
  readonly network: SimulatedNetwork | undefined
  /** `beside` is the address of a peer that is on the same host. */
  host(name: string, beside?: string): Host
  /** Lets time pass until the work is done. Rejects when it fails or never ends. */
  drive<T>(work: Promise<T>): Promise<T>
  /** Lets time pass until nothing goes on any more. */
  exhaust(): Promise<void>
  /** What need not be empty when nothing goes on: the rest takes longer than anybody waits. */
  readonly remains: readonly ('asleep' | 'calls' | 'connections')[]
}

export function sipUri(user: string, { address, port }: Place, transport: TransportName): string {
  const host = address.includes(':') ? `[${address}]` : address
  return `sip:${user}@${host}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}`
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise(resolve => void clock.start(ms, { fire: resolve }))
}
