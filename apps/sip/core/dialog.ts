/** Dialog state and what follows from it, pure: §12. */

import type { Address } from '../syntax/address.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Message, Request, Response } from '../syntax/message.js'
import { createRequest } from '../syntax/request.js'
import type { Uri } from '../syntax/uri.js'
import { type Routed, routed } from './route.js'

export interface Dialog {
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
}

/** §12: what tells dialogs apart, seen from our side. */
export function dialogId(callId: string, localTag: string, remoteTag: string): string {
  return `${callId};${localTag};${remoteTag}`
}

export function idOf({ callId, localTag, remoteTag }: Dialog): string {
  return dialogId(callId, localTag, remoteTag)
}

/** The id of the dialog that a request from the peer is in; undefined when it has no To tag. */
export function requestDialogId(request: Request): string | undefined {
  const { tag } = request.to
  return tag === undefined ? undefined : dialogId(request.callId, tag, request.from.tag ?? '')
}

/**
 * §12.1.1: the UAS takes the route set in order, and the remote target from the Contact of the request. Clients older than
 * RFC 3261 may send none; then they are where they say that they call from.
 */
export function uasDialog(request: Request, response: Response): Dialog {
  return {
    callId: request.callId,
    localTag: response.to.tag ?? '',
    remoteTag: request.from.tag ?? '',
    local: response.to,
    remote: request.from,
    localSeq: undefined,
    remoteSeq: request.cseq.number,
    remoteTarget: contactOf(request) ?? request.from.uri,
    routeSet: request.getAll('Record-Route'),
  }
}

/**
 * §12.1.2: the UAC takes the route set in reverse, and the remote target from the Contact of the response. An answer whose
 * Contact is missing or of no use still has to be acknowledged (§13.2.2.4): where the INVITE went.
 */
export function uacDialog(request: Request, response: Response): Dialog {
  return {
    callId: request.callId,
    localTag: request.from.tag ?? '',
    remoteTag: response.to.tag ?? '',
    local: request.from,
    remote: response.to,
    localSeq: request.cseq.number,
    remoteSeq: undefined,
    remoteTarget: contactOf(response) ?? request.uri,
    routeSet: response.getAll('Record-Route').toReversed(),
  }
}

function contactOf(message: Message): Uri | undefined {
  const uri = message.get('Contact')?.uri
  return uri?.isSip ? uri : undefined
}

export interface InDialog extends Routed {
  readonly dialog: Dialog
}

export interface InDialogOptions {
  readonly headers?: HeaderInputs
  readonly body?: string
  /** The first CSeq number, for a side that has sent no request yet. */
  readonly firstSeq?: number
}

/**
 * The next request inside a dialog: §12.2.1.1, the only place where one is made. An ACK takes the number of the INVITE
 * and raises nothing (§13.2.2.4). The Via is left to whoever sends it.
 */
export function inDialogRequest(dialog: Dialog, method: string, options: InDialogOptions = {}): InDialog {
  const number = method === 'ACK' ? (dialog.localSeq ?? 1) : (dialog.localSeq ?? (options.firstSeq ?? 1) - 1) + 1
  const route = dialog.routeSet.length > 0 ? { Route: dialog.routeSet } : {}
  const request = createRequest(method, dialog.remoteTarget, {
    from: dialog.local,
    to: dialog.remote,
    callId: dialog.callId,
    cseq: number,
    headers: { ...route, ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  })
  return { dialog: method === 'ACK' ? dialog : { ...dialog, localSeq: number }, ...routed(request) }
}

/** §12.2.2: takes the number of a request from the peer; undefined when it is out of order. */
export function accept(dialog: Dialog, request: Request): Dialog | undefined {
  const { number } = request.cseq
  if (dialog.remoteSeq !== undefined && number < dialog.remoteSeq) return undefined
  return { ...dialog, remoteSeq: number }
}
