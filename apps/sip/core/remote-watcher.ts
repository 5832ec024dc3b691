/** Somebody who watches a core that has its home on another thread: what is told goes to the thread of the notifier (RFC 6665 §4.2). */

import { type ActorRef, type Behavior, nobody, type Receive, type Self } from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'
import { parseMessage } from '../syntax/parse.js'
import { accepting } from './accepting.js'
import { type Outcome, overAlready } from './call.js'
import type { CoresMsg } from './cores.js'
import { responseDialogId } from './dialog.js'
import type { DialogOrder } from './dialog-order.js'
import type { HomeAnswer } from './home.js'
import type { Notice } from './notice.js'
import type { Subscribed, WatcherEnd } from './notifier.js'
import type { AcceptOptions, Watcher } from './watcher.js'

type NoticeOrder = Extract<DialogOrder, { kind: 'notice' }>

/** A subscription that is granted to whoever has asked another thread for it. */
export interface RemoteGrant extends Omit<Subscribed, 'full' | 'ended'> {
  readonly watcher: ActorRef<RemoteWatcherMsg>
}

/** The response as text, since it crosses threads. */
export type RemoteOutcome =
  | { readonly kind: 'answered' | 'rejected'; readonly text: string }
  | Exclude<Outcome, { kind: 'answered' | 'rejected' }>

/** A notice for the notifier of a dialog there; its end is told to the watcher under that number. */
export interface RemoteNotice {
  readonly id: string
  readonly usage: string
  readonly notice: Notice
  readonly number: number
  readonly watcher: ActorRef<RemoteWatcherMsg>
}

export type RemoteWatcherMsg =
  | NoticeOrder
  /** The notifier is there, and is told by way of its cores. */
  | { readonly kind: 'begun'; readonly cores: ActorRef<CoresMsg> }
  | { readonly kind: 'told'; readonly number: number; readonly outcome: RemoteOutcome }
  | { readonly kind: 'ended'; readonly how: WatcherEnd }
  /** Whoever was to make the notifier has ended. */
  | { readonly kind: 'left' }

interface RemoteWatcherArg {
  readonly id: string
  readonly asker: ActorRef<HomeAnswer>
  readonly ended: (how: WatcherEnd) => void
}

/** Where the one is that is told; nobody before there is one. */
interface Place {
  watcher: ActorRef<RemoteWatcherMsg>
}

/** Throws TypeError as `accepting`, and for a `full` that would have to be called from the other thread. */
export function acceptingElsewhere(
  request: Request,
  options: AcceptOptions,
  {
    asker,
    tag,
    self,
    reply,
  }: Pick<RemoteWatcherArg, 'asker'> & {
    readonly tag: string
    readonly self: Pick<Self<never>, 'spawn' | 'send'>
    readonly reply: (status: number, headers: HeaderInputs, granted: RemoteGrant | undefined) => boolean
  },
): Watcher {
  if (options.full !== undefined) {
    throw new TypeError('a core that serves other threads has no full(): load() its module, so that each has one')
  }
  const id = responseDialogId(request, tag)
  const place: Place = { watcher: nobody }
  return accepting(request, options, {
    answer: (status, headers, subscribed) => {
      if (subscribed === undefined) return reply(status, headers, undefined)
      const { full, ended, ...granted } = subscribed
      place.watcher = self.spawn(remoteWatcher, { id, asker, ended })
      return reply(status, headers, { ...granted, watcher: place.watcher })
    },
    notice: noticesTo(place, self),
  })
}

/** Made apart from the request, which it would keep as long as the watcher is there. */
function noticesTo(place: Place, self: Pick<Self<never>, 'send'>): (order: NoticeOrder) => void {
  return order => self.send(place.watcher, order)
}

/** For the notifier, on its own thread. */
export function noticeFrom(
  { usage, notice, number, watcher }: RemoteNotice,
  self: Pick<Self<never>, 'send'>,
): NoticeOrder {
  const done = (outcome: Outcome): void => self.send(watcher, { kind: 'told', number, outcome: written(outcome) })
  return { kind: 'notice', usage, notice, done }
}

const remoteWatcher: Behavior<RemoteWatcherMsg, RemoteWatcherArg> = {
  label: 'remote watcher',
  init(arg, self) {
    return new RemoteWatcher(arg, self).receive
  },
}

class RemoteWatcher {
  readonly #arg: RemoteWatcherArg
  readonly #self: Self<RemoteWatcherMsg>
  /** What is told before the notifier is there. */
  #waiting: readonly NoticeOrder[] = []
  /** In the order in which they were told: few at a time, and mostly the first is over first. */
  readonly #open: { readonly number: number; readonly done: NoticeOrder['done'] }[] = []
  #cores: ActorRef<CoresMsg> | undefined
  #latest = 0
  #end: WatcherEnd = 'lost'

  constructor(arg: RemoteWatcherArg, self: Self<RemoteWatcherMsg>) {
    this.#arg = arg
    this.#self = self
    self.monitor(arg.asker, () => ({ kind: 'left' }))
    self.defer(() => arg.ended(this.#end))
  }

  readonly receive: Receive<RemoteWatcherMsg> = message => {
    switch (message.kind) {
      case 'notice':
        if (this.#cores === undefined) this.#waiting = [...this.#waiting, message]
        else this.#tell(message, this.#cores)
        return
      case 'begun':
        return this.#begun(message.cores)
      case 'told': {
        const at = this.#open.findIndex(({ number }) => number === message.number)
        return at < 0 ? undefined : this.#open.splice(at, 1)[0]?.done?.(read(message.outcome))
      }
      case 'left':
        return this.#cores === undefined ? this.#ended('none') : undefined
      case 'ended':
        return this.#ended(message.how)
    }
  }

  #begun(cores: ActorRef<CoresMsg>): void {
    this.#cores = cores
    this.#self.monitor(cores, () => ({ kind: 'ended', how: 'lost' }))
    for (const order of this.#waiting) this.#tell(order, cores)
    this.#waiting = []
  }

  #tell({ usage, notice, done }: NoticeOrder, cores: ActorRef<CoresMsg>): void {
    const number = ++this.#latest
    this.#open.push({ number, done })
    const { id } = this.#arg
    this.#self.send(cores, { kind: 'remoteNotice', id, usage, notice, number, watcher: this.#self.ref })
  }

  #ended(how: WatcherEnd): void {
    this.#end = how
    this.#self.stop()
  }
}

function written(outcome: Outcome): RemoteOutcome {
  return 'response' in outcome ? { kind: outcome.kind, text: formatMessage(outcome.response) } : outcome
}

function read(outcome: RemoteOutcome): Outcome {
  if (!('text' in outcome)) return outcome
  const parsed = parseMessage(outcome.text)
  const isResponse = parsed.kind === 'ok' && parsed.message.kind === 'response'
  return isResponse ? { kind: outcome.kind, response: parsed.message } : overAlready
}
