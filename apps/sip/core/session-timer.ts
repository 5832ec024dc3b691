/** When a session is refreshed and when it ends for want of that: RFC 4028 §7.2, §9, §10, pure. */

import type { Step } from '../../actor/machine.js'
import { type Interval, textOfInterval } from './session-interval.js'

/** What has been learnt of the peer. */
interface Peer {
  readonly knowsTimer: boolean
  /** It allows UPDATE, which refreshes at less cost than INVITE. */
  readonly takesUpdate: boolean
  /** The largest Min-SE of its requests and 422s, in seconds (RFC 4028 §7.4). */
  readonly least: number
}

export interface SessionTimerState {
  /** Seconds; undefined while the session has no expiration. */
  readonly interval: number | undefined
  readonly isRefresher: boolean
  readonly peer: Peer
  /** A refresh has been refused since the latest that was not. */
  readonly isRefused: boolean
}

export type SessionTimerEvent =
  /** What a message of the peer tells of it. */
  | ({ readonly kind: 'heard' } & Peer)
  /** A 2xx to an INVITE or UPDATE of that side. */
  | {
      readonly kind: 'refreshed'
      readonly by: 'local' | 'remote'
      readonly asked: Interval | undefined
      readonly granted: Interval | undefined
    }
  /** A refresh of ours, and nothing else, had no 2xx. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'fired'; readonly timer: 'refresh' | 'expiry' }

export type SessionTimerEffect =
  /** ms from now. */
  | { readonly kind: 'start'; readonly timer: 'refresh' | 'expiry'; readonly after: number }
  | { readonly kind: 'stop'; readonly timer: 'refresh' | 'expiry' }
  | { readonly kind: 'refresh'; readonly method: 'INVITE' | 'UPDATE' }
  /** The session is over. */
  | { readonly kind: 'expire' }

type Result = Step<SessionTimerState, SessionTimerEffect>

/** RFC 4028 §4: seconds, where no Min-SE says more. */
const LEAST = 90
/** Seconds; who grants less than this would have us do nothing but refresh. */
const BRIEFEST = 30

export const sessionTimerInitial: SessionTimerState = {
  interval: undefined,
  isRefresher: false,
  peer: { knowsTimer: false, takesUpdate: false, least: 0 },
  isRefused: false,
}

export function sessionTimer(state: SessionTimerState, event: SessionTimerEvent): Result {
  switch (event.kind) {
    case 'heard': {
      const { knowsTimer, takesUpdate, least } = event
      const { peer } = state
      const known = { knowsTimer: peer.knowsTimer || knowsTimer, takesUpdate, least: Math.max(peer.least, least) }
      return { state: { ...state, peer: known }, effects: [] }
    }
    case 'refreshed':
      return refreshed(state, event)
    case 'refused':
      return refused(state, event.status)
    case 'fired': {
      if (state.interval === undefined) return { state, effects: [] }
      return { state, effects: [event.timer === 'expiry' ? { kind: 'expire' } : refreshOf(state)] }
    }
  }
}

/** RFC 4028 §7.4: what an INVITE or UPDATE of ours says. */
export function refreshHeaders({ interval, isRefresher, peer }: SessionTimerState): {
  readonly 'Session-Expires'?: string
  readonly 'Min-SE'?: string
} {
  const seconds = interval === undefined ? undefined : Math.max(interval, peer.least, LEAST)
  return {
    ...(seconds && { 'Session-Expires': textOfInterval({ seconds, refresher: isRefresher ? 'uac' : 'uas' }) }),
    ...(peer.least === 0 ? {} : { 'Min-SE': `${peer.least}` }),
  }
}

function refreshed(state: SessionTimerState, event: Extract<SessionTimerEvent, { kind: 'refreshed' }>): Result {
  const { by, asked, granted } = event
  // §7.2: a callee that knows no timers leaves all of it to us, where we have asked for one.
  const isAlone = by === 'local' && granted === undefined && !state.peer.knowsTimer
  const now = isAlone && asked !== undefined ? { seconds: asked.seconds, refresher: 'uac' } : granted
  if (now === undefined) {
    const effects: readonly SessionTimerEffect[] = [
      { kind: 'stop', timer: 'refresh' },
      { kind: 'stop', timer: 'expiry' },
    ]
    return { state: { ...state, interval: undefined }, effects }
  }
  const interval = Math.max(now.seconds, BRIEFEST)
  const isRefresher = (now.refresher === 'uas') === (by === 'remote')
  return {
    state: { ...state, interval, isRefresher, isRefused: false },
    effects: [
      isRefresher ? { kind: 'start', timer: 'refresh', after: halfOf(interval) } : { kind: 'stop', timer: 'refresh' },
      { kind: 'start', timer: 'expiry', after: endOf(interval) },
    ],
  }
}

/** §7.2, §9: ms until the refresh. */
function halfOf(interval: number): number {
  return 500 * interval
}

/** §10: ms until the BYE, slightly before the expiration. */
function endOf(interval: number): number {
  return 1000 * (interval - Math.min(32, interval / 3))
}

/** §10: once more where that may help, but not on and on; 408, 481 and silence end the session anyway. */
function refused(state: SessionTimerState, status: number): Result {
  const { interval, isRefresher, peer } = state
  if (interval === undefined || !isRefresher) return { state, effects: [] }
  if (peer.takesUpdate && (status === 405 || status === 501)) {
    const changed = { ...state, peer: { ...peer, takesUpdate: false } }
    return { state: changed, effects: [refreshOf(changed)] }
  }
  if (state.isRefused) return { state, effects: [] }
  const after = (endOf(interval) - halfOf(interval)) / 2
  return { state: { ...state, isRefused: true }, effects: [{ kind: 'start', timer: 'refresh', after }] }
}

/** §7.4: UPDATE where the peer allows it. */
function refreshOf({ peer }: SessionTimerState): SessionTimerEffect {
  return { kind: 'refresh', method: peer.takesUpdate ? 'UPDATE' : 'INVITE' }
}
