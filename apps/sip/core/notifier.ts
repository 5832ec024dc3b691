/** The notifier's side of a subscription as an actor: RFC 6665 §4.2. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import { type Outcome, overAlready } from './call.js'
import { ownContact } from './contact.js'
import type { Core } from './core.js'
import type { DialogMsg, UsageMsg } from './dialog-order.js'
import { checkNotice, type Notice, stateText } from './notice.js'
import type { Received } from './server.js'

/** How a subscription at a notifier ended: it expired, the watcher has ended it, we have, the watcher is gone, it never began. */
export type WatcherEnd = 'timeout' | 'unsubscribed' | 'terminated' | 'lost' | 'none'

/** Another subscription, by the SUBSCRIBE or REFER that asked for it. */
export interface Subscribed {
  /** The name of the usage, which is what NOTIFY has as Event (RFC 6665 §8.2.1). */
  readonly usage: string
  /** Seconds it has been granted, and what a refresh is granted at most and has to ask for at least. */
  readonly seconds: number
  readonly most: number
  readonly least: number
  /** What is told at once (§4.2.1.2). */
  readonly first: Notice
  /** The state for whoever asks for it anew; the latest unless given. */
  readonly full: (() => string) | undefined
  readonly ended: (how: WatcherEnd) => void
}

export interface NotifierArg extends Subscribed {
  readonly owner: ActorRef<DialogMsg>
  /** Who has granted it. */
  readonly core: Core
}

export type NotifierMsg =
  | UsageMsg
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'begin' | 'expired' }

export const notifier: Behavior<NotifierMsg, NotifierArg> = {
  label: 'notifier',
  init(arg, self) {
    return new Notifier(arg, self).receive
  },
}

/** Something to tell, in its turn. */
interface Waiting {
  readonly notice: Notice
  readonly done: ((outcome: Outcome) => void) | undefined
}

class Notifier {
  readonly #arg: NotifierArg
  readonly #self: Self<NotifierMsg>
  #latest: Notice
  /** When it expires, in ms. */
  #until: number
  /** RFC 6665 §4.2.2: one after the other, so that none overtakes another. */
  #waiting: readonly Waiting[] = []
  #sending: Waiting | undefined
  #end: WatcherEnd | undefined

  constructor(arg: NotifierArg, self: Self<NotifierMsg>) {
    this.#arg = arg
    this.#self = self
    this.#latest = arg.first
    this.#until = self.now
    self.defer(() => {
      self.send(arg.owner, { kind: 'order', order: { kind: 'detach', user: self.ref } })
      this.#sending?.done?.(overAlready)
      for (const { done } of this.#waiting) done?.(overAlready)
      arg.ended(this.#end ?? 'lost')
    })
    // What the application makes of the first state may throw: that is the end of this actor, and not of the dialog.
    self.send(self.ref, { kind: 'begin' })
  }

  readonly receive: Receive<NotifierMsg> = message => {
    switch (message.kind) {
      case 'begin':
        return this.#grant(this.#arg.seconds)
      case 'inDialog':
        return this.#asked(message.received)
      case 'notice':
        if (this.#end !== undefined) return message.done(overAlready)
        if (message.notice.state === 'terminated') this.#end = 'terminated'
        return this.#tell(message.notice, message.done)
      case 'outcome':
        this.#sending?.done?.(message.outcome)
        this.#sending = undefined
        return this.#next()
      case 'expired':
        return this.#finish('timeout', 'timeout')
      case 'leaving':
        return this.#leave()
      case 'usageEnded':
        return this.#self.stop()
    }
  }

  /** RFC 6665 §4.2.1.4: a refresh, or the end; what has ended already is no more. */
  #asked(received: Received): void {
    const { request } = received
    const { most, least } = this.#arg
    const seconds = Math.min(request.get('Expires') ?? most, most)
    if (this.#end !== undefined || request.method !== 'SUBSCRIBE') return this.#answer(received, 481, {})
    if (isTooBrief(seconds, least)) return this.#answer(received, 423, { 'Min-Expires': least })
    this.#answer(received, 200, { Expires: seconds })
    this.#grant(seconds)
  }

  #answer(received: Received, status: number, headers: HeaderInputs): void {
    const { owner, core } = this.#arg
    const response = createResponse(received.request, status, { headers, lines: [ownContact(core, received)] })
    this.#self.send(owner, { kind: 'answer', response, received })
  }

  /** §4.2.1.2: whoever has got a 2xx is told the state, and with 0 seconds for the last time. */
  #grant(seconds: number): void {
    this.#until = this.#self.now + 1000 * seconds
    if (seconds === 0) this.#end = 'unsubscribed'
    else this.#self.startTimer('expired', 1000 * seconds, { kind: 'expired' })
    const told = { ...this.#latest, body: this.#arg.full?.() ?? this.#latest.body }
    checkNotice(told)
    this.#tell(seconds === 0 ? { ...told, state: 'terminated', reason: 'timeout' } : told)
  }

  /** RFC 6665 §4.4.2: another notifier may go on; with what a REFER has asked for none can. */
  #leave(): void {
    if (!this.#arg.usage.startsWith('refer;')) this.#finish('terminated', 'deactivated')
  }

  #finish(end: WatcherEnd, reason: string): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#tell({ body: '', contentType: undefined, state: 'terminated', reason })
  }

  #tell(notice: Notice, done?: (outcome: Outcome) => void): void {
    if (notice.state !== 'terminated') this.#latest = notice
    // What nobody waits for is out of date: a watcher may refresh without end, and answer nothing.
    const wanted = this.#waiting.at(-1)?.done === undefined ? this.#waiting.slice(0, -1) : this.#waiting
    this.#waiting = [...wanted, { notice, done }]
    this.#next()
  }

  #next(): void {
    const [first, ...others] = this.#waiting
    if (this.#sending !== undefined) return
    if (first !== undefined) {
      this.#waiting = others
      return this.#send(first)
    }
    if (this.#end !== undefined) this.#self.stop()
  }

  #send(waiting: Waiting): void {
    const { usage, owner } = this.#arg
    const { notice } = waiting
    const { body, contentType } = notice
    const left = Math.max(0, Math.round((this.#until - this.#self.now) / 1000))
    const type = body === '' || contentType === undefined ? {} : { 'Content-Type': contentType }
    const headers = { Event: usage, 'Subscription-State': stateText(notice, left), ...type }
    const told = (outcome: Outcome): void => this.#self.send(this.#self.ref, { kind: 'outcome', outcome })
    this.#sending = waiting
    const order = { kind: 'request', method: 'NOTIFY', options: { headers, body }, usage, done: told } as const
    this.#self.send(owner, { kind: 'order', order })
  }
}

/** RFC 6665 §4.2.1.1: an hour is never too brief. */
export function isTooBrief(seconds: number, least: number): boolean {
  return seconds > 0 && seconds < Math.min(least, 3600)
}

/** RFC 4488 §4: whether the sender of a REFER does without being told what becomes of it. */
export function isUnreported(refer: Request): boolean {
  return refer.get('Refer-Sub')?.value.toLowerCase() === 'false'
}
