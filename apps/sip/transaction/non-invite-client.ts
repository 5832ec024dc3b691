/** Non-INVITE client transaction: §17.1.2, figure 6. */

import { type Machine, never, type Step } from '../../actor/machine.js'
import { type ClientEffect, type ClientEvent, misuse, stay } from './effect.js'
import { doubledToT2, type TimerConfig, timers } from './timers.js'

export type NonInviteClientTimer = 'E' | 'F' | 'K'
export type NonInviteClientEvent<Response> = ClientEvent<NonInviteClientTimer, Response>
export type NonInviteClientEffect<Response> = ClientEffect<NonInviteClientTimer, Response>

/** `interval` is what Timer E runs with, 0 before the first request. Over a reliable transport Completed is skipped. */
export type NonInviteClientState =
  | { readonly name: 'Trying'; readonly reliable: boolean; readonly interval: number }
  | { readonly name: 'Proceeding'; readonly reliable: boolean }
  | { readonly name: 'Completed' }
  | { readonly name: 'Terminated' }

type Waiting = Extract<NonInviteClientState, { name: 'Trying' | 'Proceeding' }>
type Fixed = NonInviteClientEffect<never>

const proceeding = {
  reliable: { name: 'Proceeding', reliable: true },
  unreliable: { name: 'Proceeding', reliable: false },
} as const
const completed: NonInviteClientState = { name: 'Completed' }
const terminated: NonInviteClientState = { name: 'Terminated' }

const sendRequest: Fixed = { kind: 'sendRequest' }
const timeout: Fixed = { kind: 'inform', what: 'timeout' }
const transportError: Fixed = { kind: 'inform', what: 'transportError' }
const stopE: Fixed = { kind: 'stop', timer: 'E' }
const stopF: Fixed = { kind: 'stop', timer: 'F' }

interface Starts {
  readonly config: TimerConfig
  readonly interval: number
  readonly E: Fixed
  readonly F: Fixed
  readonly K: Fixed
  /** Timer E fired in Proceeding. */
  readonly again: readonly Fixed[]
}

/** The state in which only one timer runs and only repetitions are expected, with that timer. */
export const nonInviteClientDormant: { readonly Completed: 'K' } = { Completed: 'K' }

export function nonInviteClientInitial(reliable: boolean): NonInviteClientState {
  return { name: 'Trying', reliable, interval: 0 }
}

export function nonInviteClient<Response>(
  config: TimerConfig,
): Machine<NonInviteClientState, NonInviteClientEvent<Response>, NonInviteClientEffect<Response>> {
  const starts: Starts = {
    config,
    interval: timers.E.first(config),
    E: { kind: 'start', timer: 'E', after: timers.E.first(config) },
    F: { kind: 'start', timer: 'F', after: timers.F.first(config) },
    K: { kind: 'start', timer: 'K', after: timers.K.first(config) },
    again: [sendRequest, { kind: 'start', timer: 'E', after: config.T2 }],
  }
  return (state, event) => {
    if (event.kind === 'start') return start(starts, state)
    switch (state.name) {
      case 'Trying':
      case 'Proceeding':
        return waiting(starts, state, event)
      case 'Completed':
        return event.kind === 'timer' && event.timer === 'K' ? stay(terminated) : stay(state)
      case 'Terminated':
        return stay(state)
      default:
        return never(state)
    }
  }
}

type Received<Response> = Extract<NonInviteClientEvent<Response>, { kind: 'response' }>
type Happened<Response> = Exclude<NonInviteClientEvent<Response>, { kind: 'start' }>
type Result<Response> = Step<NonInviteClientState, NonInviteClientEffect<Response>>

function start(starts: Starts, state: NonInviteClientState): Result<never> {
  if (state.name !== 'Trying' || state.interval !== 0) return misuse('start', state.name)
  return {
    state: { name: 'Trying', reliable: state.reliable, interval: starts.interval },
    effects: state.reliable ? [sendRequest, starts.F] : [sendRequest, starts.E, starts.F],
  }
}

function waiting<Response>(starts: Starts, state: Waiting, event: Happened<Response>): Result<Response> {
  switch (event.kind) {
    case 'response':
      return answered(starts, state, event)
    case 'timer':
      if (event.timer === 'E' && !state.reliable) return again(starts, state)
      if (event.timer === 'F') return { state: terminated, effects: state.reliable ? [timeout] : [stopE, timeout] }
      return stay(state)
    case 'transportError':
      return { state: terminated, effects: state.reliable ? [stopF, transportError] : [stopE, stopF, transportError] }
    default:
      return never(event)
  }
}

function again(starts: Starts, state: Waiting): Result<never> {
  if (state.name === 'Proceeding') return { state, effects: starts.again }
  const interval = doubledToT2(state.interval, starts.config)
  return {
    state: { name: 'Trying', reliable: false, interval },
    effects: [sendRequest, { kind: 'start', timer: 'E', after: interval }],
  }
}

/** §17.1.2.2: a provisional response leaves Timers E and F running; only the next interval of E is T2. */
function answered<Response>(starts: Starts, state: Waiting, event: Received<Response>): Result<Response> {
  const inform = { kind: 'inform', what: 'response', status: event.status, response: event.response } as const
  if (event.status < 200) {
    return { state: state.reliable ? proceeding.reliable : proceeding.unreliable, effects: [inform] }
  }
  if (state.reliable) return { state: terminated, effects: [stopF, inform] }
  return { state: completed, effects: [stopE, stopF, starts.K, inform] }
}
