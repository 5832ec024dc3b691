/** Timers that belong to an application session (ServletTimer and TimerService, JSR 289 §7). */

import type { TimerHandle } from '../actor/actor.js'
import { illegalState } from './servlet-error.js'
import type { SipApplicationSession } from './sip-application-session.js'

export interface TimerOptions {
  /** ms from one time to the next; once only unless given. */
  readonly period?: number
  /** Counts the period from when the listener was told, and not from when it should have been. */
  readonly fixedDelay?: boolean
  /** What the application wants to know when it fires. */
  readonly info?: unknown
}

export class TimerService {
  /** A timer, first after `delay` ms. Throws TypeError for times that are none. */
  createTimer(applicationSession: SipApplicationSession, delay: number, options: TimerOptions = {}): ServletTimer {
    const { period } = options
    if (!(delay >= 0)) throw new TypeError(`a timer needs a delay in ms, not ${delay}`)
    if (period !== undefined && !(period > 0)) throw new TypeError(`a period is a number of ms above 0, not ${period}`)
    if (!applicationSession.isValid) illegalState('the application session has been invalidated')
    return new ServletTimer(applicationSession, delay, options)
  }
}

export class ServletTimer {
  readonly id: string
  readonly applicationSession: SipApplicationSession
  readonly info: unknown
  readonly #options: TimerOptions
  #at: number
  #handle: TimerHandle | undefined

  constructor(applicationSession: SipApplicationSession, delay: number, options: TimerOptions) {
    this.applicationSession = applicationSession
    this.info = options.info
    this.#options = options
    this.#at = applicationSession.application.now + delay
    this.id = applicationSession.added(this)
    this.#start()
  }

  /** ms of the stack's clock: when it fires next, or should have fired last. */
  get scheduledExecutionTime(): number {
    return this.#at
  }

  /** ms; 0 or less when it is due. */
  get timeRemaining(): number {
    return this.#at - this.applicationSession.application.now
  }

  cancel(): void {
    if (this.#handle === undefined) return
    this.applicationSession.application.stopTimer(this.#handle)
    this.#handle = undefined
    this.applicationSession.removed(this)
  }

  #start(): void {
    this.#handle = this.applicationSession.application.startTimer(this.timeRemaining, () => this.#fire())
  }

  #fire(): void {
    const { applicationSession } = this
    const { period, fixedDelay = false } = this.#options
    applicationSession.turn(() => {
      if (this.#handle === undefined) return undefined
      const told = applicationSession.application.listeners.tell(each => each.timeout?.(this))
      if (period === undefined) this.cancel()
      else if (this.#handle !== undefined) {
        this.#at = (fixedDelay ? applicationSession.application.now : this.#at) + period
        this.#start()
      }
      return told
    })
  }
}
