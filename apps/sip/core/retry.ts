/** A request once more, as the refusal of it asks for: §8.1.3.5. */

import { newTag, type Random } from '../syntax/ids.js'
import { covers, type MediaType, mediaType } from '../syntax/media-type.js'
import type { Request, Response } from '../syntax/message.js'
import { createMultipart, leavesOf } from '../syntax/mime.js'
import { parseTel } from '../syntax/tel-uri.js'
import type { Uri } from '../syntax/uri.js'
import { isPrivacyCritical } from './privacy.js'
import { intervalOf, knowsTimer, textOfInterval } from './session-interval.js'

/** A body to send in the place of one that was refused. */
export interface Alternative {
  /** Its Content-Type, as `application/sdp`. */
  readonly type: string
  /** Its octets as a latin1 string. */
  readonly body: string
}

export interface Remedies {
  readonly alternatives: readonly Alternative[]
  /** The offer may come from the callee: an INVITE does without its body. */
  readonly isBodyOptional: boolean
  /** A sips URI may become a sip URI. */
  readonly insecure: boolean
  /** Where a request goes that has no SIP URI; undefined when it has no Route. */
  readonly nextHop: Uri
  readonly random: Random
}

/** Statuses that say what would be accepted instead. */
export const mendable: readonly number[] = [413, 415, 416, 420, 422]

/** The request mended; undefined when there is nothing that could be done better. */
export function mended(request: Request, response: Response, remedies: Remedies): Request | undefined {
  switch (response.status) {
    case 413:
      return smaller(request, response, remedies)
    case 415:
      return ofAcceptedType(request, response, remedies)
    case 416:
      return withSipUri(request, remedies)
    case 420:
      return withoutExtensions(request, response)
    case 422:
      return ofLongerInterval(request, response)
    default:
      return undefined
  }
}

/** A smaller body, or none. One that is refused for some time only (Retry-After) stays as it is. */
function smaller(
  request: Request,
  response: Response,
  { alternatives, isBodyOptional }: Remedies,
): Request | undefined {
  const other = alternatives.find(({ body }) => body.length < request.body.length)
  if (other !== undefined) return withBody(request, mediaType(other.type), other.body)
  if (isBodyOptional && request.body !== '') return withoutBody(request)
  return response.has('Retry-After') ? request : undefined
}

function ofAcceptedType(request: Request, response: Response, remedies: Remedies): Request | undefined {
  const ranges = response.getAll('Accept')
  const isAccepted = (type: MediaType): boolean => ranges.length === 0 || ranges.some(range => covers(range, type))
  const other = remedies.alternatives
    .map(({ type, body }) => ({ type: mediaType(type), body }))
    .find(({ type, body }) => isAccepted(type) && body !== request.body)
  if (other !== undefined) return withBody(request, other.type, other.body)
  return withAcceptedParts(request, isAccepted, remedies.random)
}

/** Of a body of several parts those that are accepted; the last one left needs no wrapping. */
function withAcceptedParts(
  request: Request,
  isAccepted: (type: MediaType) => boolean,
  random: Random,
): Request | undefined {
  const leaves = leavesOf(request) ?? []
  const kept = leaves.filter(({ type }) => type !== undefined && isAccepted(type))
  const [only, ...others] = kept
  if (only?.type === undefined || kept.length === leaves.length) return undefined
  if (others.length === 0) return withBody(request, only.type, only.body)
  const { type, body } = createMultipart('mixed', newTag(random), kept)
  return withBody(request, type, body)
}

/** §8.1.3.5: a SIP URI is understood by all; what was to be secure does not lose that by the way. */
function withSipUri(request: Request, { insecure, nextHop }: Remedies): Request | undefined {
  const { uri } = request
  if (uri.isSecure) return insecure ? request.with({ uri: uri.with({ scheme: 'sip' }) }) : undefined
  const tel = parseTel(uri)
  if (tel === undefined || !nextHop.isSip) return undefined
  // §19.1.6: the whole number with its parameters is the user.
  const port = nextHop.port === undefined ? '' : `:${nextHop.port}`
  return request.with({ uri: `sip:${uri.opaque}@${nextHop.host}${port};user=phone` })
}

function withoutExtensions(request: Request, response: Response): Request | undefined {
  // RFC 3323 §4.2: rather not at all than without the privacy that is asked for.
  if (isPrivacyCritical(request)) return undefined
  const unsupported = response.getAll('Unsupported').map(tag => tag.toLowerCase())
  let mended = request
  for (const name of ['Require', 'Proxy-Require', 'Supported'] as const) {
    const tags = mended.getAll(name)
    const kept = tags.filter(tag => !unsupported.includes(tag.toLowerCase()))
    if (kept.length < tags.length) mended = kept.length === 0 ? mended.remove(name) : mended.set(name, kept)
  }
  return mended === request ? undefined : mended
}

/** RFC 4028 §7.3, §7.4: the largest Min-SE that came for this Call-ID, and an interval that is no less. */
function ofLongerInterval(request: Request, response: Response): Request | undefined {
  const least = response.get('Min-SE')?.seconds
  if (least === undefined || least <= (request.get('Min-SE')?.seconds ?? 0) || !knowsTimer(request)) return undefined
  const asked = intervalOf(request)
  const raised = asked && { 'Session-Expires': textOfInterval({ ...asked, seconds: Math.max(asked.seconds, least) }) }
  return request.with({ headers: { 'Min-SE': `${least}`, ...raised } })
}

function withBody(request: Request, type: MediaType, body: string): Request {
  return withoutBody(request).with({ headers: { 'Content-Type': type }, body })
}

function withoutBody(request: Request): Request {
  const names = ['Content-Type', 'Content-Encoding', 'Content-Disposition', 'Content-Language', 'Content-Length']
  return names.reduce((bare, name) => bare.remove(name), request).with({ body: '' })
}
