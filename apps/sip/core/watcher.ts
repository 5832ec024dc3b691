/** Somebody who has subscribed to what we notify of, in the hands of an application: RFC 6665 §4.2. */

import { type Outcome, overAlready } from './call.js'
import { checkNotice, type Notice } from './notice.js'
import type { WatcherEnd } from './notifier.js'

export interface NotifyOptions {
  /** The media type of the body: that of the notification before unless given. */
  readonly contentType?: string
  /** How the subscription stands: as before unless given. */
  readonly state?: 'active' | 'pending'
}

export interface AcceptOptions extends NotifyOptions {
  /** Seconds granted at most: 3600 unless given, 300 for a REFER. */
  readonly expires?: number
  /** Seconds that have to be asked for at least; less gets 423, and the watcher is over at once (RFC 6665 §4.2.1.1). */
  readonly least?: number
  /** What is told at once, octets as a latin1 string; nothing unless given. */
  readonly body?: string
  /** Makes the body for each SUBSCRIBE of the watcher; `body`, and then what was told latest, unless given. */
  readonly full?: () => string
}

/** Why we end a subscription, and so what its watcher is to do (RFC 6665 §4.1.3). */
export type TerminationReason =
  | 'deactivated'
  | 'probation'
  | 'rejected'
  | 'timeout'
  | 'giveup'
  | 'noresource'
  | 'invariant'

export interface TerminateOptions extends Pick<NotifyOptions, 'contentType'> {
  /** Seconds after which the watcher may come again. */
  readonly retryAfter?: number
  /** The last state; nothing unless given. */
  readonly body?: string
}

/** The way to a notifier; `done` is told how the NOTIFY ends. */
export type Tell = (notice: Notice, done: (outcome: Outcome) => void) => void

/** A subscription at us. The first notification goes out with its acceptance; refreshes are answered by the stack. */
export class Watcher {
  /** The event package, with its id. */
  readonly event: string
  /** Settles once and never rejects. */
  readonly closed: Promise<WatcherEnd>
  readonly #send: Tell
  #latest: Notice
  #end: WatcherEnd | undefined
  /** Who waits for an answer. */
  readonly #unsettled = new Set<(outcome: Outcome) => void>()

  /** `start` begins the subscription, or does not, and returns the way to its notifier. */
  constructor(event: string, first: Notice, start: (ended: (how: WatcherEnd) => void) => Tell) {
    this.event = event
    checkNotice(first)
    this.#latest = first
    let close: (how: WatcherEnd) => void = () => undefined
    this.closed = new Promise(resolve => {
      close = resolve
    })
    this.#send = start(how => {
      this.#end = how
      close(how)
      // A notice may have been on its way to a notifier that is gone.
      for (const done of this.#unsettled) done(overAlready)
    })
  }

  /** How it ended; undefined while it goes on. */
  get ended(): WatcherEnd | undefined {
    return this.#end
  }

  /** Tells the state, octets as a latin1 string, and settles with the answer. Throws TypeError for what cannot be written. */
  notify(body: string, { contentType, state }: NotifyOptions = {}): Promise<Outcome> {
    const { contentType: type, state: standing } = this.#latest
    return this.#tell({ body, contentType: contentType ?? type, state: state ?? standing })
  }

  /** Ends the subscription, and settles with the answer; nothing is told after that. Throws TypeError as `notify`. */
  terminate(
    reason: TerminationReason = 'noresource',
    { retryAfter, body = '', contentType }: TerminateOptions = {},
  ): Promise<Outcome> {
    if (retryAfter !== undefined && (!Number.isInteger(retryAfter) || retryAfter < 0)) {
      throw new TypeError(`retryAfter must be a whole number of seconds, not ${retryAfter}`)
    }
    const after = retryAfter === undefined ? {} : { retryAfter }
    return this.#tell({
      body,
      contentType: contentType ?? this.#latest.contentType,
      state: 'terminated',
      reason,
      ...after,
    })
  }

  #tell(notice: Notice): Promise<Outcome> {
    checkNotice(notice)
    this.#latest = notice
    return new Promise(settle => {
      if (this.#end !== undefined) return settle(overAlready)
      const done = (outcome: Outcome): void => {
        this.#unsettled.delete(done)
        settle(outcome)
      }
      this.#unsettled.add(done)
      this.#send(notice, done)
    })
  }
}
