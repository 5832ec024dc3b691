/** What a core takes, declared once: requests are held against it in the order of §8.2, and answers tell it (§11.2). */

import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'
import { isKnownMethod } from '../syntax/method.js'
import { type Refusal, validateRequest } from '../syntax/validate.js'
import { isMulticast } from '../transport/multicast.js'
import type { Acceptance } from './acceptance.js'
import { type SessionTimer, tooBrief } from './session-interval.js'

/** Each has a value where it is left out; what is given for the stack goes for its cores that do not say otherwise. */
export interface Policy {
  /** Schemes of Request-URIs that are served (§8.2.2.1); sip, sips and tel unless given. */
  readonly schemes?: readonly string[]
  /** Option tags that a request may require (§8.2.2.3); none unless given. */
  readonly supported?: readonly string[]
  /**
   * Types of bodies that are understood (§8.2.3), as `text/plain`, with `*` for any. Unless given, application/sdp in
   * what makes a call and asks about it, and any in all else.
   */
  readonly accept?: readonly string[]
  /** Encodings of bodies that are understood besides identity. */
  readonly acceptEncoding?: readonly string[]
  /** Languages of bodies that are understood, `de` for all of its regions; any unless given. */
  readonly acceptLanguage?: readonly string[]
  /** Octets of a body; a larger one gets 413. As many as come unless given. */
  readonly largestBody?: number
  /** The Server line of answers (§20.35); none unless given. */
  readonly server?: string
  /**
   * When calls end that nobody refreshes (RFC 4028). Unless given that is as callers ask for; `false` knows no such timers.
   * What refreshes a call and does not change it is answered by the stack, where there is no handler for it.
   */
  readonly sessionTimer?: SessionTimer | false
  /** Whether a request that came by two ways is served twice; it gets 482 unless given (§8.2.2.2). */
  readonly takesMerged?: boolean
}

/** Those that `validateRequest` has more to say about than whether their headers can be read. */
const judgedMethods: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'REGISTER'])
/** The schemes that can be read (§19.1, RFC 3966). */
const readSchemes: readonly string[] = ['sip', 'sips', 'tel']

const REQUIRE = 1
const CONTENT = 2
const ROUTE = 4
const ACCEPT = 8
const TIMER = 16
/** The lines that have to be looked into; most requests have none of them. */
const noted: ReadonlyMap<string, number> = new Map([
  ['require', REQUIRE],
  ['content-type', CONTENT],
  ['content-disposition', CONTENT],
  ['content-encoding', CONTENT],
  ['content-language', CONTENT],
  ['route', ROUTE],
  ['record-route', ROUTE],
  ['accept', ACCEPT],
  ['session-expires', TIMER],
])

/** What is known of a request besides itself. */
export interface Circumstances {
  /** It has come by another way before, and that transaction goes on. */
  readonly isMerged: boolean
  readonly isInDialog: boolean
}

/** Why a request whose method is allowed is not served; undefined when it is. */
export function refusalOf(
  request: Request,
  policy: Policy,
  acceptance: Acceptance,
  { isMerged, isInDialog }: Circumstances,
): Refusal | undefined {
  const seen = glance(request)
  return (
    (isInDialog ? findMalformed(request, seen) : findFault(request, policy, seen)) ??
    (isMerged && policy.takesMerged !== true ? { status: 482, reason: 'Loop Detected' } : undefined) ??
    ((seen & REQUIRE) === 0 ? undefined : findExtension(request, policy)) ??
    (request.body === '' ? undefined : acceptance.refusalOf(request)) ??
    ((seen & ACCEPT) === 0 ? undefined : findUnanswerable(request, acceptance)) ??
    ((seen & TIMER) === 0 ? undefined : tooBrief(request, policy.sessionTimer))
  )
}

/** §21.4.7: a call is answered with a session description; OPTIONS need not be (§11.2). */
function findUnanswerable(request: Request, acceptance: Acceptance): Refusal | undefined {
  if (request.method !== 'INVITE' || acceptance.isTakenBy(request)) return undefined
  return { status: 406, reason: 'Not Acceptable' }
}

function glance({ fields }: Request): number {
  let seen = 0
  for (let at = 0; at < fields.length; at++) {
    const header = fields[at]?.header
    if (header !== undefined && header.routing === 0) seen |= noted.get(header.key) ?? 0
  }
  return seen
}

/** §8.2.2.1, and what can be wrong with a request that opens something. */
function findFault(request: Request, { schemes = readSchemes }: Policy, seen: number): Refusal | undefined {
  const { uri, method } = request
  if (!schemes.includes(uri.scheme)) return { status: 416, reason: 'Unsupported URI Scheme' }
  const isPlain = (seen & ~(ACCEPT | TIMER)) === 0 && request.body === '' && uri.headers.length === 0
  return isPlain && !judgedMethods.has(method) ? undefined : validateRequest(request)
}

/** A dialog lives with peers that leave out what is needed only to open one. */
function findMalformed(request: Request, seen: number): Refusal | undefined {
  if ((seen & (REQUIRE | CONTENT)) === 0) return undefined
  const name = ['Require', 'Content-Type', 'Content-Disposition'].find(candidate => request.isMalformed(candidate))
  return name === undefined ? undefined : { status: 400, reason: `Malformed ${name}` }
}

/** §8.2.2.3: CANCEL and ACK never come here. */
function findExtension(request: Request, { supported = [] }: Policy): Refusal | undefined {
  const understood = new Set(supported.map(tag => tag.toLowerCase()))
  const unsupported = request.getAll('Require').filter(tag => !understood.has(tag.toLowerCase()))
  if (unsupported.length === 0) return undefined
  return { status: 420, reason: 'Bad Extension', headers: { Unsupported: unsupported } }
}

/** What is owed when no core takes a request: §21.5.2, §8.2.2.1. */
export function statusForNobody({ method, uri }: Request): number {
  if (!isKnownMethod(method)) return 501
  return uri.isSip ? 404 : 416
}

/** §8.2.4: an extension that a response needs must be one that the client supports; 421 asks for one that it does not. */
export function checkExtensions(request: Request, status: number, headers: HeaderInputs): void {
  const given: unknown = Object.entries(headers).find(([key]) => key.toLowerCase() === 'require')?.[1]
  if (given === undefined || status === 421) return
  const known = new Set([...request.getAll('Supported'), ...request.getAll('Require')].map(tag => tag.toLowerCase()))
  const tags = (Array.isArray(given) ? given : [given]).flatMap(value => String(value).split(','))
  const unknown = tags.map(tag => tag.trim()).find(tag => !known.has(tag.toLowerCase()))
  if (unknown !== undefined) throw new TypeError(`the client does not support ${unknown}: only a 421 may require it`)
}

/** §10.2.6: sent to all registrars of a group; who is none gives no answer. */
export function isForRegistrars({ method, via }: Request): boolean {
  return method === 'REGISTER' && isMulticast(via.maddr ?? '')
}
