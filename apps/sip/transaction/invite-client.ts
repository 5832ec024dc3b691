/** INVITE client transaction: §17.1.1, figure 5 as replaced by RFC 6026 §8.4. */

import { type Machine, never, type Step } from '../../actor/machine.js'
import { type AckEffect, type ClientEffect, type ClientEvent, misuse, stay } from './effect.js'
import { doubled, type TimerConfig, timers } from './timers.js'

export type InviteClientTimer = 'A' | 'B' | 'D' | 'M'
export type InviteClientEvent<Response> = ClientEvent<InviteClientTimer, Response>
export type InviteClientEffect<Response> = ClientEffect<InviteClientTimer, Response> | AckEffect<Response>

/** `interval` is what Timer A runs with, 0 before the first INVITE. Over a reliable transport Completed is skipped. */
export type InviteClientState =
  | { readonly name: 'Calling'; readonly reliable: boolean; readonly interval: number }
  | { readonly name: 'Proceeding'; readonly reliable: boolean }
  | { readonly name: 'Completed' }
  | { readonly name: 'Accepted' }
  | { readonly name: 'Terminated' }

type Calling = Extract<InviteClientState, { name: 'Calling' }>
type Proceeding = Extract<InviteClientState, { name: 'Proceeding' }>
type Fixed = InviteClientEffect<never>

const proceeding = {
  reliable: { name: 'Proceeding', reliable: true },
  unreliable: { name: 'Proceeding', reliable: false },
} as const
const completed: InviteClientState = { name: 'Completed' }
const accepted: InviteClientState = { name: 'Accepted' }
const terminated: InviteClientState = { name: 'Terminated' }

const sendRequest: Fixed = { kind: 'sendRequest' }
const repeatAck: readonly Fixed[] = [{ kind: 'repeatAck' }]
const timeout: Fixed = { kind: 'inform', what: 'timeout' }
const transportError: Fixed = { kind: 'inform', what: 'transportError' }
const stopA: Fixed = { kind: 'stop', timer: 'A' }
const stopB: Fixed = { kind: 'stop', timer: 'B' }
const stopD: Fixed = { kind: 'stop', timer: 'D' }

interface Starts {
  readonly A: Fixed
  readonly B: Fixed
  readonly D: Fixed
  readonly M: Fixed
  readonly interval: number
}

/** States in which only one timer runs and only repetitions are expected, with that timer. */
export const inviteClientDormant: { readonly Completed: 'D'; readonly Accepted: 'M' } = {
  Completed: 'D',
  Accepted: 'M',
}

export function inviteClientInitial(reliable: boolean): InviteClientState {
  return { name: 'Calling', reliable, interval: 0 }
}

export function inviteClient<Response>(
  config: TimerConfig,
): Machine<InviteClientState, InviteClientEvent<Response>, InviteClientEffect<Response>> {
  const starts: Starts = {
    A: { kind: 'start', timer: 'A', after: timers.A.first(config) },
    B: { kind: 'start', timer: 'B', after: timers.B.first(config) },
    D: { kind: 'start', timer: 'D', after: timers.D.first(config) },
    M: { kind: 'start', timer: 'M', after: timers.M.first(config) },
    interval: timers.A.first(config),
  }
  return (state, event) => {
    if (event.kind === 'start') return start(starts, state)
    switch (state.name) {
      case 'Calling':
        return inCalling(starts, state, event)
      case 'Proceeding':
        return event.kind === 'response' ? answered(starts, state, event) : stay(state)
      case 'Completed':
        return inCompleted(state, event)
      case 'Accepted':
        return inAccepted(state, event)
      case 'Terminated':
        return stay(state)
      default:
        return never(state)
    }
  }
}

type Received<Response> = Extract<InviteClientEvent<Response>, { kind: 'response' }>
type Happened<Response> = Exclude<InviteClientEvent<Response>, { kind: 'start' }>
type Result<Response> = Step<InviteClientState, InviteClientEffect<Response>>

function start(starts: Starts, state: InviteClientState): Result<never> {
  if (state.name !== 'Calling' || state.interval !== 0) return misuse('start', state.name)
  return {
    state: { name: 'Calling', reliable: state.reliable, interval: starts.interval },
    effects: state.reliable ? [sendRequest, starts.B] : [sendRequest, starts.A, starts.B],
  }
}

function inCalling<Response>(starts: Starts, state: Calling, event: Happened<Response>): Result<Response> {
  switch (event.kind) {
    case 'response':
      return answered(starts, state, event)
    case 'timer':
      if (event.timer === 'A' && !state.reliable) return again(state)
      if (event.timer === 'B') return { state: terminated, effects: state.reliable ? [timeout] : [stopA, timeout] }
      return stay(state)
    case 'transportError':
      return { state: terminated, effects: state.reliable ? [stopB, transportError] : [stopA, stopB, transportError] }
    default:
      return never(event)
  }
}

function again(state: Calling): Result<never> {
  const interval = doubled(state.interval)
  return {
    state: { name: 'Calling', reliable: false, interval },
    effects: [sendRequest, { kind: 'start', timer: 'A', after: interval }],
  }
}

/** §17.1.1.2: a provisional response ends Timer B too, so Proceeding lasts as long as the TU lets it. */
function answered<Response>(starts: Starts, state: Calling | Proceeding, event: Received<Response>): Result<Response> {
  const effects: InviteClientEffect<Response>[] = []
  if (state.name === 'Calling') {
    if (!state.reliable) effects.push(stopA)
    effects.push(stopB)
  }
  const inform = { kind: 'inform', what: 'response', status: event.status, response: event.response } as const
  if (event.status < 200) {
    effects.push(inform)
    return { state: state.reliable ? proceeding.reliable : proceeding.unreliable, effects }
  }
  if (event.status < 300) {
    effects.push(starts.M, inform)
    return { state: accepted, effects }
  }
  effects.push({ kind: 'sendAck', response: event.response })
  if (!state.reliable) effects.push(starts.D)
  effects.push(inform)
  return { state: state.reliable ? terminated : completed, effects }
}

function inCompleted<Response>(state: InviteClientState, event: Happened<Response>): Result<Response> {
  switch (event.kind) {
    case 'response':
      return event.status < 300 ? stay(state) : { state, effects: repeatAck }
    case 'timer':
      return event.timer === 'D' ? stay(terminated) : stay(state)
    case 'transportError':
      return { state: terminated, effects: [stopD, transportError] }
    default:
      return never(event)
  }
}

function inAccepted<Response>(state: InviteClientState, event: Happened<Response>): Result<Response> {
  switch (event.kind) {
    case 'response':
      if (event.status < 200 || event.status > 299) return stay(state)
      return { state, effects: [{ kind: 'inform', what: 'response', status: event.status, response: event.response }] }
    case 'timer':
      return event.timer === 'M' ? stay(terminated) : stay(state)
    case 'transportError':
      return stay(state)
    default:
      return never(event)
  }
}
