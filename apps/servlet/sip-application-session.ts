/** What an application does for somebody: its sessions, timers and attributes, one thing after the other (JSR 289 §6.1). */

import type { TimerHandle } from '../actor/actor.js'
import { Attributes } from './attributes.js'
import { newId } from './runtime.js'
import type { ServletApplication } from './servlet-application.js'
import { illegalState, ServletError } from './servlet-error.js'
import type { ServletTimer } from './servlet-timer.js'
import type { SipServletRequest } from './sip-servlet-request.js'
import type { SipServletResponse } from './sip-servlet-response.js'
import { type SessionParts, SipSession } from './sip-session.js'
import { Turns } from './turns.js'

const MINUTE = 60_000

/** What belongs to a message besides the servlet: done in the same turn. */
interface Steps {
  readonly before?: () => void
  readonly after?: () => void
}

export class SipApplicationSession {
  readonly id: string
  readonly application: ServletApplication
  readonly attributes: Attributes
  /** ms of the stack's clock. */
  readonly creationTime: number
  /** The key that it is found by; see `SipSessionsUtil`. */
  readonly key: string | undefined
  /** It ends by itself when its sessions and timers have. */
  invalidateWhenReady = true
  readonly #turns: Turns
  #sessions: readonly SipSession[] = []
  #timers: readonly ServletTimer[] = []
  #lastTimer = 0
  #isValid = true
  #hadSessions = false
  #lastAccessed: number
  /** ms without anything after which it expires; undefined for never. */
  #lifetime: number | undefined
  #deadline: TimerHandle | undefined

  constructor(application: ServletApplication, key?: string) {
    this.application = application
    this.key = key
    this.id = newId(application.runtime)
    this.creationTime = application.now
    this.#lastAccessed = this.creationTime
    this.#turns = new Turns(() => this.#settle())
    this.attributes = new Attributes(application.listeners.watchApplicationSession(this))
    this.setExpires(application.descriptor.sessionTimeout)
  }

  get applicationName(): string {
    return this.application.name
  }

  get isValid(): boolean {
    return this.#isValid
  }

  get lastAccessedTime(): number {
    return this.#lastAccessed
  }

  get sessions(): readonly SipSession[] {
    return this.#sessions
  }

  getSession(id: string): SipSession | undefined {
    return this.#sessions.find(session => session.id === id)
  }

  get timers(): readonly ServletTimer[] {
    return this.#timers
  }

  getTimer(id: string): ServletTimer | undefined {
    return this.#timers.find(timer => timer.id === id)
  }

  /** When it expires if nothing happens until then, in ms of the stack's clock; undefined for never. */
  get expirationTime(): number | undefined {
    return this.#lifetime === undefined ? undefined : this.#lastAccessed + this.#lifetime
  }

  /** Lets it live that many minutes from the last thing that happens in it; for ever with 0 or less. */
  setExpires(minutes: number): void {
    this.#checkValid()
    this.#lifetime = minutes > 0 ? minutes * MINUTE : undefined
    this.#lastAccessed = this.application.now
    this.#watch()
  }

  touch(now: number): void {
    this.#lastAccessed = now
  }

  /** Ends it with its sessions and timers. Throws ServletError for one that is over. */
  invalidate(): void {
    this.#checkValid()
    this.#isValid = false
    if (this.#deadline !== undefined) this.application.stopTimer(this.#deadline)
    for (const session of this.#sessions) session.invalidate()
    for (const timer of this.#timers) timer.cancel()
    this.application.listeners.tell(each => each.applicationSessionDestroyed?.(this))
    this.attributes.clear(thrown => this.application.blame('an attribute', thrown))
    this.application.lost(this)
  }

  #checkValid(): void {
    if (!this.#isValid) illegalState('the application session has been invalidated')
  }

  /** Nothing goes on in it any more, of what did. */
  get isReadyToInvalidate(): boolean {
    return this.#hadSessions && this.#sessions.length === 0 && this.#timers.length === 0
  }

  createSession(parts: Omit<SessionParts, 'applicationSession'>): SipSession {
    this.#checkValid()
    const session = new SipSession({ ...parts, applicationSession: this })
    this.#hadSessions = true
    this.#sessions = [...this.#sessions, session]
    this.application.listeners.tell(each => each.sessionCreated?.(session))
    return session
  }

  lost(session: SipSession): void {
    this.#sessions = this.#sessions.filter(each => each !== session)
    this.settleSoon()
  }

  /** Returns its id. */
  added(timer: ServletTimer): string {
    this.#timers = [...this.#timers, timer]
    return String(++this.#lastTimer)
  }

  removed(timer: ServletTimer): void {
    this.#timers = this.#timers.filter(each => each !== timer)
    this.settleSoon()
  }

  /** Gives a message to the servlet of its session, when its turn has come. */
  deliver(message: SipServletRequest | SipServletResponse, { before, after }: Steps = {}): void {
    const serve = (): unknown => {
      before?.()
      if (!message.session.isValid) return message.kind === 'request' ? message.refuse(481) : undefined
      return this.application.serve(message)
    }
    this.#turns.take(
      () => (after === undefined ? serve() : finished(serve, after)),
      thrown => this.#failed(message, thrown),
    )
  }

  #failed(message: SipServletRequest | SipServletResponse, thrown: unknown): void {
    // RFC 3261 §16.3: nobody has made a mistake.
    const isTooFar = thrown instanceof ServletError && thrown.code === 'TooManyHops'
    if (!isTooFar) this.application.blame(`${message.message.startLine}: its servlet`, thrown)
    if (message.kind === 'request') message.refuse(isTooFar ? 483 : 500)
  }

  /** Does something of this session in its turn. */
  turn(run: () => unknown, who: string = 'a listener'): void {
    this.#turns.take(
      () => (this.#isValid ? run() : undefined),
      thrown => this.application.blame(who, thrown),
    )
  }

  /** Something of it is over: whether all is, is found out when the turn ends. */
  settleSoon(): void {
    if (!this.#turns.isBusy && this.#isValid) this.turn(() => undefined)
  }

  #settle(): void {
    const { listeners } = this.application
    for (const session of this.#sessions) {
      if (!isOver(session)) continue
      listeners.tell(each => each.sessionReadyToInvalidate?.(session))
      if (isOver(session)) session.invalidate()
    }
    if (!isOver(this)) return
    listeners.tell(each => each.applicationSessionReadyToInvalidate?.(this))
    if (isOver(this)) this.invalidate()
  }

  #watch(): void {
    if (this.#deadline !== undefined) this.application.stopTimer(this.#deadline)
    const at = this.expirationTime
    this.#deadline =
      at === undefined ? undefined : this.application.startTimer(at - this.application.now, () => this.#due())
  }

  #due(): void {
    const at = this.expirationTime
    this.#deadline = undefined
    if (at === undefined || at > this.application.now) return this.#watch()
    if (this.#turns.isBusy) return this.#giveUp()
    // Whoever talks for longer than that says nothing to us meanwhile.
    if (this.#sessions.every(({ state }) => state !== 'CONFIRMED')) return this.turn(() => this.#expire())
    this.#lastAccessed = this.application.now
    this.#watch()
  }

  /** All that time a servlet has not ended its turn, and what came meanwhile waits for it. */
  #giveUp(): void {
    this.application.blame('a servlet', new Error('its promise does not settle: the application session is ended'))
    this.invalidate()
  }

  #expire(): void {
    this.application.listeners.tell(each => each.applicationSessionExpired?.(this))
    const at = this.expirationTime
    if (this.#isValid && at !== undefined && at <= this.application.now) this.invalidate()
  }
}

interface Ending {
  readonly isValid: boolean
  readonly isReadyToInvalidate: boolean
  readonly invalidateWhenReady: boolean
}

function isOver({ isValid, isReadyToInvalidate, invalidateWhenReady }: Ending): boolean {
  return isValid && isReadyToInvalidate && invalidateWhenReady
}

function finished(serve: () => unknown, after: () => void): unknown {
  let work: unknown
  try {
    work = serve()
    return work instanceof Promise ? work.finally(after) : work
  } finally {
    if (!(work instanceof Promise)) after()
  }
}
