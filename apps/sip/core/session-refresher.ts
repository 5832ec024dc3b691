/** Refreshes the session of a dialog in time, and ends it when nobody has: RFC 4028. */

import type { Step } from '../../actor/machine.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Message, Request, Response } from '../syntax/message.js'
import type { DialogOwner } from './dialog-owner.js'
import type { SessionSnapshot } from './dialog-snapshot.js'
import { intervalOf, knowsTimer, type SessionTimer } from './session-interval.js'
import {
  refreshHeaders,
  type SessionTimerEffect,
  type SessionTimerState,
  sessionTimer,
  sessionTimerInitial,
} from './session-timer.js'

/** What it does its work on. */
interface Refreshed {
  refresh(method: 'INVITE' | 'UPDATE'): void
  /** The peer is gone. */
  lost(): void
}

export class SessionRefresher {
  readonly #owner: DialogOwner
  readonly #session: Refreshed
  #state: SessionTimerState

  /** A session that goes on on another stack is refreshed at once, where that is for us: the peer learns where we are now. */
  constructor(owner: DialogOwner, session: Refreshed) {
    this.#owner = owner
    this.#session = session
    this.#state = owner.arg.resumed?.timer ?? sessionTimerInitial
    const { interval, isRefresher } = this.#state
    if (interval === undefined) return
    this.#perform({ kind: 'start', timer: 'expiry', after: 1000 * interval })
    if (isRefresher) this.#perform({ kind: 'start', timer: 'refresh', after: 0 })
  }

  get snapshot(): Pick<SessionSnapshot, 'timer'> {
    return this.isRunning ? { timer: this.#state } : {}
  }

  /** The session has an expiration. */
  get isRunning(): boolean {
    return this.#state.interval !== undefined
  }

  /** Of our next INVITE or UPDATE. DEVIATES RFC 4028 §7.1: other requests, which refresh nothing, do not say `timer`. */
  get headers(): HeaderInputs {
    return this.#policy === false ? {} : { Supported: 'timer', ...refreshHeaders(this.#state) }
  }

  /** A 2xx to an INVITE or UPDATE; most say nothing of timers. What rings has no session yet that could expire. */
  answered(by: 'local' | 'remote', request: Request, response: Response): void {
    if (this.#owner.dialog.state === 'early') return
    const asked = intervalOf(request)
    const granted = intervalOf(response)
    if (this.#policy === false || (asked ?? granted ?? this.#state.interval) === undefined) return
    this.#hear(by === 'local' ? response : request)
    this.#step(sessionTimer(this.#state, { kind: 'refreshed', by, asked, granted }))
  }

  /** Whether a 422 asks for more than we have asked for, so that the request may go again (RFC 4028 §7.3). */
  raises(response: Response): boolean {
    const least = response.get('Min-SE')?.seconds
    if (response.status !== 422 || least === undefined || least <= this.#state.peer.least) return false
    this.#hear(response)
    return true
  }

  /** A refresh of ours failed with that status. */
  refused(status: number): void {
    this.#step(sessionTimer(this.#state, { kind: 'refused', status }))
  }

  fired(timer: 'refresh' | 'expiry'): void {
    this.#step(sessionTimer(this.#state, { kind: 'fired', timer }))
  }

  stop(): void {
    this.#owner.self.stopTimer('refresh')
    this.#owner.self.stopTimer('expiry')
  }

  get #policy(): SessionTimer | false | undefined {
    const { core, context } = this.#owner.arg
    return core.sessionTimer ?? context.policy.sessionTimer
  }

  #hear(message: Message): void {
    const takesUpdate = message.has('Allow') ? message.getAll('Allow').includes('UPDATE') : this.#state.peer.takesUpdate
    const least = message.get('Min-SE')?.seconds ?? 0
    const heard = { kind: 'heard', knowsTimer: knowsTimer(message), takesUpdate, least } as const
    this.#step(sessionTimer(this.#state, heard))
  }

  #step({ state, effects }: Step<SessionTimerState, SessionTimerEffect>): void {
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: SessionTimerEffect): void {
    const { self } = this.#owner
    switch (effect.kind) {
      case 'start':
        return self.startTimer(effect.timer, effect.after, { kind: 'sessionTimer', timer: effect.timer })
      case 'stop':
        return self.stopTimer(effect.timer)
      case 'refresh':
        return this.#session.refresh(effect.method)
      case 'expire':
        return this.#session.lost()
    }
  }
}
