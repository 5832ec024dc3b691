/** Dialog state and what follows from it, pure: §12. */

import type { Address } from '../syntax/address.js'
import { apart } from '../syntax/apart.js'
import { trustedField } from '../syntax/field.js'
import { callId as callIdHeader } from '../syntax/header/routing.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Message, Request, Response } from '../syntax/message.js'
import { createRequest } from '../syntax/request.js'
import type { Uri } from '../syntax/uri.js'
import { type Routed, routed } from './route.js'

export interface Dialog {
  /** What tells it from others, see `dialogId`. */
  readonly id: string
  readonly state: 'early' | 'confirmed' | 'terminated'
  /** Which part we had in the request that opened it: the UAC owns the Call-ID (§14.1). */
  readonly side: 'uac' | 'uas'
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly local: Address
  readonly remote: Address
  /** CSeq number of our latest request; undefined before the first. */
  readonly localSeq: number | undefined
  /** CSeq number of the peer's latest request; undefined before the first. */
  readonly remoteSeq: number | undefined
  readonly remoteTarget: Uri
  readonly routeSet: readonly Address[]
  /** §12.1.1, §12.1.2: it was opened over TLS for a sips URI. */
  readonly isSecure: boolean
}

/** §12: what tells dialogs apart, seen from our side: our own tag first, which is random and chosen by nobody else (§19.3). */
export function dialogId(callId: string, localTag: string, remoteTag: string): string {
  return `${localTag};${callId};${remoteTag}`
}

/** Our tag is random; where an application has all its calls begin with one, those of the peers tell them apart. */
export const dialogIdTelling: { readonly first: number; readonly last: number } = { first: 8, last: 4 }

/** The same, apart from the messages that made it, which would live as long; our half may be out of one that an application forwards. */
export function kept(dialog: Dialog): Dialog {
  const { callId, localTag, remoteTag, local, remote, remoteTarget, routeSet } = dialog
  return {
    ...dialog,
    callId: apart(callId),
    localTag: apart(localTag),
    remoteTag: apart(remoteTag),
    local: local.copy(),
    remote: remote.copy(),
    remoteTarget: remoteTarget.copy(),
    routeSet: routeSet.map(each => each.copy()),
  }
}

/** The id of the dialog that a request from the peer is in; undefined when it has no To tag. */
export function requestDialogId(request: Request): string | undefined {
  const { tag } = request.to
  return tag === undefined ? undefined : dialogId(request.callId, tag, request.from.tag ?? '')
}

/** RFC 6665 §4.4.1: by what a NOTIFY is known that no dialog is for yet: what asked for it has this Call-ID and From tag. */
export function awaitedId(callId: string, localTag: string): string {
  return `${callId};${localTag}`
}

/** The id of the dialog that our response to a request from the peer is in, which has that To tag. */
export function responseDialogId({ callId, from }: Request, tag: string): string {
  return dialogId(callId, tag, from.tag ?? '')
}

/**
 * §12.1.1: the UAS takes the route set in order, and the remote target from the Contact of the request. Clients older than
 * RFC 3261 may send none; then they are where they say that they call from.
 */
export function uasDialog(request: Request, response: Response, isOverTls = false): Dialog {
  const { callId } = request
  const localTag = response.to.tag ?? ''
  const remoteTag = request.from.tag ?? ''
  return {
    id: dialogId(callId, localTag, remoteTag),
    state: stateAfter(response),
    side: 'uas',
    callId,
    localTag,
    remoteTag,
    local: response.to,
    remote: request.from,
    localSeq: undefined,
    remoteSeq: request.cseq.number,
    remoteTarget: contactOf(request) ?? request.from.uri,
    routeSet: request.getAll('Record-Route'),
    isSecure: isOverTls && request.uri.isSecure,
  }
}

/**
 * §12.1.2: the UAC takes the route set in reverse, and the remote target from the Contact of the response. An answer whose
 * Contact is missing or of no use still has to be acknowledged (§13.2.2.4): where the INVITE went.
 */
export function uacDialog(request: Request, response: Response): Dialog {
  const { callId } = request
  const localTag = request.from.tag ?? ''
  const remoteTag = response.to.tag ?? ''
  return {
    id: dialogId(callId, localTag, remoteTag),
    state: stateAfter(response),
    side: 'uac',
    callId,
    localTag,
    remoteTag,
    local: request.from,
    remote: response.to,
    localSeq: request.cseq.number,
    remoteSeq: undefined,
    remoteTarget: securely(contactOf(response) ?? request.uri, request.uri.isSecure),
    routeSet: response.getAll('Record-Route').toReversed(),
    // §26.2.2: what is for a sips URI leaves over TLS or not at all.
    isSecure: request.uri.isSecure,
  }
}

/** RFC 6665 §4.4.1: the dialog of a subscription is made by its first NOTIFY, not by the 2xx to what asked for it. */
export function notifyDialog(notify: Request, asked: Pick<Dialog, 'localSeq' | 'isSecure'>): Dialog {
  const { callId } = notify
  const localTag = notify.to.tag ?? ''
  const remoteTag = notify.from.tag ?? ''
  return {
    id: dialogId(callId, localTag, remoteTag),
    state: 'confirmed',
    side: 'uac',
    callId,
    localTag,
    remoteTag,
    local: notify.to,
    remote: notify.from,
    remoteSeq: undefined,
    remoteTarget: securely(contactOf(notify) ?? notify.from.uri, asked.isSecure),
    routeSet: notify.getAll('Record-Route'),
    ...asked,
  }
}

/** §26.2.2: what began secure does not go on in the open, even where whoever has answered gives a sip URI. */
function securely(target: Uri, isSecure: boolean): Uri {
  return isSecure && target.isSip && !target.isSecure ? target.with({ scheme: 'sips' }) : target
}

function stateAfter(response: Response): 'early' | 'confirmed' {
  return response.isProvisional ? 'early' : 'confirmed'
}

/** §13.2.2.4: the early dialog that a 2xx confirms; route set and target are taken anew, the numbers are not. */
export function confirmed({ localSeq, remoteSeq }: Dialog, dialog: Dialog): Dialog {
  return { ...dialog, localSeq, remoteSeq }
}

/** §12.2.1.2, §12.2.2: the target after a target refresh request, or its 2xx, of the peer. The route set never changes. */
export function refreshed(dialog: Dialog, message: Message): Dialog {
  const target = contactOf(message)
  // §26.2.2: what began secure does not go on in the open.
  if (target === undefined || (dialog.isSecure && !target.isSecure)) return dialog
  return { ...dialog, remoteTarget: target.copy() }
}

/** §12.2, RFC 3311 §5.1, RFC 6665 §4: requests whose Contact is the target from then on. */
export function isTargetRefresh(method: string): boolean {
  return ['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER'].includes(method)
}

function contactOf(message: Message): Uri | undefined {
  const uri = message.get('Contact')?.uri
  return uri?.isSip ? uri : undefined
}

export interface InDialog extends Routed {
  readonly dialog: Dialog
}

export interface InDialogOptions {
  readonly headers?: HeaderInputs | undefined
  /** One character per octet; one that begins with v= is taken for application/sdp. */
  readonly body?: string | undefined
  /** The first CSeq number, for a side that has sent no request yet; for an ACK, the number of its INVITE. */
  readonly seq?: number
}

/**
 * The next request inside a dialog: §12.2.1.1, the only place where one is made. An ACK takes the number of its INVITE
 * and raises nothing (§13.2.2.4). The Via is left to whoever sends it.
 */
export function inDialogRequest(dialog: Dialog, method: string, options: InDialogOptions = {}): InDialog {
  const isAck = method === 'ACK'
  const number = isAck ? (options.seq ?? dialog.localSeq ?? 1) : (dialog.localSeq ?? (options.seq ?? 1) - 1) + 1
  const way = routed(
    createRequest(method, dialog.remoteTarget, {
      from: dialog.local,
      to: dialog.remote,
      callId: trustedField(callIdHeader, dialog.callId),
      cseq: number,
      headers: headersOf(dialog, options),
      body: options.body,
    }),
  )
  const numbered = isAck ? dialog : { ...dialog, localSeq: number }
  return { dialog: numbered, request: way.request, nextHop: way.nextHop }
}

function headersOf({ routeSet }: Dialog, { headers, body }: InDialogOptions): HeaderInputs | undefined {
  const isDescribed = body?.startsWith('v=') === true
  if (routeSet.length === 0 && !isDescribed) return headers
  const route = routeSet.length > 0 ? { Route: routeSet } : {}
  return { ...route, ...(isDescribed ? { 'Content-Type': 'application/sdp' } : {}), ...headers }
}

/** §12.2.2: takes the number of a request from the peer; undefined when it is out of order. */
export function accept(dialog: Dialog, request: Request): Dialog | undefined {
  const { number } = request.cseq
  if (dialog.remoteSeq !== undefined && number < dialog.remoteSeq) return undefined
  return { ...dialog, remoteSeq: number }
}
