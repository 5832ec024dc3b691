/** Which offer waits for its answer, and which INVITE is under way: RFC 3264 §4 in the six patterns of RFC 6337 §2.1, pure. */

import type { Step } from '../../actor/machine.js'
import { apart } from '../syntax/apart.js'

type Party = 'local' | 'remote'
type OfferMethod = 'INVITE' | 'UPDATE' | 'PRACK'

/** RFC 6337 §2.1: the requests that take part; ACK only ends what INVITE began. */
export function isOfferMethod(method: string): method is OfferMethod {
  return method === 'INVITE' || method === 'UPDATE' || method === 'PRACK'
}

/** What both sides have agreed on, each description as its side gave it; octets as latin1 strings. */
export interface Agreement {
  readonly local: string
  readonly remote: string
  /** Who made the offer, and could describe what it likes. */
  readonly by: Party
  /** What we have described latest: an offer that came to nothing, or what `local` is; its version is the latest (RFC 6337 §5.2.5). */
  readonly latest: string
}

interface Offer {
  readonly by: Party
  /** The transaction that it came in; its own response or, of an INVITE without one, the PRACK or ACK has the answer. */
  readonly method: OfferMethod
  readonly body: string
}

interface Invite {
  readonly by: Party
  /** It is the one that opens the dialog. */
  readonly isOpening: boolean
  /** Its exchange is over: other descriptions in its responses mean nothing (§13.2.1). */
  readonly isDescribed: boolean
  /** A reliable response that described the session waits for its PRACK (RFC 6337 §4.1). */
  readonly isUnpracked: boolean
  /** It has its 2xx, and no ACK yet. */
  readonly isAccepted: boolean
  /** What goes again when it fails. */
  readonly before: Agreement | undefined
}

export interface OfferAnswerState {
  readonly agreement: Agreement | undefined
  /** At most one in a dialog (RFC 3264 §4). */
  readonly offer: Offer | undefined
  readonly invite: Invite | undefined
  /** Whose UPDATEs have no final response. */
  readonly updates: { readonly local: boolean; readonly remote: boolean }
}

/** A request that may have an offer or the answer, or a response to one; `body` is empty where it has none. */
export type OfferAnswerEvent =
  | {
      readonly kind: 'request'
      readonly by: Party
      readonly method: OfferMethod
      readonly body: string
      readonly isOpening?: boolean
    }
  /** `to` says whose request it answers. Unreliable provisional responses are none: what they describe is a preview. */
  | {
      readonly kind: 'response'
      readonly to: Party
      readonly method: OfferMethod
      readonly what: 'reliable' | 'success' | 'failure'
      readonly body: string
    }
  /** Of a 2xx to an INVITE; one that never comes is told like one without a body. */
  | { readonly kind: 'ack'; readonly body: string }

export type OfferAnswerEffect =
  /** A request of the peer may be answered by the application. */
  | { readonly kind: 'serve' }
  /** It is refused; 500 wants a Retry-After (§14.2, RFC 3311 §5.2). */
  | { readonly kind: 'refuse'; readonly status: 491 | 500 }
  | { readonly kind: 'agreed' }
  /** The agreement that stood before our re-INVITE goes again, and the peer is to be offered it once more (RFC 6337 §3.4). */
  | { readonly kind: 'restore' }

type Result = Step<OfferAnswerState, OfferAnswerEffect>
type RequestEvent = Extract<OfferAnswerEvent, { kind: 'request' }>
type ResponseEvent = Extract<OfferAnswerEvent, { kind: 'response' }>

const idle = { agreement: undefined, offer: undefined, invite: undefined, updates: { local: false, remote: false } }
const inviting: OfferAnswerState = { ...idle, invite: begun('local', true, undefined) }
const serve: readonly OfferAnswerEffect[] = [{ kind: 'serve' }]
const agreed: readonly OfferAnswerEffect[] = [{ kind: 'agreed' }]
const restore: readonly OfferAnswerEffect[] = [{ kind: 'restore' }]
const glare: readonly OfferAnswerEffect[] = [{ kind: 'refuse', status: 491 }]
const later: readonly OfferAnswerEffect[] = [{ kind: 'refuse', status: 500 }]

/** `isInviting`: our INVITE has opened the dialog, and has no 2xx yet. */
export function offerAnswerInitial(isInviting: boolean): OfferAnswerState {
  return isInviting ? inviting : idle
}

export function offerAnswer(state: OfferAnswerState, event: OfferAnswerEvent): Result {
  switch (event.kind) {
    case 'request': {
      const refusal = event.by === 'remote' ? refusalOf(state, event) : undefined
      return refusal === undefined ? begin(state, event) : { state, effects: refusal }
    }
    case 'response':
      if (event.method === 'INVITE') return inviteAnswered(state, event)
      if (event.method === 'PRACK') return settle(state, event)
      return settle({ ...state, updates: { ...state.updates, [event.to]: false } }, event)
    case 'ack':
      return acknowledged(state, event.body)
  }
}

/**
 * Whether we may send it now. An INVITE waits until no other is under way in either direction, its ACK included (§14.1);
 * an UPDATE with an offer, until that of the first INVITE has been answered and its PRACK been sent (RFC 3311 §5.1).
 */
export function mayRequest(state: OfferAnswerState, method: 'INVITE' | 'UPDATE', isOffer: boolean): boolean {
  const { offer, invite, updates } = state
  if (updates.local || updates.remote) return false
  if (invite === undefined) return offer === undefined
  if (method === 'INVITE' || !invite.isOpening || invite.isAccepted) return false
  return !isOffer || (invite.isDescribed && !invite.isUnpracked && offer === undefined)
}

/** §14.2, RFC 3311 §5.2, RFC 6337 §4: what crosses a request of ours gets 491, what does not wait for its turn 500. */
function refusalOf(state: OfferAnswerState, { method, body }: RequestEvent): readonly OfferAnswerEffect[] | undefined {
  const { offer, invite, updates } = state
  const isPending = invite !== undefined && !invite.isAccepted
  if (method === 'INVITE') {
    if (updates.local || (isPending && invite.by === 'local')) return glare
    if (updates.remote || isPending) return later
  } else if (method !== 'UPDATE') return undefined
  else if (updates.remote) return later
  // An INVITE without one asks us for an offer, and so does not go with ours that waits for the ACK (RFC 5407 §3.1.5).
  if (body === '' && method === 'UPDATE') return undefined
  if (offer !== undefined) return offer.by === 'local' ? glare : later
  if (!isPending || invite.isDescribed) return undefined
  // RFC 6337 §4.1, figure 5: what the INVITE of the peer has asked us to offer would cross it.
  if (invite.by === 'remote') return later
  return invite.isOpening ? glare : undefined
}

function begun(by: Party, isOpening: boolean, before: Agreement | undefined): Invite {
  return { by, isOpening, isDescribed: false, isUnpracked: false, isAccepted: false, before }
}

function begin(state: OfferAnswerState, event: RequestEvent): Result {
  const { by, method, body } = event
  const effects = by === 'remote' ? serve : []
  const offer = state.offer ?? (body === '' ? undefined : { by, method, body })
  switch (method) {
    case 'INVITE': {
      const invite = begun(by, event.isOpening === true, state.agreement)
      return { state: { ...state, offer, invite }, effects }
    }
    case 'UPDATE':
      return { state: { ...state, offer, updates: { ...state.updates, [by]: true } }, effects }
    case 'PRACK': {
      const { invite } = state
      const told = invite === undefined ? state : { ...state, invite: { ...invite, isUnpracked: false } }
      // Pattern 4: the offer of the reliable response is answered. Else, pattern 5: another offer.
      if (invite === undefined || !isResponseOf(invite, state.offer)) return { state: { ...told, offer }, effects }
      const { state: settled, effects: more } = answered(told, body)
      return { state: settled, effects: [...effects, ...more] }
    }
  }
}

function inviteAnswered(state: OfferAnswerState, { what, to, body }: ResponseEvent): Result {
  const { invite } = state
  if (invite === undefined) return { state, effects: [] }
  if (what === 'failure') return failed(state, invite)
  const isAccepted = what === 'success'
  const isFirst = !invite.isDescribed && (body !== '' || isAccepted)
  const told = {
    ...state,
    invite: {
      ...invite,
      isAccepted,
      isDescribed: invite.isDescribed || isFirst,
      isUnpracked: isFirst,
    },
  }
  if (!isFirst) return { state: told, effects: [] }
  // Patterns 1 and 3; then 2 and 4.
  if (state.offer?.method === 'INVITE') return answered(told, body)
  if (state.offer !== undefined) return { state: told, effects: [] }
  const by = to === 'local' ? 'remote' : 'local'
  return { state: { ...told, offer: body === '' ? undefined : { by, method: 'INVITE', body } }, effects: [] }
}

/** §14.1, RFC 6141 §3.4: as if there had been no re-INVITE, even where descriptions were exchanged meanwhile. */
function failed(state: OfferAnswerState, { by, before }: Invite): Result {
  const over = { ...(state.offer?.method === 'INVITE' ? withoutOffer(state) : state), invite: undefined }
  if (before === state.agreement) return { state: over, effects: [] }
  const agreement = before && { ...before, latest: over.agreement?.latest ?? before.latest }
  return { state: { ...over, agreement }, effects: by === 'local' && agreement !== undefined ? restore : [] }
}

/** The end of an UPDATE or a PRACK, with the answer to what it may have offered (patterns 5 and 6). */
function settle(state: OfferAnswerState, { to, method, what, body }: ResponseEvent): Result {
  if (state.offer?.by !== to || state.offer.method !== method) return { state, effects: [] }
  return what === 'success' ? answered(state, body) : { state: withoutOffer(state), effects: [] }
}

function acknowledged(state: OfferAnswerState, body: string): Result {
  const { invite, offer } = state
  if (invite === undefined || !invite.isAccepted) return { state, effects: [] }
  const over = { ...state, invite: undefined }
  return isResponseOf(invite, offer) ? answered(over, body) : { state: over, effects: [] }
}

/** Whether the offer is that of a response to the INVITE (patterns 2 and 4). */
function isResponseOf(invite: Invite, offer: Offer | undefined): boolean {
  return offer !== undefined && offer.method === 'INVITE' && offer.by !== invite.by
}

/** It came to nothing, and nothing has changed but the version of what we describe. */
function withoutOffer(state: OfferAnswerState): OfferAnswerState {
  const { offer, agreement } = state
  if (offer?.by !== 'local' || agreement === undefined) return { ...state, offer: undefined }
  return { ...state, offer: undefined, agreement: { ...agreement, latest: offer.body } }
}

/** An offer that goes without an answer changes nothing. */
function answered(state: OfferAnswerState, answer: string): Result {
  const { offer } = state
  if (offer === undefined || answer === '') return { state: withoutOffer(state), effects: [] }
  const { by, body } = offer
  // It outlives the message of the peer, and does not hold that.
  const agreement =
    by === 'local'
      ? { local: body, remote: apart(answer), by, latest: body }
      : { local: answer, remote: apart(body), by, latest: answer }
  return { state: { ...state, offer: undefined, agreement }, effects: agreed }
}
