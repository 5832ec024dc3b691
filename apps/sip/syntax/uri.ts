/** URIs as values: sip and sips of §19.1, and any other scheme kept as it is. */

import { apart } from './apart.js'
import { DIGIT, HNV, HOST, spanOf, TOKEN, USER, USER_LOOSE } from './char-class.js'
import { Cursor } from './cursor.js'
import { decodeEscapes, encodeEscapes, spanEscaped } from './escape.js'
import { checkHost, checkPort, formatHost, hostOf, portOf, spanHost } from './host.js'
import { showAs } from './inspection.js'
import { defaultLimits, type Limits } from './limits.js'
import { type Params, type ParamValues, readUriParams, spanUriParams, uriParams } from './params.js'

const QUOTE = 34
const AMPERSAND = 38
const COLON = 58
const SEMICOLON = 59
const LESS = 60
const EQUAL = 61
const GREATER = 62
const QUESTION = 63
const AT = 64

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

/** A stretch of text that was found to be a URI; its parts are cut out when asked for. */
export class Uri {
  static {
    showAs(Uri, String)
  }

  /** Lower case, without the colon. */
  readonly scheme: string
  readonly port: number | undefined
  /** What it is part of: a whole message, or its own text. */
  private readonly text: string
  private readonly start: number
  private readonly end: number
  /** The host with its brackets; nothing when the scheme has none. The at-sign, if there is one, is before it. */
  private readonly hostAt: number
  private readonly hostEnd: number
  private readonly paramsAt: number
  /** Before the question mark, or the end. */
  private readonly paramsEnd: number
  private memo: Params | undefined

  constructor(
    text: string,
    start: number,
    end: number,
    scheme: string,
    hostAt: number,
    hostEnd: number,
    port: number | undefined,
    paramsAt: number,
    paramsEnd: number,
  ) {
    this.scheme = scheme
    this.port = port
    this.text = text
    this.start = start
    this.end = end
    this.hostAt = hostAt
    this.hostEnd = hostEnd
    this.paramsAt = paramsAt
    this.paramsEnd = paramsEnd
    this.memo = undefined
  }

  /** True for sip and sips. */
  get isSip(): boolean {
    return this.scheme === 'sip' || this.scheme === 'sips'
  }

  get isSecure(): boolean {
    return this.scheme === 'sips'
  }

  /** The user part with its escapes decoded; undefined when there is no `@`. */
  get user(): string | undefined {
    const user = this.rawUser
    return user === undefined ? undefined : decodeEscapes(user)
  }

  get password(): string | undefined {
    const password = this.rawPassword
    return password === undefined ? undefined : decodeEscapes(password)
  }

  /** The user part as written, escapes and all. */
  get rawUser(): string | undefined {
    const userinfo = this.userinfo()
    const colon = userinfo?.indexOf(':') ?? -1
    return colon < 0 ? userinfo : userinfo?.slice(0, colon)
  }

  get rawPassword(): string | undefined {
    const userinfo = this.userinfo()
    const colon = userinfo?.indexOf(':') ?? -1
    return colon < 0 ? undefined : userinfo?.slice(colon + 1)
  }

  /** A name or address, IPv6 without brackets, case as written; empty for schemes without a host. */
  get host(): string {
    return hostOf(this.text, this.hostAt, this.hostEnd)
  }

  get params(): Params {
    this.memo ??= readUriParams(this.text, this.paramsAt, this.paramsEnd)
    return this.memo
  }

  /** Name and value of the headers after `?`, decoded: §19.1.5. */
  get headers(): readonly (readonly [name: string, value: string])[] {
    const headers = this.rawHeaders()
    if (headers === '') return []
    return headers.split('&').map(header => {
      const [name = '', ...value] = header.split('=')
      return [decodeEscapes(name), decodeEscapes(value.join('='))] as const
    })
  }

  /** What follows the scheme of a URI that is neither sip nor sips; empty for those. */
  get opaque(): string {
    return this.isSip ? '' : this.text.substring(this.start + this.scheme.length + 1, this.end)
  }

  /** A loose router (§19.1.1) has `lr`, whatever its value. */
  get isLooseRouter(): boolean {
    return this.params.has('lr')
  }

  /** A sip or sips URI with some parts replaced. Throws TypeError for illegal parts and for other schemes. */
  with(changes: UriParts): Uri {
    if (!this.isSip) throw new TypeError(`cannot change parts of a ${this.scheme} URI`)
    return writeUri({
      scheme: changes.scheme === undefined ? this.scheme : sipScheme(changes.scheme),
      user: 'user' in changes ? writeUser(changes.user) : this.rawUser,
      password: 'password' in changes ? writeUser(changes.password) : this.rawPassword,
      host: changes.host === undefined ? this.host : checkHost(changes.host),
      port: 'port' in changes ? checkPort(changes.port) : this.port,
      params: changes.params === undefined ? this.params : uriParams(changes.params),
      headers: changes.headers === undefined ? this.rawHeaders() : writeHeaders(changes.headers),
    })
  }

  /** The same, apart from the message that it is part of, which would live as long. */
  copy(): Uri {
    return this.within(apart(this.toString()), 0)
  }

  /** The same as a part of another text, in which it is written at `at`. */
  within(text: string, at: number): Uri {
    const { start, end, scheme, hostAt, hostEnd, port, paramsAt, paramsEnd } = this
    const by = at - start
    return new Uri(text, at, end + by, scheme, hostAt + by, hostEnd + by, port, paramsAt + by, paramsEnd + by)
  }

  /** As it was written. */
  toString(): string {
    return this.text.substring(this.start, this.end)
  }

  private userinfo(): string | undefined {
    const from = this.start + this.scheme.length + 1
    return this.hostAt > from ? this.text.substring(from, this.hostAt - 1) : undefined
  }

  private rawHeaders(): string {
    return this.text.slice(this.paramsEnd + 1, this.end)
  }
}

/** Stands for the URI in `Contact: *`, which is none. */
export const anyUri: Uri = new Uri('*', 0, 1, '', 1, 1, undefined, 1, 1)

/** Throws TypeError for illegal parts; the scheme is sip unless given. */
export function createUri(parts: UriParts & { readonly host: string }): Uri {
  return writeUri({
    scheme: parts.scheme === undefined ? 'sip' : sipScheme(parts.scheme),
    user: writeUser(parts.user),
    password: writeUser(parts.password),
    host: checkHost(parts.host),
    port: checkPort(parts.port),
    params: uriParams(parts.params),
    headers: writeHeaders(parts.headers ?? {}),
  })
}

/** The text of a URI: as it was written when it was parsed. */
export function formatUri(uri: Uri): string {
  return uri.toString()
}

/** Reads a whole URI; undefined when it is malformed. Never throws. */
export function parseUri(text: string, limits: Limits = defaultLimits): Uri | undefined {
  return parseUriIn(new Cursor(text, 0, text.length, limits), 0, text.length)
}

/** The URI given as a value or text. Throws TypeError when the text is not a URI. */
export function toUri(uri: Uri | string): Uri {
  const parsed = typeof uri === 'string' ? parseUri(uri) : uri
  if (parsed === undefined) throw new TypeError(`not a URI: ${JSON.stringify(uri)}`)
  return parsed
}

/** Reads the URI that fills the text between two indexes; the cursor stays where it is. */
export function parseUriIn(cursor: Cursor, start: number, end: number): Uri | undefined {
  const { text } = cursor
  // Nearly every URI is one of these two, in lower case.
  if (text.charCodeAt(start + 3) === COLON && text.startsWith('sip', start)) {
    return parseSip(cursor, 'sip', start, end)
  }
  const colon = spanOf(text, start, end, TOKEN)
  if (colon >= end || colon === start || text.charCodeAt(colon) !== COLON) return undefined
  const scheme = text.substring(start, colon).toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return parseSip(cursor, scheme, start, end)
  return parseOpaque(text, scheme, start, colon + 1, end)
}

function parseSip(cursor: Cursor, scheme: string, start: number, end: number): Uri | undefined {
  const { text } = cursor
  const from = start + scheme.length + 1
  let hostAt = from
  // What a host is made of may be a user as well; which it was is known behind it.
  let hostEnd = spanOf(text, from, end, HOST)
  const at = hostEnd < end ? userEnd(text, hostEnd, end) : -1
  if (at === from) return undefined
  if (at >= 0) hostAt = at + 1
  if (at >= 0 || hostEnd === from) hostEnd = spanHost(text, hostAt, end)
  if (hostEnd === hostAt) return undefined
  let paramsAt = hostEnd
  let port: number | undefined
  if (paramsAt < end && text.charCodeAt(paramsAt) === COLON) {
    paramsAt = spanOf(text, hostEnd + 1, end, DIGIT)
    port = portOf(text, hostEnd + 1, paramsAt)
    if (port < 0) return undefined
  }
  let paramsEnd = paramsAt
  if (paramsAt < end) {
    if (text.charCodeAt(paramsAt) === SEMICOLON) paramsEnd = spanUriParams(cursor, paramsAt, end)
    if (paramsEnd < 0) return undefined
    if (paramsEnd < end && !isHeaders(cursor, paramsEnd, end)) return undefined
  }
  return new Uri(text, start, end, scheme, hostAt, hostEnd, port, paramsAt, paramsEnd)
}

/** The index of the at-sign that ends the userinfo, or -1. */
function userEnd(text: string, at: number, end: number): number {
  while (at < end) {
    at = spanEscaped(text, at, end, USER | USER_LOOSE)
    if (at < 0 || at >= end) return -1
    const code = text.charCodeAt(at)
    if (code === AT) return at
    if (code !== COLON) return -1
    at++
  }
  return -1
}

/** `?name=value&...`: the value may be empty, the name not. An empty list after the question mark is let pass. */
function isHeaders(cursor: Cursor, question: number, end: number): boolean {
  const { text } = cursor
  if (text.charCodeAt(question) !== QUESTION) return false
  let count = 0
  let at = question + 1
  while (at < end) {
    const name = spanEscaped(text, at, end, HNV)
    if (name <= at || name >= end || text.charCodeAt(name) !== EQUAL) return false
    if (!cursor.allows('params', ++count)) return false
    at = spanEscaped(text, name + 1, end, HNV)
    if (at < 0 || (at < end && text.charCodeAt(at++) !== AMPERSAND)) return false
  }
  return true
}

/** Schemes other than sip and sips: the text is kept, and read for nothing but its parameters (tel has them, RFC 3966). */
function parseOpaque(text: string, scheme: string, start: number, from: number, end: number): Uri | undefined {
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || code === 0x7f || code === QUOTE || code === LESS || code === GREATER) return undefined
  }
  return from === end ? undefined : new Uri(text, start, end, scheme, from, from, undefined, end, end)
}

/** The raw pieces of a URI, escaped. */
interface Pieces {
  readonly scheme: string
  readonly user: string | undefined
  readonly password: string | undefined
  readonly host: string
  readonly port: number | undefined
  readonly params: Params
  readonly headers: string
}

/** What an application or a peer may have put together is not counted again. */
const unlimited: Limits = { ...defaultLimits, params: Number.MAX_SAFE_INTEGER }

function writeUri(pieces: Pieces): Uri {
  const { user, password, port, headers } = pieces
  let text = `${pieces.scheme}:`
  if (user !== undefined) text += password === undefined ? `${user}@` : `${user}:${password}@`
  text += formatHost(pieces.host)
  if (port !== undefined) text += `:${port}`
  text += pieces.params.toString()
  if (headers !== '') text += `?${headers}`
  const uri = parseUri(text, unlimited)
  if (uri === undefined) throw new TypeError(`not a URI: ${JSON.stringify(text)}`)
  return uri
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
