/** What the transaction machines are told and what they ask for: the vocabulary shared by all four (§17). */

import type { Step } from '../../actor/machine.js'

/** Start, or start again, a timer that fires once `after` ms from now. */
export interface Start<Timer> {
  readonly kind: 'start'
  readonly timer: Timer
  readonly after: number
}

export interface Stop<Timer> {
  readonly kind: 'stop'
  readonly timer: Timer
}

/** The transport layer could not deliver what was sent (§17.1.4, §17.2.4). */
export interface TransportError {
  readonly kind: 'transportError'
}

export interface Fired<Timer> {
  readonly kind: 'timer'
  readonly timer: Timer
}

/** `Response` is opaque to the machines: they hand it through and read `status` only. */
export type ClientEvent<Timer, Response> =
  | { readonly kind: 'start' }
  | { readonly kind: 'response'; readonly status: number; readonly response: Response }
  | Fired<Timer>
  | TransportError

export type ClientEffect<Timer, Response> =
  | { readonly kind: 'sendRequest' }
  | { readonly kind: 'inform'; readonly what: 'response'; readonly status: number; readonly response: Response }
  | { readonly kind: 'inform'; readonly what: 'timeout' | 'transportError' }
  | Start<Timer>
  | Stop<Timer>

/** `sendAck` builds the ACK of §17.1.1.3 and sends it; `repeatAck` sends the same text once more. */
export type AckEffect<Response> =
  | { readonly kind: 'sendAck'; readonly response: Response }
  | { readonly kind: 'repeatAck' }

/**
 * `start` says that the TU will not answer at once and starts the clock of the automatic 100; it is left out when the
 * answer is at hand. `request` is the request received again. `wire` is a whole response, serialised.
 */
export type ServerEvent<Timer> =
  | { readonly kind: 'start' }
  | { readonly kind: 'request' }
  | { readonly kind: 'respond'; readonly status: number; readonly wire: string }
  | Fired<Timer>
  | TransportError

/** `timeout` is a lost ACK (Timer H) or a TU that never answered (Expiry). */
export type ServerEffect<Timer> =
  | { readonly kind: 'sendResponse'; readonly wire: string }
  | { readonly kind: 'sendTrying' }
  | { readonly kind: 'inform'; readonly what: 'timeout' | 'transportError' }
  | Start<Timer>
  | Stop<Timer>

/** An ACK that belongs to the TU (RFC 6026 §7.1). */
export interface AckReceived {
  readonly kind: 'inform'
  readonly what: 'ack'
}

const none: readonly never[] = []

/** An event that changes nothing: the same state object and no effect. */
export function stay<State>(state: State): Step<State, never> {
  return { state, effects: none }
}

/** Our own driver fed an event that it never may: a defect, not input. */
export function misuse(event: string, state: string): never {
  throw new TypeError(`${event} in state ${state}`)
}
