/** What people see of the trace: messages and what happened to sockets, in order. */

import type { TransportName } from '../location/target.js'

export type TraceEntry = TraceMessage | TraceEvent

interface Entry {
  /** Counts up; messages that came in one piece share a number. */
  readonly seq: number
  /** ms since 1970. */
  readonly at: number
  /** The number of the socket or connection. */
  readonly flow: number
  readonly transport: TransportName
  /** Our end and that of the peer; an empty address where there is none. */
  readonly local: { readonly address: string; readonly port: number }
  readonly remote: { readonly address: string; readonly port: number }
}

/** A SIP message, or whatever else came: keep-alives, garbage. */
export interface TraceMessage extends Entry {
  readonly kind: 'message'
  readonly direction: 'in' | 'out'
  /** One character per octet. */
  readonly text: string
  /** How many octets there were: more than in `text` when it was too long to be kept. */
  readonly octets: number
  readonly callId: string | undefined
}

export interface TraceEvent extends Entry {
  readonly kind: 'event'
  /**
   * Listeners are listening, then shut by us or broken. Connections are accepted or connected, then closed; refused when none
   * came about. Over UDP a peer is unreachable when nobody listens there (§18.4).
   */
  readonly event: 'listening' | 'shut' | 'broken' | 'accepted' | 'connected' | 'refused' | 'closed' | 'unreachable'
  /** The reason, if there is one. */
  readonly text: string
}
