/** Non-INVITE server transaction: §17.2.2, figure 8, with the rules of RFC 4320 §4 for 100 and 408. */

import { type Machine, never, type Step } from '../../actor/machine.js'
import { misuse, type ServerEffect, type ServerEvent, stay } from './effect.js'
import { type TimerConfig, timers } from './timers.js'

export type NonInviteServerTimer = 'J' | 'LateTrying' | 'Expiry'
export type NonInviteServerEvent = ServerEvent<NonInviteServerTimer>
export type NonInviteServerEffect = ServerEffect<NonInviteServerTimer>

/**
 * `running` names the timer of a transaction that waits for its TU. `wire` is the last response of the TU: empty in
 * Proceeding when only the automatic 100 went out, and in Completed when nothing may be sent. Over a reliable transport
 * Completed is skipped.
 */
export type NonInviteServerState =
  | { readonly name: 'Trying'; readonly reliable: boolean; readonly running: 'none' | 'LateTrying' }
  | { readonly name: 'Proceeding'; readonly reliable: boolean; readonly running: Running; readonly wire: string }
  | { readonly name: 'Completed'; readonly wire: string }
  | { readonly name: 'Terminated' }

type Running = 'none' | 'LateTrying' | 'Expiry'
type Trying = Extract<NonInviteServerState, { name: 'Trying' }>
type Proceeding = Extract<NonInviteServerState, { name: 'Proceeding' }>
type Completed = Extract<NonInviteServerState, { name: 'Completed' }>
type Answer = Extract<NonInviteServerEvent, { kind: 'respond' }>
type Result = Step<NonInviteServerState, NonInviteServerEffect>

const initial = {
  reliable: { name: 'Trying', reliable: true, running: 'none' },
  unreliable: { name: 'Trying', reliable: false, running: 'none' },
} as const
const waiting = {
  reliable: { name: 'Trying', reliable: true, running: 'LateTrying' },
  unreliable: { name: 'Trying', reliable: false, running: 'LateTrying' },
} as const
const tried = {
  reliable: { name: 'Proceeding', reliable: true, running: 'Expiry', wire: '' },
  unreliable: { name: 'Proceeding', reliable: false, running: 'Expiry', wire: '' },
} as const
const terminated: NonInviteServerState = { name: 'Terminated' }

const sendTrying: NonInviteServerEffect = { kind: 'sendTrying' }
const onlyTrying: readonly NonInviteServerEffect[] = [sendTrying]
const informTimeout: readonly NonInviteServerEffect[] = [{ kind: 'inform', what: 'timeout' }]
const informTransportError: readonly NonInviteServerEffect[] = [{ kind: 'inform', what: 'transportError' }]
const stops = {
  LateTrying: { kind: 'stop', timer: 'LateTrying' },
  Expiry: { kind: 'stop', timer: 'Expiry' },
} as const

interface Starts {
  readonly J: NonInviteServerEffect
  readonly LateTrying: readonly NonInviteServerEffect[]
  readonly Expiry: readonly NonInviteServerEffect[]
  readonly tryingAndExpiry: readonly NonInviteServerEffect[]
}

/** The state in which only one timer runs and only repetitions are expected, with that timer. */
export const nonInviteServerDormant: { readonly Completed: 'J' } = { Completed: 'J' }

export function nonInviteServerInitial(reliable: boolean): NonInviteServerState {
  return reliable ? initial.reliable : initial.unreliable
}

export function nonInviteServer(
  config: TimerConfig,
): Machine<NonInviteServerState, NonInviteServerEvent, NonInviteServerEffect> {
  const expiry = { kind: 'start', timer: 'Expiry', after: timers.Expiry.first(config) } as const
  const starts: Starts = {
    J: { kind: 'start', timer: 'J', after: timers.J.first(config) },
    LateTrying: [{ kind: 'start', timer: 'LateTrying', after: timers.LateTrying.first(config) }],
    Expiry: [expiry],
    tryingAndExpiry: [sendTrying, expiry],
  }
  return (state, event) => {
    switch (state.name) {
      case 'Trying':
        return inTrying(starts, state, event)
      case 'Proceeding':
        return inProceeding(starts, state, event)
      case 'Completed':
        return inCompleted(state, event)
      case 'Terminated':
        return event.kind === 'start' ? misuse('start', state.name) : stay(state)
      default:
        return never(state)
    }
  }
}

/** Erratum 1470: repetitions are discarded here, and a final response leads straight to Completed. */
function inTrying(starts: Starts, state: Trying, event: NonInviteServerEvent): Result {
  switch (event.kind) {
    case 'start':
      if (state.running !== 'none') return misuse('start', state.name)
      return { state: state.reliable ? waiting.reliable : waiting.unreliable, effects: starts.LateTrying }
    case 'respond':
      // RFC 4320 §4.1: over an unreliable transport a 100 this early would slow down recovery from a lost response.
      if (event.status < 200 && !state.reliable) return stay(state)
      return respond(starts, state, event)
    case 'timer':
      if (event.timer !== 'LateTrying' || state.running !== 'LateTrying') return stay(state)
      return { state: state.reliable ? tried.reliable : tried.unreliable, effects: starts.tryingAndExpiry }
    case 'request':
    case 'transportError':
      return stay(state)
    default:
      return never(event)
  }
}

function inProceeding(starts: Starts, state: Proceeding, event: NonInviteServerEvent): Result {
  switch (event.kind) {
    case 'start':
      return misuse('start', state.name)
    case 'request':
      return { state, effects: state.wire === '' ? onlyTrying : [{ kind: 'sendResponse', wire: state.wire }] }
    case 'respond':
      return respond(starts, state, event)
    case 'timer':
      if (event.timer !== state.running) return stay(state)
      // DEVIATES §17.2.2: figure 8 waits for its TU for ever. RFC 4320 §4.2 makes the answer useless by now.
      if (event.timer === 'Expiry') return { state: terminated, effects: informTimeout }
      return { state: { ...state, running: 'Expiry' }, effects: starts.Expiry }
    case 'transportError':
      return { state, effects: informTransportError }
    default:
      return never(event)
  }
}

/** RFC 4320 §4: of the provisional responses only 100 may be sent, and 408 never. */
function respond(starts: Starts, state: Trying | Proceeding, event: Answer): Result {
  const { reliable, running } = state
  const { status, wire } = event
  if (status < 200) {
    if (status !== 100) return stay(state)
    return { state: { name: 'Proceeding', reliable, running, wire }, effects: [{ kind: 'sendResponse', wire }] }
  }
  const effects: NonInviteServerEffect[] = running === 'none' ? [] : [stops[running]]
  const silent = status === 408
  if (!silent) effects.push({ kind: 'sendResponse', wire })
  if (reliable) return { state: terminated, effects }
  effects.push(starts.J)
  return { state: { name: 'Completed', wire: silent ? '' : wire }, effects }
}

/** §17.2.4 as amended by RFC 6026 §8.8: a transport error leaves the state as it is, whatever figure 8 shows. */
function inCompleted(state: Completed, event: NonInviteServerEvent): Result {
  switch (event.kind) {
    case 'start':
      return misuse('start', state.name)
    case 'request':
      return state.wire === '' ? stay(state) : { state, effects: [{ kind: 'sendResponse', wire: state.wire }] }
    case 'timer':
      return event.timer === 'J' ? stay(terminated) : stay(state)
    case 'transportError':
      return { state, effects: informTransportError }
    case 'respond':
      return stay(state)
    default:
      return never(event)
  }
}
