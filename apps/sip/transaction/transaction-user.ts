/** What the transaction layer tells the layer above, and the orders that it takes from there. */

import type { ActorRef } from '../../actor/actor.js'
import type { Request, Response } from '../syntax/message.js'
import type { Locals, Route, Source } from '../transport/flow.js'
import type { MachineName } from './timers.js'

/** To the cores: what belongs to no transaction user yet. */
export type TransactionUserMsg =
  | {
      readonly kind: 'request'
      readonly request: Request
      readonly source: Source
      /** Where the responses go, for 2xx that the core repeats itself (§13.3.1.4). */
      readonly route: Route
      readonly transaction: ActorRef<ServerOrder>
    }
  /** An ACK for a 2xx; it has no transaction. */
  | { readonly kind: 'ack'; readonly request: Request; readonly source: Source }
  /** A 2xx to an INVITE of ours that was answered before (§13.2.2.4), for whoever has taken over from the user of the first. */
  | { readonly kind: 'accepted'; readonly response: Response }
  /** §9.2: `invite` is the transaction that it cancels, if there is one. */
  | {
      readonly kind: 'cancel'
      readonly request: Request
      readonly transaction: ActorRef<ServerOrder>
      readonly invite: ActorRef<ServerOrder> | undefined
      /** The INVITE is known, answered or not. */
      readonly matched: boolean
    }
  | { readonly kind: 'locals'; readonly locals: Locals }

/** To a server transaction from its user. */
export interface ServerOrder {
  readonly kind: 'respond'
  readonly response: Response
  readonly user: ActorRef<ServerReport>
}

/** To any transaction, for people who look. */
export interface StateQuestion {
  readonly kind: 'state'
  readonly replyTo: ActorRef<StateAnswer>
}

export interface StateAnswer {
  /** Which machine of §17 drives it. */
  readonly kind: MachineName
  readonly method: string
  /** As RFC 3261 names it. */
  readonly state: string
  /** It only waits for its last timer. */
  readonly isAsleep: boolean
  /** Where it sends to, as `udp:192.0.2.1:5060`. */
  readonly peer: string
  /** ms since it began; since it fell asleep, if it has. */
  readonly since: number
  /** What messages are matched by; the method comes last. */
  readonly key: string
}

/** To the user of a server transaction: the ACK of a final response did not come, or a response did not get out. */
export interface ServerReport {
  readonly kind: 'transactionFailed'
  readonly what: 'timeout' | 'transportError'
}

/** To the user of a client transaction. */
export type ClientReport =
  | { readonly kind: 'response'; readonly response: Response; readonly transaction: ActorRef<ClientOrder> }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'transportError'; readonly reason: string }

/**
 * To a client transaction from its user: cancel the INVITE (§9.1), to the same place and with its branch, with that value of
 * Reason (RFC 3326); or end at once, since no final answer is waited for any longer.
 */
export type ClientOrder =
  | { readonly kind: 'cancel'; readonly reason?: string | undefined }
  | { readonly kind: 'abandon' }
