/** What a request that could be read may still lack to be served: §8.1.1, §8.2, §16.3, §21.4. */

import type { Address } from './address.js'
import { magicCookie } from './ids.js'
import type { Request, Response } from './message.js'
import { isKnownMethod } from './method.js'

/** Why a request is not served: the status and reason owed, and the headers that say what would do. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly headers?: Readonly<Record<string, readonly string[]>>
}

/** What the element can do; what is left out is not judged. */
export interface Capabilities {
  /** URI schemes served in a Request-URI: §8.2.2.1. */
  readonly schemes?: readonly string[]
  /** Methods served: §8.2.1. */
  readonly methods?: readonly string[]
  /** Option tags understood: §8.2.2.3. */
  readonly extensions?: readonly string[]
  /** `proxy` judges Max-Forwards and Proxy-Require in place of Require: §16.3. */
  readonly role?: 'endpoint' | 'proxy'
}

/** The first reason to refuse, in the order of §8.2 and §16.3; undefined when there is none. */
export function validateRequest(request: Request, can: Capabilities = {}): Refusal | undefined {
  return (
    findMalformed(request) ??
    findScheme(request, can) ??
    (can.role === 'proxy' ? findHops(request) : findMethod(request, can)) ??
    findExtension(request, can) ??
    (can.role === 'proxy' ? undefined : (findContact(request) ?? findRegistration(request) ?? findContent(request)))
  )
}

/** Why a response cannot be used: §18.1.2 and RFC 4475 §3.1.2 drop those without an answer. Undefined when it can. */
export function validateResponse(response: Response): string | undefined {
  if (response.fields.some(field => field.header.key === 'via' && field.isMalformed(response.grammar.limits))) {
    return 'Malformed Via'
  }
  return ['Contact', 'Record-Route', 'Content-Type'].find(name => response.isMalformed(name))?.concat(' Is Malformed')
}

/** Headers that any element has to read; other malformed ones pass: §16.3 item 1. */
const read: ReadonlySet<string> = new Set([
  'via',
  'route',
  'record-route',
  'contact',
  'require',
  'proxy-require',
  'content-type',
  'content-disposition',
])

function findMalformed(request: Request): Refusal | undefined {
  if (request.uri.headers.length > 0 || request.uri.toString().endsWith('?')) {
    return { status: 400, reason: 'Header Fields in Request-URI' } // §19.1.1
  }
  for (const field of request.fields) {
    if (!read.has(field.header.key) || !field.isMalformed(request.grammar.limits)) continue
    return { status: 400, reason: `Malformed ${field.header.name}` }
  }
  return undefined
}

function findScheme(request: Request, can: Capabilities): Refusal | undefined {
  if (can.schemes === undefined || can.schemes.includes(request.uri.scheme)) return undefined
  return { status: 416, reason: 'Unsupported URI Scheme' }
}

/** §8.2.1: 405 for methods that exist and are not allowed here, 501 for those nobody knows (§21.5.2). */
function findMethod(request: Request, can: Capabilities): Refusal | undefined {
  const { method } = request
  if (can.methods === undefined || can.methods.includes(method) || method === 'ACK') return undefined
  const headers = { Allow: can.methods }
  return isKnownMethod(method)
    ? { status: 405, reason: 'Method Not Allowed', headers }
    : { status: 501, reason: 'Not Implemented', headers }
}

/** §16.3 item 3. */
function findHops(request: Request): Refusal | undefined {
  return request.get('Max-Forwards') === 0 ? { status: 483, reason: 'Too Many Hops' } : undefined
}

/** §8.2.2.3: Require is not for ACK and CANCEL. §16.3 item 5. */
function findExtension(request: Request, can: Capabilities): Refusal | undefined {
  if (can.extensions === undefined || request.method === 'ACK' || request.method === 'CANCEL') return undefined
  const understood = new Set(can.extensions.map(tag => tag.toLowerCase()))
  const required = request.getAll(can.role === 'proxy' ? 'Proxy-Require' : 'Require')
  const unsupported = required.filter(tag => !understood.has(tag.toLowerCase()))
  if (unsupported.length === 0) return undefined
  return { status: 420, reason: 'Bad Extension', headers: { Unsupported: unsupported } }
}

const targetMethods = new Set(['INVITE', 'SUBSCRIBE', 'REFER'])

/** §8.1.1.8, §12.1.1: these make dialogs and so have one Contact with a SIP URI, SIPS when they are secure. */
function findContact(request: Request): Refusal | undefined {
  const contacts = request.getAll('Contact')
  if (!targetMethods.has(request.method)) return undefined
  const [contact] = contacts
  // RFC 4475 §3.4.1: a client of RFC 2543, which has no cookie in its branch, needs no Contact.
  if (contact === undefined && request.via.branch?.startsWith(magicCookie) !== true) return undefined
  if (contact === undefined || contacts.length > 1) return { status: 400, reason: 'Not Exactly One Contact' }
  if (!contact.uri.isSip) return { status: 400, reason: 'Contact Is Not a SIP URI' }
  const secure = request.uri.isSecure || request.get('Route')?.uri.isSecure === true
  return secure && !contact.uri.isSecure ? { status: 400, reason: 'Contact Is Not a SIPS URI' } : undefined
}

/** §10.3 items 3 and 6: the address-of-record is a SIP URI; `*` stands alone, with Expires 0. */
function findRegistration(request: Request): Refusal | undefined {
  if (request.method !== 'REGISTER') return undefined
  if (!request.to.uri.isSip) return { status: 400, reason: 'To Is Not a SIP URI' }
  const contacts: readonly Address[] = request.getAll('Contact')
  if (!contacts.some(contact => contact.isWildcard)) return undefined
  if (contacts.length > 1) return { status: 400, reason: 'Contact * Is Not Alone' }
  return request.get('Expires') === 0 ? undefined : { status: 400, reason: 'Contact * Without Expires 0' }
}

/** §20.15: a body has a type. */
function findContent(request: Request): Refusal | undefined {
  return request.body !== '' && !request.has('Content-Type')
    ? { status: 400, reason: 'Missing Content-Type' }
    : undefined
}
