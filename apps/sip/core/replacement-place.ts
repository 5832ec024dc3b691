/** Where the dialog is that an INVITE is to take the place of: with the cores of this thread, or on another one (RFC 3891 §3). */

import type { ActorRef, AskResult, Self } from '../../actor/actor.js'
import type { Ended } from './call.js'
import { declineOrder } from './declined-order.js'
import type { Dialog } from './dialog.js'
import type { DialogOrder } from './dialog-order.js'
import { type DialogSnapshot, dialogOf, snapshotOf } from './dialog-snapshot.js'
import type { ReplacementPlace, ReplacementVerdict } from './replacement.js'

/** To the thread that owns the dialog, or to whoever passes it on. */
export type ReplacementMsg =
  | {
      readonly kind: 'replaceable'
      readonly callId: string
      readonly id: string
      readonly isEarlyOnly: boolean
      readonly replyTo: ActorRef<RemoteVerdict>
    }
  /** The new call has been answered. */
  | { readonly kind: 'replaced'; readonly callId: string; readonly id: string }

/** A verdict as it crosses threads. */
export type RemoteVerdict =
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'found'; readonly dialog: DialogSnapshot; readonly state: Dialog['state'] }

/** The thread that owns the dialogs of a Call-ID; undefined where that is this one. */
export type Elsewhere = (callId: string) => ActorRef<ReplacementMsg> | undefined

/** ms for the other thread to say what it knows. */
const PATIENCE = 5000

const elsewhere = { kind: 'transportError', reason: 'the dialog is on another thread' } as const

/** With the cores of this thread. */
export function placeHere(order: (id: string, order: DialogOrder) => void): ReplacementPlace {
  return {
    ask: (id, isEarlyOnly, told) => order(id, { kind: 'replaceable', isEarlyOnly, told }),
    order,
    replaced: id => order(id, { kind: 'replaced' }),
  }
}

/** On another thread, which tells what the dialog is, and ends it; `run` brings the answer into the actor that asks. */
export function placeThere<Msg extends { readonly kind: string }>(
  callId: string,
  owner: ActorRef<ReplacementMsg>,
  self: Pick<Self<Msg>, 'ask' | 'send'>,
  run: (work: () => void) => Msg,
): ReplacementPlace {
  return {
    ask: (id, isEarlyOnly, told) =>
      self.ask(owner, { kind: 'replaceable', callId, id, isEarlyOnly }, PATIENCE, result =>
        run(() => told(read(result))),
      ),
    order: (_id, order) => declineOrder(order, elsewhere),
    replaced: id => self.send(owner, { kind: 'replaced', callId, id }),
  }
}

/** The order for a dialog of this thread, which another one has asked about. */
export function orderOf(message: ReplacementMsg, self: Pick<Self<never>, 'send'>): DialogOrder {
  if (message.kind === 'replaced') return { kind: 'replaced' }
  const { isEarlyOnly, replyTo } = message
  return { kind: 'replaceable', isEarlyOnly, told: verdict => self.send(replyTo, written(verdict)) }
}

function written(verdict: ReplacementVerdict): RemoteVerdict {
  if (typeof verdict === 'number') return { kind: 'refused', status: verdict }
  const { dialog } = verdict
  return { kind: 'found', dialog: snapshotOf(dialog, {}), state: dialog.state }
}

/** Nobody tells from there when it ends: as far as can be seen from here it is lost. */
function read(result: AskResult<RemoteVerdict>): ReplacementVerdict {
  if (result.kind !== 'answered') return 500
  const { value } = result
  if (value.kind === 'refused') return value.status
  const ended: Promise<Ended> = Promise.resolve('lost')
  return { dialog: { ...dialogOf(value.dialog), state: value.state }, ended }
}
