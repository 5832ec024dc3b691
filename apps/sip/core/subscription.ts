/** Somebody who stays subscribed to a resource: RFC 6665 §4.1. */

import type { ActorRef, Kernel } from '../../actor/actor.js'
import type { Outcome } from './call.js'
import type { Dialog } from './dialog.js'
import { Happenings } from './happenings.js'
import { Kept } from './kept.js'
import type { Notification } from './notification.js'
import {
  type SubscriberArg,
  type SubscriberMsg,
  type SubscriptionEnd,
  type SubscriptionEvent,
  subscriber,
} from './subscriber.js'

export interface SubscriptionOptions {
  /** The event package, with its parameters where it has some: `presence`, `dialog;id=7`. */
  readonly event: string
  /** Media types that are understood in notifications; what the package says unless given (RFC 6665 §3.1.3). */
  readonly accept?: readonly string[]
  /** Seconds to ask for: 3600 unless given. With 0 the state is told once, and the subscription is over (§4.4.3). */
  readonly expires?: number
  /**
   * What becomes of further branches of a fork that notify us (§4.4.1): they get 481, and so end, unless given; with `all` they
   * are among the `forks` of the subscription.
   */
  readonly forks?: 'all'
  /** Whether it is opened anew when it is lost, or ended in a way that lets it come again (§4.1.3); true unless given. */
  readonly retry?: boolean
  /** Unsubscribes when it aborts. */
  readonly signal?: AbortSignal
}

/** How a subscription stands: not yet notified, by its latest notification, lost and to be tried again, over. */
export type SubscriptionState = 'trying' | 'pending' | 'active' | 'failing' | 'over'

/** What all subscribers that an application makes are made of. */
export type Subscribing = Omit<SubscriberArg, 'begun' | 'fork' | 'notified' | 'tell' | 'end'> & {
  readonly kernel: Kernel
  readonly keepsForks: boolean
}

/** A subscription that is kept until `unsubscribe`; an iterator of its notifications, for one reader, the latest 100 wait. */
export class Subscription implements AsyncIterable<Notification> {
  /** What became of it, for one reader; the latest 100 wait. It ends with the subscription. */
  readonly events: AsyncIterable<SubscriptionEvent>
  /** Settles once and never rejects. */
  readonly closed: Promise<SubscriptionEnd>
  /** With `forks: 'all'`, one for each further branch; those are not opened anew when they end. For one reader. */
  readonly forks: AsyncIterable<Subscription>
  readonly #kept: Kept<SubscriptionEvent, SubscriptionEnd>
  readonly #notifications = new Happenings<Notification>()
  #latest: Notification | undefined
  #ref: ActorRef<SubscriberMsg> | undefined

  constructor({ kernel, keepsForks, ...arg }: Subscribing, begun?: Dialog) {
    const forks = new Happenings<Subscription>()
    const fork = (dialog: Dialog): ActorRef<SubscriberMsg> | undefined => {
      const other = new Subscription({ kernel, keepsForks: false, ...arg }, dialog)
      forks.push(other)
      return other.#ref
    }
    this.#kept = new Kept(kernel, ({ tell, end }) => {
      const ref = kernel.spawn(subscriber, {
        ...arg,
        begun,
        fork: keepsForks ? fork : undefined,
        notified: notification => {
          this.#latest = notification
          this.#notifications.push(notification)
        },
        tell: event => {
          if (event.kind !== 'kept') this.#latest = undefined
          tell(event)
        },
        end: how => {
          this.#notifications.end()
          forks.end()
          end(how)
        },
      })
      this.#ref = ref
      return ref
    })
    this.forks = forks
    this.events = this.#kept.events
    this.closed = this.#kept.closed
    if (begun === undefined) void this.#kept.want(arg.expires === 0 ? 'remove' : 'create')
  }

  get state(): SubscriptionState {
    const { state } = this.#kept
    if (state === 'over' || state === 'failing') return state
    switch (this.#latest?.state) {
      case undefined:
      case 'terminated':
        return 'trying'
      case 'pending':
        return 'pending'
      default:
        return 'active'
    }
  }

  /** What the notifier has said last; undefined before, and while the subscription is lost. */
  get latest(): Notification | undefined {
    return this.#latest
  }

  [Symbol.asyncIterator](): AsyncIterator<Notification> {
    return this.#notifications[Symbol.asyncIterator]()
  }

  /** Asks for the state now, and settles with the answer; the notification follows. */
  refresh(): Promise<Outcome> {
    return this.#kept.want('refresh')
  }

  /** Ends it, and settles with the answer; a last notification may follow (§4.1.2.3). */
  unsubscribe(): Promise<Outcome> {
    return this.#kept.want('remove')
  }
}
