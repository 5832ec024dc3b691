/** INVITE server transaction: §17.2.1, figure 7 as replaced by RFC 6026 §8.6. */

import { type Machine, never, type Step } from '../../actor/machine.js'
import { type AckReceived, misuse, type ServerEffect, type ServerEvent, stay } from './effect.js'
import { doubledToT2, type TimerConfig, timers } from './timers.js'

export type InviteServerTimer = 'G' | 'H' | 'I' | 'L' | 'Trying'
export type InviteServerEvent = ServerEvent<InviteServerTimer> | { readonly kind: 'ack' }
export type InviteServerEffect = ServerEffect<InviteServerTimer> | AckReceived

/**
 * `wire` is the last response of the TU, empty before the first; `waiting` is true while the timer of the automatic 100
 * runs; `interval` is what Timer G runs with. Over a reliable transport Confirmed is skipped.
 */
export type InviteServerState =
  | { readonly name: 'Proceeding'; readonly reliable: boolean; readonly wire: string; readonly waiting: boolean }
  | { readonly name: 'Completed'; readonly reliable: boolean; readonly wire: string; readonly interval: number }
  | { readonly name: 'Accepted' }
  | { readonly name: 'Confirmed' }
  | { readonly name: 'Terminated' }

type Proceeding = Extract<InviteServerState, { name: 'Proceeding' }>
type Completed = Extract<InviteServerState, { name: 'Completed' }>
type Answer = Extract<InviteServerEvent, { kind: 'respond' }>
type Result = Step<InviteServerState, InviteServerEffect>

const initial = {
  reliable: { name: 'Proceeding', reliable: true, wire: '', waiting: false },
  unreliable: { name: 'Proceeding', reliable: false, wire: '', waiting: false },
} as const
const waiting = {
  reliable: { name: 'Proceeding', reliable: true, wire: '', waiting: true },
  unreliable: { name: 'Proceeding', reliable: false, wire: '', waiting: true },
} as const
const accepted: InviteServerState = { name: 'Accepted' }
const confirmed: InviteServerState = { name: 'Confirmed' }
const terminated: InviteServerState = { name: 'Terminated' }

const sendTrying: InviteServerEffect = { kind: 'sendTrying' }
const timeout: InviteServerEffect = { kind: 'inform', what: 'timeout' }
const informAck: readonly InviteServerEffect[] = [{ kind: 'inform', what: 'ack' }]
const informTransportError: readonly InviteServerEffect[] = [{ kind: 'inform', what: 'transportError' }]
const stopG: InviteServerEffect = { kind: 'stop', timer: 'G' }
const stopH: InviteServerEffect = { kind: 'stop', timer: 'H' }
const stopTrying: InviteServerEffect = { kind: 'stop', timer: 'Trying' }

interface Starts {
  readonly config: TimerConfig
  readonly G: InviteServerEffect
  readonly H: InviteServerEffect
  readonly L: InviteServerEffect
  readonly I: InviteServerEffect
  readonly Trying: readonly InviteServerEffect[]
  readonly interval: number
}

/** States in which only one timer runs and only repetitions are expected, with that timer. */
export const inviteServerDormant: { readonly Accepted: 'L'; readonly Confirmed: 'I' } = {
  Accepted: 'L',
  Confirmed: 'I',
}

export function inviteServerInitial(reliable: boolean): InviteServerState {
  return reliable ? initial.reliable : initial.unreliable
}

export function inviteServer(config: TimerConfig): Machine<InviteServerState, InviteServerEvent, InviteServerEffect> {
  const starts: Starts = {
    config,
    G: { kind: 'start', timer: 'G', after: timers.G.first(config) },
    H: { kind: 'start', timer: 'H', after: timers.H.first(config) },
    L: { kind: 'start', timer: 'L', after: timers.L.first(config) },
    I: { kind: 'start', timer: 'I', after: timers.I.first(config) },
    Trying: [{ kind: 'start', timer: 'Trying', after: timers.Trying.first(config) }],
    interval: timers.G.first(config),
  }
  return (state, event) => {
    switch (state.name) {
      case 'Proceeding':
        return inProceeding(starts, state, event)
      case 'Completed':
        return inCompleted(starts, state, event)
      case 'Accepted':
        return inAccepted(state, event)
      case 'Confirmed':
        if (event.kind === 'start') return misuse('start', state.name)
        return event.kind === 'timer' && event.timer === 'I' ? stay(terminated) : stay(state)
      case 'Terminated':
        return event.kind === 'start' ? misuse('start', state.name) : stay(state)
      default:
        return never(state)
    }
  }
}

function inProceeding(starts: Starts, state: Proceeding, event: InviteServerEvent): Result {
  switch (event.kind) {
    case 'start':
      if (state.waiting || state.wire !== '') return misuse('start', state.name)
      return { state: state.reliable ? waiting.reliable : waiting.unreliable, effects: starts.Trying }
    case 'request':
      return repeat(state)
    case 'respond':
      return respond(starts, state, event)
    case 'timer':
      if (event.timer !== 'Trying' || !state.waiting) return stay(state)
      return { state: inviteServerInitial(state.reliable), effects: [sendTrying] }
    case 'transportError':
      return { state, effects: informTransportError }
    case 'ack':
      return stay(state)
    default:
      return never(event)
  }
}

/** §17.2.1: a client that repeats needs a provisional response now, so the 100 is not waited for any longer. */
function repeat(state: Proceeding): Result {
  if (state.wire !== '') return { state, effects: [{ kind: 'sendResponse', wire: state.wire }] }
  if (!state.waiting) return { state, effects: [sendTrying] }
  return { state: inviteServerInitial(state.reliable), effects: [stopTrying, sendTrying] }
}

function respond(starts: Starts, state: Proceeding, event: Answer): Result {
  const { reliable } = state
  const effects: InviteServerEffect[] = state.waiting ? [stopTrying] : []
  effects.push({ kind: 'sendResponse', wire: event.wire })
  if (event.status < 200) return { state: { name: 'Proceeding', reliable, wire: event.wire, waiting: false }, effects }
  if (event.status < 300) {
    effects.push(starts.L)
    return { state: accepted, effects }
  }
  if (!reliable) effects.push(starts.G)
  effects.push(starts.H)
  return { state: { name: 'Completed', reliable, wire: event.wire, interval: starts.interval }, effects }
}

/** A transport error leaves the state as it is (RFC 6026 §7.1): Timer G or the next repetition tries again. */
function inCompleted(starts: Starts, state: Completed, event: InviteServerEvent): Result {
  switch (event.kind) {
    case 'start':
      return misuse('start', state.name)
    case 'request':
      return { state, effects: [{ kind: 'sendResponse', wire: state.wire }] }
    case 'ack':
      if (state.reliable) return { state: terminated, effects: [stopH] }
      return { state: confirmed, effects: [stopG, stopH, starts.I] }
    case 'timer':
      if (event.timer === 'G' && !state.reliable) return again(starts, state)
      if (event.timer === 'H') return { state: terminated, effects: state.reliable ? [timeout] : [stopG, timeout] }
      return stay(state)
    case 'transportError':
      return { state, effects: informTransportError }
    case 'respond':
      return stay(state)
    default:
      return never(event)
  }
}

function again(starts: Starts, state: Completed): Result {
  const interval = doubledToT2(state.interval, starts.config)
  return {
    state: { name: 'Completed', reliable: false, wire: state.wire, interval },
    effects: [
      { kind: 'sendResponse', wire: state.wire },
      { kind: 'start', timer: 'G', after: interval },
    ],
  }
}

/** RFC 6026 §7.1: INVITEs are absorbed, each 2xx of the TU passes down and each ACK passes up; nothing is repeated here. */
function inAccepted(state: InviteServerState, event: InviteServerEvent): Result {
  switch (event.kind) {
    case 'start':
      return misuse('start', state.name)
    case 'respond':
      if (event.status < 200 || event.status > 299) return stay(state)
      return { state, effects: [{ kind: 'sendResponse', wire: event.wire }] }
    case 'ack':
      return { state, effects: informAck }
    case 'timer':
      return event.timer === 'L' ? stay(terminated) : stay(state)
    case 'transportError':
      return { state, effects: informTransportError }
    case 'request':
      return stay(state)
    default:
      return never(event)
  }
}
