/** A call as plain data, which outlives its stack: written as JSON here, it goes on on another stack (§12). */

import { type Address, parseAddress } from '../syntax/address.js'
import { Cursor } from '../syntax/cursor.js'
import { formField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import { callId as callIdHeader } from '../syntax/header/routing.js'
import { toUri } from '../syntax/uri.js'
import { type Dialog, dialogId, inDialogRequest } from './dialog.js'
import type { Agreement } from './offer-answer.js'
import type { SessionTimerState } from './session-timer.js'

/** What a session brings along. */
export interface SessionSnapshot {
  /** The session descriptions in force. */
  readonly agreement?: Agreement
  /** RFC 4028: when it is refreshed, and by whom. */
  readonly timer?: SessionTimerState
}

/** A dialog with its session. Addresses and URIs are as in messages; numbers that there are none of yet are left out. */
export interface DialogSnapshot extends SessionSnapshot {
  readonly version: 1
  readonly side: Dialog['side']
  readonly callId: string
  /** With their tags. */
  readonly local: string
  readonly remote: string
  readonly localSeq?: number
  readonly remoteSeq?: number
  readonly remoteTarget: string
  readonly routeSet: readonly string[]
  readonly isSecure: boolean
}

export function snapshotOf(dialog: Dialog, session: SessionSnapshot): DialogSnapshot {
  const { side, callId, localSeq, remoteSeq, isSecure } = dialog
  return {
    ...{ version: 1, side, callId, isSecure, ...session },
    ...(localSeq === undefined ? {} : { localSeq }),
    ...(remoteSeq === undefined ? {} : { remoteSeq }),
    local: String(dialog.local),
    remote: String(dialog.remote),
    remoteTarget: String(dialog.remoteTarget),
    routeSet: dialog.routeSet.map(String),
  }
}

/** Throws TypeError for what is no snapshot, or none of this version. */
export function dialogOf(snapshot: DialogSnapshot): Dialog {
  const { version, side, callId, localSeq, remoteSeq, isSecure, routeSet } = snapshot
  if (version !== 1) throw new TypeError(`not a snapshot of a dialog of version 1: ${JSON.stringify(version)}`)
  if (side !== 'uac' && side !== 'uas') throw new TypeError(`a snapshot has the side uac or uas, not ${side}`)
  if (typeof callId !== 'string' || !Array.isArray(routeSet))
    throw new TypeError('a snapshot has a callId and a routeSet')
  const [local, remote] = [addressOf(snapshot.local), addressOf(snapshot.remote)]
  if (typeof snapshot.remoteTarget !== 'string') throw new TypeError('a snapshot has a remoteTarget')
  const { tag: localTag = '' } = local
  const { tag: remoteTag = '' } = remote
  const dialog: Dialog = {
    id: dialogId(callId, localTag, remoteTag),
    ...{ state: 'confirmed', side, callId, localTag, remoteTag, local, remote, isSecure: isSecure === true },
    localSeq: numberOf(localSeq),
    remoteSeq: numberOf(remoteSeq),
    remoteTarget: toUri(snapshot.remoteTarget),
    routeSet: routeSet.map(addressOf),
  }
  // What its first request cannot be written with is of no use.
  formField(callIdHeader, callId, standardGrammar.limits)
  inDialogRequest(dialog, 'OPTIONS')
  return dialog
}

/** Throws TypeError as `dialogOf`. */
export function sessionOf({ agreement, timer }: DialogSnapshot): SessionSnapshot {
  if (agreement !== undefined && !isAgreement(agreement)) throw new TypeError('not session descriptions of a snapshot')
  if (timer !== undefined && !isTimer(timer)) throw new TypeError('not a session timer of a snapshot')
  return { ...(agreement === undefined ? {} : { agreement }), ...(timer === undefined ? {} : { timer }) }
}

function isAgreement({ local, remote, latest, by }: Agreement): boolean {
  return [local, remote, latest].every(text => typeof text === 'string') && (by === 'local' || by === 'remote')
}

function isTimer({ interval, isRefresher, isRefused, peer }: SessionTimerState): boolean {
  const { knowsTimer, takesUpdate, least } = peer
  const isSure = [isRefresher, isRefused, knowsTimer, takesUpdate].every(each => typeof each === 'boolean')
  return (
    isSure && [interval, least].every(each => Number.isInteger(each) && Number(each) >= 0 && Number(each) < 2 ** 32)
  )
}

/** As it stands in a From or To, where parameters are the header's. */
function addressOf(text: string): Address {
  const address = typeof text === 'string' ? parseAddress(new Cursor(text)) : undefined
  if (address === undefined) throw new TypeError(`not an address: ${JSON.stringify(text)}`)
  return address
}

function numberOf(seq: number | undefined): number | undefined {
  if (seq === undefined || (Number.isInteger(seq) && seq >= 0 && seq < 2 ** 32)) return seq
  throw new TypeError(`not a CSeq number: ${seq}`)
}
