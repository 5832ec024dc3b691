/** What the owner of a dialog is told, what applications and usages ask of it, and what usages hear: RFC 5057 §4. */

import type { ActorRef } from '../../actor/actor.js'
import { isToken } from '../syntax/char-class.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request, Response } from '../syntax/message.js'
import type { ServerOrder, ServerReport } from '../transaction/transaction-user.js'
import type { AnswerOffer } from './asked-answer.js'
import type { Ended, Outcome } from './call.js'
import type { Change } from './changes.js'
import type { Dialog } from './dialog.js'
import type { DialogSnapshot } from './dialog-snapshot.js'
import type { DialogQuestion } from './dialog-state.js'
import type { Happenings } from './happenings.js'
import type { Notice } from './notice.js'
import type { Subscribed } from './notifier.js'
import type { ReferralUser } from './referrer.js'
import type { ReplacementVerdict } from './replacement.js'
import type { Received } from './server.js'

export interface DialogRequestOptions {
  readonly headers?: HeaderInputs
  /** Octets as a latin1 string. One that begins with v= is taken for application/sdp. */
  readonly body?: string
}

export interface ReinviteOptions extends DialogRequestOptions {
  /**
   * Makes the answer to the offer of the peer, for a re-INVITE without a body (§14.2); it goes into the ACK. Octets as latin1
   * strings. When it throws or rejects, the offer is refused and the call ended. Unless given, what we have described answers.
   */
  readonly answer?: AnswerOffer
  /** Gives the re-INVITE up: by CANCEL, once the peer has said anything at all (§9.1); what is not sent yet stays here. */
  readonly signal?: AbortSignal
}

export type DialogOrder =
  /** The next request; `usage` is the one that it is of, the session unless given. A PRACK goes where the response says. */
  | {
      readonly kind: 'request'
      readonly method: string
      readonly acknowledged?: Response
      readonly options: DialogRequestOptions
      readonly usage?: string
      readonly done: (outcome: Outcome) => void
    }
  /** A re-INVITE or an UPDATE, as soon as nothing is under way that forbids it (§14.1, RFC 3311 §5.1). */
  | { readonly kind: 'change'; readonly change: Change }
  /** The signal of that one is aborted. */
  | { readonly kind: 'giveUp'; readonly change: Change }
  /** A re-INVITE ended without an answer, though the peer has it: another one, which changes nothing (RFC 6141 §5.5). */
  | { readonly kind: 'resync' }
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
  /** The stack is to end: subscriptions do, calls go on. */
  | { readonly kind: 'drain' }
  /** The user leaves, and is not told. */
  | { readonly kind: 'detach'; readonly user: ActorRef<UsageMsg> }
  /** A reliable response to our INVITE; `answer` is what its PRACK or ACK says to an offer in it, else empty. */
  | { readonly kind: 'agree'; readonly invite: Request; readonly response: Response; readonly answer: string }
  /** Whether it can be replaced (RFC 3891), and that it has been. */
  | {
      readonly kind: 'replaceable'
      readonly isEarlyOnly: boolean
      readonly told: (verdict: ReplacementVerdict) => void
    }
  | { readonly kind: 'replaced' }
  /** Told what it is at the moment; undefined of one that no 2xx has confirmed, or that is over. */
  | { readonly kind: 'snapshot'; readonly told: (snapshot: DialogSnapshot | undefined) => void }
  /** A CANCEL has come for that INVITE, which has been answered, but perhaps by what waits for a PRACK. */
  | { readonly kind: 'cancelled'; readonly invite: ActorRef<ServerOrder> }
  /** No 2xx comes any more that would confirm it (§12.3). */
  | { readonly kind: 'abandon' }

/** Who wants to know of a request how it ends, and each number that it gets. */
export interface RequestUser {
  readonly done?: ((outcome: Outcome) => void) | undefined
  readonly numbered?: (seq: number) => void
}

/** To the owner of a dialog. */
export type DialogMsg =
  | ServerReport
  | DialogQuestion
  | { readonly kind: 'request'; readonly received: Received }
  | { readonly kind: 'ack'; readonly received: Pick<Received, 'request' | 'source'> }
  /** A response of ours to what came in inside the dialog, or to the INVITE that opened it: all of them go out by here. */
  | {
      readonly kind: 'answer'
      readonly response: Response
      readonly received: Received
      /** The subscription that it grants. */
      readonly subscribed?: Subscribed | undefined
    }
  /** A 2xx for the INVITE of ours whose provisional response opened the dialog; it as that 2xx would have made it. */
  | { readonly kind: 'confirm'; readonly dialog: Dialog; readonly orders: readonly DialogOrder[] }
  | { readonly kind: 'order'; readonly order: DialogOrder }
  /** How a request of ours ended; `answer` is what the ACK of a re-INVITE said to the offer of its 2xx. */
  | {
      readonly kind: 'outcome'
      readonly request: Request
      readonly usage: string
      readonly outcome: Outcome
      readonly answer: string | undefined
    }
  /** The time to rest after a 491 is over (§14.1). */
  | { readonly kind: 'rested' }
  | { readonly kind: 'repeat'; readonly interval: number }
  | { readonly kind: 'unacknowledged' }
  /** The same for a provisional response of ours that waits for its PRACK. */
  | { readonly kind: 'repeatReliable'; readonly interval: number }
  | { readonly kind: 'unpracked' }
  | { readonly kind: 'sessionTimer'; readonly timer: 'refresh' | 'expiry' }
  /** The cores have forgotten it: nothing comes any more. */
  | { readonly kind: 'leave' }

/** To the user of an attached usage. */
export type UsageMsg =
  | { readonly kind: 'notice'; readonly notice: Notice; readonly done: (outcome: Outcome) => void }
  /** To be answered by an `answer` to the owner. */
  | { readonly kind: 'inDialog'; readonly received: Received; readonly owner: ActorRef<DialogMsg> }
  /** The stack is to end. */
  | { readonly kind: 'leaving' }
  /** The usage is over, since that dialog is, or since a request of it failed. */
  | { readonly kind: 'usageEnded'; readonly dialog: string }

/** RFC 6665 §4.4.1: the subscriptions of a dialog are told apart by event package and id. */
export function usageOf(request: Request): string | undefined {
  if (request.method !== 'NOTIFY' && request.method !== 'SUBSCRIBE') return undefined
  const event = request.get('Event')
  const id = event?.params.get('id')
  if (event === undefined || id === undefined) return event?.value
  return isToken(id) ? `${event.value};id=${id}` : undefined
}
