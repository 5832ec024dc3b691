/** Transaction keys: §17.1.3 for responses, §17.2.3 for requests. */

import { magicCookie } from '../syntax/ids.js'

/** What matching reads of the top Via; both parts of sent-by and the branch compare without case. */
export interface MatchedVia {
  readonly transport: string
  readonly host: string
  readonly port?: number | undefined
  readonly branch?: string | undefined
}

export interface MatchedRequest {
  readonly method: string
  readonly via: MatchedVia
  readonly uri: { toString(): string }
  readonly callId: string
  readonly cseq: { readonly number: number; readonly method: string }
  readonly from: { readonly tag?: string | undefined }
  readonly to: { readonly tag?: string | undefined }
}

const cookie = 'z9hg4bk'
const CANCEL = ';CANCEL'

/** True if the branch identifies the transaction by itself: the magic cookie of §8.1.1.7, and more (RFC 4475 §3.2.1). */
export function hasCookie({ branch = '' }: MatchedVia): boolean {
  return isUnique(branch.toLowerCase())
}

function isUnique(branch: string): boolean {
  return branch.length > cookie.length && branch.startsWith(cookie)
}

/**
 * Key of the client transaction that sent a request with this branch and method: the branch alone, which no second one has,
 * but that a CANCEL has the branch of its INVITE. Its case does not count; most are as we have written them, and stay as
 * they are. Server keys have a blank in them: whatever a peer puts into a branch, the two sides never meet.
 */
export function clientKey(branch: string, method: string): string {
  const key = isAsWritten(branch) ? branch : branch.toLowerCase().replace(cookie, magicCookie)
  return method === 'CANCEL' ? `${key}${CANCEL}` : key
}

/** Where a client key of ours is random: 40 bits of it, behind the magic cookie (§8.1.1.7), are enough for a hash. */
export const clientKeyTelling: { readonly from: number; readonly to: number } = { from: 7, to: 15 }

/** The key of a client transaction as people read it. */
export function showKey(key: string, method: string): string {
  return `${key.endsWith(CANCEL) ? key.slice(0, -CANCEL.length) : key} ${method}`
}

/** The magic cookie, and no capitals behind it. */
function isAsWritten(branch: string): boolean {
  if (!branch.startsWith(magicCookie)) return false
  for (let at = magicCookie.length; at < branch.length; at++) {
    const code = branch.charCodeAt(at)
    if (code >= 65 && code <= 90) return false
  }
  return true
}

/**
 * Key of the server transaction of a request. An ACK has the key of its INVITE; for the transaction that a CANCEL
 * cancels pass `'INVITE'` as method.
 */
export function serverKey(request: MatchedRequest, method: string = request.method): string {
  const { via } = request
  const branch = via.branch?.toLowerCase() ?? ''
  const created = method === 'ACK' ? 'INVITE' : method
  if (!isUnique(branch)) return legacyKey(request, branch, created)
  return `${branch} ${via.host.toLowerCase()}:${via.port ?? ''} ${created}`
}

/**
 * The RFC 2543 form. An INVITE and its ACK differ in their To tag, so the key leaves it out for these two, and whoever
 * takes an ACK by this key compares its To tag with that of the response sent.
 */
function legacyKey(request: MatchedRequest, branch: string, method: string): string {
  const { via } = request
  const to = method === 'INVITE' ? '' : (request.to.tag ?? '')
  const sentBy = `${via.transport} ${via.host.toLowerCase()}:${via.port ?? ''}`
  return `${request.uri} ${to} ${request.from.tag ?? ''} ${request.callId} ${request.cseq.number} ${sentBy};${branch} ${method}`
}
