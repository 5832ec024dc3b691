/** What the actors of the core layer share on one thread. */

import type { ActorRef } from '../../actor/actor.js'
import type { LocatorMsg } from '../location/locator.js'
import type { Random } from '../syntax/ids.js'
import type { TimerConfig } from '../transaction/timers.js'
import type { TransactionsMsg } from '../transaction/transactions.js'
import type { TransportMsg } from '../transport/transport.js'
import type { StackPolicy } from './asserted-identity.js'
import type { DialogWatch } from './dialog-state.js'
import type { Elsewhere } from './replacement-place.js'

export interface CoreContext {
  readonly transport: ActorRef<TransportMsg>
  readonly transactions: ActorRef<TransactionsMsg>
  /** Asked where the servers of names are; started anew it is another. */
  readonly locator: () => ActorRef<LocatorMsg>
  readonly timers: TimerConfig
  readonly random: Random
  /** A Call-ID whose messages come to this thread. */
  readonly newCallId: () => string
  /** What goes for cores that do not say otherwise. */
  readonly policy: StackPolicy
  /** Told of an application's mistakes, one line each. */
  readonly complain: (complaint: Complaint) => void
  readonly watch: DialogWatch
  readonly elsewhere: Elsewhere
}

/** A defect of an application, and the request that met it. */
export interface Complaint {
  readonly core: string
  readonly callId: string
  readonly what: string
}
