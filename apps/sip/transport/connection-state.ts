/** A connection as people look at it. */

import type { StreamTransport } from './network.js'

export interface ConnectionState {
  readonly transport: StreamTransport
  /** Who made it: `in` came from the peer. */
  readonly direction: 'in' | 'out'
  readonly state: 'open' | 'connecting'
  /** host:port of our end, empty as long as it is not known. */
  readonly local: string
  readonly remote: string
  /** How old it is, in ms. */
  readonly age: number
  /** Octets since then. */
  readonly received: number
  readonly sent: number
  /** Octets that wait to be taken by the network. */
  readonly queued: number
}
