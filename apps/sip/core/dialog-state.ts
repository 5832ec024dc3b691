/** Dialogs as people look at them, and what they are told of: that one began, has changed, is over. */

import type { ActorRef } from '../../actor/actor.js'
import type { Dialog } from './dialog.js'

export interface DialogAnswer {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly state: Dialog['state']
  /** Our part in the request that opened it. */
  readonly role: Dialog['side']
  /** The URI that our requests are for. */
  readonly remoteTarget: string
  /** `invite`, `refer` and `subscribe:` with an event package (RFC 5057 §4). */
  readonly usages: readonly string[]
  /** Numbers of the latest requests; undefined before the first. */
  readonly localSeq: number | undefined
  readonly remoteSeq: number | undefined
  /** ms since it began. */
  readonly since: number
  /** It was opened over TLS for a sips URI. */
  readonly isSecure: boolean
}

/** To the owner of a dialog. */
export interface DialogQuestion {
  readonly kind: 'state'
  readonly replyTo: ActorRef<DialogAnswer>
}

/** `changed`: its state, its remote target or its usages. */
export interface DialogHappening {
  readonly kind: 'created' | 'changed' | 'terminated'
  readonly dialog: DialogAnswer
}

/** Whoever wants to hear of the dialogs of a thread; nothing is made for nobody. */
export interface DialogWatch {
  tell: ((happening: DialogHappening) => void) | undefined
}

export function dialogAnswer(
  { callId, localTag, remoteTag, state, side, remoteTarget, localSeq, remoteSeq, isSecure }: Dialog,
  usages: readonly string[],
  since: number,
): DialogAnswer {
  return {
    ...{ callId, localTag, remoteTag, state, role: side, remoteTarget: remoteTarget.toString() },
    ...{ usages, localSeq, remoteSeq, since, isSecure },
  }
}

/** The name of a usage other than the session. RFC 3515 §2.4.4: that of a REFER is a subscription that nobody asked for. */
export function usageText(name: string): string {
  return name === 'refer' || name.startsWith('refer;') ? name : `subscribe:${name}`
}
