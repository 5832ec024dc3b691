/** URIs as values: sip and sips of §19.1, and any other scheme kept as it is. */

import { DIGIT, HNV, HOST, isOf, spanOf, TOKEN, USER, USER_LOOSE } from './char-class.js'
import { Cursor } from './cursor.js'
import { decodeEscapes, encodeEscapes, isEscape, spanEscaped } from './escape.js'
import { checkHost, checkPort, formatHost, hostOf, portOf, spanHost } from './host.js'
import { defaultLimits, type Limits } from './limits.js'
import { noUriParams, type Params, type ParamValues, parseUriParams, uriParams } from './params.js'

const QUOTE = 34
const PERCENT = 37
const AMPERSAND = 38
const COLON = 58
const LESS = 60
const EQUAL = 61
const GREATER = 62
const QUESTION = 63
const AT = 64

/** The raw pieces of a URI; escapes are kept. */
interface Parts {
  readonly scheme: string
  readonly user: string | undefined
  readonly password: string | undefined
  readonly host: string
  readonly port: number | undefined
  readonly params: Params
  readonly headers: string
  /** All after the scheme, for schemes other than sip and sips. */
  readonly opaque: string
}

/** What `createUri` and `Uri.with` take: decoded text, escaped as needed on the way out. */
export interface UriParts {
  readonly scheme?: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** A name or an address, with or without the brackets of IPv6. */
  readonly host?: string
  readonly port?: number | undefined
  readonly params?: ParamValues | Params
  readonly headers?: Readonly<Record<string, string>>
}

export class Uri {
  private readonly parts: Parts
  private written: string | undefined

  constructor(parts: Parts, written?: string) {
    this.parts = parts
    this.written = written
  }

  /** Lower case, without the colon. */
  get scheme(): string {
    return this.parts.scheme
  }

  /** True for sip and sips. */
  get isSip(): boolean {
    return this.parts.scheme === 'sip' || this.parts.scheme === 'sips'
  }

  get isSecure(): boolean {
    return this.parts.scheme === 'sips'
  }

  /** The user part with its escapes decoded; undefined when there is no `@`. */
  get user(): string | undefined {
    const { user } = this.parts
    return user === undefined ? undefined : decodeEscapes(user)
  }

  get password(): string | undefined {
    const { password } = this.parts
    return password === undefined ? undefined : decodeEscapes(password)
  }

  /** The user part as written, escapes and all. */
  get rawUser(): string | undefined {
    return this.parts.user
  }

  get rawPassword(): string | undefined {
    return this.parts.password
  }

  /** A name or address, IPv6 without brackets, case as written; empty for schemes without a host. */
  get host(): string {
    return this.parts.host
  }

  get port(): number | undefined {
    return this.parts.port
  }

  get params(): Params {
    return this.parts.params
  }

  /** Name and value of the headers after `?`, decoded: §19.1.5. */
  get headers(): readonly (readonly [name: string, value: string])[] {
    if (this.parts.headers === '') return []
    return this.parts.headers.split('&').map(header => {
      const [name = '', ...value] = header.split('=')
      return [decodeEscapes(name), decodeEscapes(value.join('='))] as const
    })
  }

  /** What follows the scheme of a URI that is neither sip nor sips; empty for those. */
  get opaque(): string {
    return this.parts.opaque
  }

  /** A loose router (§19.1.1) has `lr`, whatever its value. */
  get isLooseRouter(): boolean {
    return this.parts.params.has('lr')
  }

  /** A sip or sips URI with some parts replaced. Throws TypeError for illegal parts and for other schemes. */
  with(changes: UriParts): Uri {
    if (!this.isSip) throw new TypeError(`cannot change parts of a ${this.scheme} URI`)
    const { parts } = this
    return new Uri({
      scheme: changes.scheme === undefined ? parts.scheme : sipScheme(changes.scheme),
      user: 'user' in changes ? writeUser(changes.user) : parts.user,
      password: 'password' in changes ? writeUser(changes.password) : parts.password,
      host: changes.host === undefined ? parts.host : checkHost(changes.host),
      port: 'port' in changes ? checkPort(changes.port) : parts.port,
      params: changes.params === undefined ? parts.params : uriParams(changes.params),
      headers: changes.headers === undefined ? parts.headers : writeHeaders(changes.headers),
      opaque: '',
    })
  }

  toString(): string {
    this.written ??= write(this.parts)
    return this.written
  }
}

const nobody = new Uri({
  scheme: 'sip',
  user: undefined,
  password: undefined,
  host: '',
  port: undefined,
  params: noUriParams,
  headers: '',
  opaque: '',
})

/** Stands for the URI in `Contact: *`, which is none. */
export const anyUri: Uri = new Uri(
  {
    scheme: '',
    user: undefined,
    password: undefined,
    host: '',
    port: undefined,
    params: noUriParams,
    headers: '',
    opaque: '*',
  },
  '*',
)

/** Throws TypeError for illegal parts; the scheme is sip unless given. */
export function createUri(parts: UriParts & { readonly host: string }): Uri {
  return nobody.with(parts)
}

/** The text of a URI: as it was written when it was parsed. */
export function formatUri(uri: Uri): string {
  return uri.toString()
}

/** Reads a whole URI; undefined when it is malformed. Never throws. */
export function parseUri(text: string, limits: Limits = defaultLimits): Uri | undefined {
  return parseUriIn(text, 0, text.length, limits)
}

/** The URI given as a value or text. Throws TypeError when the text is not a URI. */
export function toUri(uri: Uri | string): Uri {
  const parsed = typeof uri === 'string' ? parseUri(uri) : uri
  if (parsed === undefined) throw new TypeError(`not a URI: ${JSON.stringify(uri)}`)
  return parsed
}

/** Reads the URI that fills the text between two indexes. */
export function parseUriIn(text: string, start: number, end: number, limits: Limits): Uri | undefined {
  // Nearly every URI is one of these two, in lower case.
  if (text.charCodeAt(start + 3) === COLON && text.startsWith('sip', start)) {
    return parseSip(text, 'sip', start, start + 4, end, limits)
  }
  const colon = spanOf(text, start, end, TOKEN)
  if (colon >= end || colon === start || text.charCodeAt(colon) !== COLON) return undefined
  const scheme = text.substring(start, colon).toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return parseSip(text, scheme, start, colon + 1, end, limits)
  return parseOpaque(text, scheme, start, colon + 1, end)
}

function parseSip(
  text: string,
  scheme: string,
  start: number,
  from: number,
  end: number,
  limits: Limits,
): Uri | undefined {
  const at = userEnd(text, from, end)
  if (at === from) return undefined
  const hostAt = at < 0 ? from : at + 1
  const hostEnd = spanHost(text, hostAt, end)
  if (hostEnd === hostAt) return undefined
  let next = hostEnd
  let port: number | undefined
  if (next < end && text.charCodeAt(next) === COLON) {
    next = spanOf(text, hostEnd + 1, end, DIGIT)
    port = portOf(text, hostEnd + 1, next)
    if (port < 0) return undefined
  }
  let params = noUriParams
  let headers = ''
  if (next < end) {
    const cursor = new Cursor(text, next, end, limits)
    const parsed = parseUriParams(cursor)
    if (parsed === undefined) return undefined
    params = parsed
    if (cursor.at < end) {
      headers = text.substring(cursor.at + 1, end)
      if (text.charCodeAt(cursor.at) !== QUESTION || !isHeaders(headers, limits.params)) return undefined
    }
  }
  const colon = at < 0 ? -1 : spanUntil(text, from, at, COLON)
  const parts: Parts = {
    scheme,
    user: at < 0 ? undefined : text.substring(from, colon),
    password: colon < 0 || colon === at ? undefined : text.substring(colon + 1, at),
    host: hostOf(text, hostAt, hostEnd),
    port,
    params,
    headers,
    opaque: '',
  }
  return new Uri(parts, text.substring(start, end))
}

/** The index of the at-sign that ends the userinfo, or -1. Most often the user is made of what a host could be made of. */
function userEnd(text: string, from: number, end: number): number {
  let at = spanOf(text, from, end, HOST)
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code === AT) return at
    if (code === COLON || isOf(code, USER | USER_LOOSE)) at++
    else if (code === PERCENT && isEscape(text, at, end)) at += 3
    else return -1
  }
  return -1
}

function spanUntil(text: string, at: number, end: number, code: number): number {
  while (at < end && text.charCodeAt(at) !== code) at++
  return at
}

/** `name=value` joined by `&`: the value may be empty, the name not. An empty list after the question mark is let pass. */
function isHeaders(headers: string, limit: number): boolean {
  let count = 0
  let at = 0
  while (at < headers.length) {
    const name = spanEscaped(headers, at, headers.length, HNV)
    if (name <= at || headers.charCodeAt(name) !== EQUAL || ++count > limit) return false
    at = spanEscaped(headers, name + 1, headers.length, HNV)
    if (at < 0 || (at < headers.length && headers.charCodeAt(at++) !== AMPERSAND)) return false
  }
  return true
}

/** Schemes other than sip and sips: the text is kept, and read for nothing but its parameters (tel has them, RFC 3966). */
function parseOpaque(text: string, scheme: string, start: number, from: number, end: number): Uri | undefined {
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || code === 0x7f || code === QUOTE || code === LESS || code === GREATER) return undefined
  }
  const parts: Parts = {
    scheme,
    user: undefined,
    password: undefined,
    host: '',
    port: undefined,
    params: noUriParams,
    headers: '',
    opaque: text.substring(from, end),
  }
  return from === end ? undefined : new Uri(parts, text.substring(start, end))
}

function write(parts: Parts): string {
  if (parts.opaque !== '') return `${parts.scheme}:${parts.opaque}`
  let text = `${parts.scheme}:`
  if (parts.user !== undefined)
    text += parts.password === undefined ? `${parts.user}@` : `${parts.user}:${parts.password}@`
  text += formatHost(parts.host)
  if (parts.port !== undefined) text += `:${parts.port}`
  text += parts.params.toString()
  return parts.headers === '' ? text : `${text}?${parts.headers}`
}

function writeUser(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : encodeEscapes(text, USER)
}

function writeHeaders(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${encodeEscapes(name, HNV)}=${encodeEscapes(value, HNV)}`)
    .join('&')
}

function sipScheme(scheme: string): string {
  const lower = scheme.toLowerCase()
  if (lower === 'sip' || lower === 'sips') return lower
  throw new TypeError(`not a SIP scheme: ${JSON.stringify(scheme)}`)
}
