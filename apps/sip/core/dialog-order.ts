/** What applications and usages ask of the owner of a dialog, and what usages hear from it: RFC 5057 §4. */

import type { ActorRef } from '../../actor/actor.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request, Response } from '../syntax/message.js'
import type { Ended, Outcome } from './call.js'
import type { Change } from './changes.js'
import type { DialogMsg } from './dialog-owner.js'
import type { Happenings } from './happenings.js'
import type { AnswerOffer } from './inviter.js'
import type { Notice } from './notice.js'
import type { ReferralUser } from './referrer.js'
import type { Received } from './server.js'

export interface DialogRequestOptions {
  readonly headers?: HeaderInputs
  /** Octets as a latin1 string. One that begins with v= is taken for application/sdp. */
  readonly body?: string
}

export interface ReinviteOptions extends DialogRequestOptions {
  /**
   * Makes the answer to the offer of the peer, for a re-INVITE without a body (§14.2); it goes into the ACK. Octets as latin1
   * strings. When it throws or rejects, the offer is refused and the call ended.
   */
  readonly answer?: AnswerOffer
}

export type DialogOrder =
  /** The next request; `usage` is the one that it is of, the session unless given. */
  | {
      readonly kind: 'request'
      readonly method: string
      readonly options: DialogRequestOptions
      readonly usage?: string
      readonly done: (outcome: Outcome) => void
    }
  /** A re-INVITE or an UPDATE, as soon as nothing is under way that forbids it (§14.1, RFC 3311 §5.1). */
  | { readonly kind: 'change'; readonly change: Change }
  /** A re-INVITE that stops what the other side sends, or wants it again (RFC 3264 §8.4). */
  | { readonly kind: 'hold'; readonly isHeld: boolean; readonly done: (outcome: Outcome) => void }
  /** Whether the other side holds us, each time that changes, to the end of the session. */
  | { readonly kind: 'watchHolds'; readonly told: Happenings<boolean> }
  | { readonly kind: 'bye'; readonly options: DialogRequestOptions; readonly done: (outcome: Outcome) => void }
  /** `ended` is called once, when the session has ended. */
  | { readonly kind: 'watch'; readonly ended: (by: Ended) => void }
  /** Adds a usage besides the session, to be told of the requests that are its own; the dialog lasts as long as it does. */
  | { readonly kind: 'attach'; readonly usage: string; readonly user: ActorRef<UsageMsg> }
  /** Something to tell, for the notifier that has that usage. */
  | {
      readonly kind: 'notice'
      readonly usage: string
      readonly notice: Notice
      readonly done: (outcome: Outcome) => void
    }
  /** A REFER (RFC 3515), which has a subscription of its own. */
  | { readonly kind: 'refer'; readonly headers: HeaderInputs; readonly user: ReferralUser }
  /** The user leaves, and is not told. */
  | { readonly kind: 'detach'; readonly user: ActorRef<UsageMsg> }
  /** A reliable response to our INVITE; `answer` is what its PRACK or ACK says to an offer in it, else empty. */
  | { readonly kind: 'agree'; readonly invite: Request; readonly response: Response; readonly answer: string }
  /** No 2xx comes any more that would confirm it (§12.3). */
  | { readonly kind: 'abandon' }

/** To the user of an attached usage. */
export type UsageMsg =
  | { readonly kind: 'notice'; readonly notice: Notice; readonly done: (outcome: Outcome) => void }
  /** To be answered by an `answer` to the owner. */
  | { readonly kind: 'inDialog'; readonly received: Received; readonly owner: ActorRef<DialogMsg> }
  /** The usage is over, since that dialog is, or since a request of it failed. */
  | { readonly kind: 'usageEnded'; readonly dialog: string }

/** RFC 6665 §4.4.1: the subscriptions of a dialog are told apart by event package and id. */
export function usageOf(request: Request): string | undefined {
  if (request.method !== 'NOTIFY' && request.method !== 'SUBSCRIBE') return undefined
  const event = request.get('Event')
  return event && subscriptionUsage(event.value, event.params.get('id'))
}

function subscriptionUsage(eventPackage: string, id?: string): string {
  return id === undefined ? eventPackage : `${eventPackage};id=${id}`
}
