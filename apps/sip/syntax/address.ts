/** name-addr and addr-spec with their parameters, as in From, To, Contact and Route: §20.10, §25.1. */

import { apart } from './apart.js'
import { Cursor } from './cursor.js'
import { showAs } from './inspection.js'
import { qOf } from './parameterised.js'
import { headerParams, noParams, type Params, type ParamValues, parseParams } from './params.js'
import { quote, unquote } from './quoted.js'
import { anyUri, parseUriIn, toUri, type Uri } from './uri.js'

const SP = 32
const QUOTE = 34
const COMMA = 44
const SEMICOLON = 59
const LESS = 60
const GREATER = 62
const QUESTION = 63

export interface AddressParts {
  readonly displayName?: string | undefined
  readonly uri?: Uri | string
  readonly params?: ParamValues | Params
  readonly tag?: string | undefined
}

export class Address {
  static {
    showAs(Address, String)
  }

  readonly uri: Uri
  readonly params: Params
  /** What it is part of: a whole message, or its own text. */
  private readonly text: string
  private readonly start: number
  private readonly end: number
  /** Behind the display name, which is at the start; the start itself when there is none. */
  private readonly nameEnd: number

  constructor(uri: Uri, params: Params, text: string, start: number, nameEnd: number, end: number) {
    this.uri = uri
    this.params = params
    this.text = text
    this.start = start
    this.nameEnd = nameEnd
    this.end = end
  }

  /** The display name without quotes and backslashes; undefined when absent. */
  get displayName(): string | undefined {
    const name = this.rawName
    return name === undefined ? undefined : unquote(name)
  }

  get tag(): string | undefined {
    return this.params.get('tag')
  }

  /** True for the `*` of a REGISTER that removes all bindings: §10.2.2. Its URI is of no use. */
  get isWildcard(): boolean {
    return this.uri === anyUri
  }

  /** The q value of a Contact, 0 to 1; 1 when absent or malformed: §20.10. */
  get q(): number {
    return qOf(this.params) ?? 1
  }

  /** The expires parameter of a Contact in seconds; undefined when absent. A malformed one counts as 3600: §20.10. */
  get expires(): number | undefined {
    const expires = this.params.get('expires')
    if (expires === undefined) return undefined
    return /^\d{1,10}$/.test(expires) ? Math.min(Number(expires), 4_294_967_295) : 3600
  }

  /** With some parts replaced. Throws TypeError for what cannot be written. */
  with(changes: AddressParts): Address {
    let params = changes.params === undefined ? this.params : headerParams(changes.params)
    if ('tag' in changes) params = changes.tag === undefined ? params.without('tag') : params.with('tag', changes.tag)
    return write(
      'displayName' in changes ? writeName(changes.displayName) : this.rawName,
      changes.uri === undefined ? this.uri : toUri(changes.uri),
      params,
    )
  }

  /** The same, apart from the message that it is part of, which would live as long. */
  copy(): Address {
    const text = apart(this.toString())
    const nameEnd = this.nameEnd - this.start
    const uri = this.uri.within(text, text.indexOf('<', nameEnd) + 1)
    return new Address(uri, this.params.copy(), text, 0, nameEnd, text.length)
  }

  toString(): string {
    return this.text.substring(this.start, this.end)
  }

  /** The display name as written, quotes included. */
  private get rawName(): string | undefined {
    return this.nameEnd === this.start ? undefined : this.text.substring(this.start, this.nameEnd)
  }
}

/** §20.10: brackets always, so that parameters are the header's and never the URI's. */
function write(name: string | undefined, uri: Uri, params: Params): Address {
  // Asked for as they are: a template would look for their primitives first.
  const address = `<${uri.toString()}>${params.toString()}`
  const text = name === undefined ? address : `${name} ${address}`
  return new Address(uri, params, text, 0, name === undefined ? 0 : name.length, text.length)
}

/** `Contact: *`: §10.2.2. */
export const wildcard: Address = new Address(anyUri, noParams, '*', 0, 0, 1)

/** An address to put into a header. Throws TypeError for a bad URI, name or parameter. */
export function createAddress(parts: AddressParts & { readonly uri: Uri | string }): Address {
  const params = headerParams(parts.params)
  const name = writeName(parts.displayName)
  return write(name, toUri(parts.uri), parts.tag === undefined ? params : params.with('tag', parts.tag))
}

/** The address given as a value or text, as a URI or as `"Name" <URI>;param`. Throws TypeError when the text is neither. */
export function toAddress(address: Address | string): Address {
  if (typeof address !== 'string') return address
  // A URI that stands alone has its parameters for itself.
  if (!address.includes('<')) return createAddress({ uri: address })
  const cursor = new Cursor(address)
  const parsed = parseAddress(cursor)
  if (parsed === undefined || cursor.at < cursor.end) throw new TypeError(`not an address: ${JSON.stringify(address)}`)
  return parsed
}

function writeName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : quote(name)
}

/** Reads one address and its parameters; undefined when it is malformed. */
export function parseAddress(cursor: Cursor): Address | undefined {
  const { text, end, at: from } = cursor
  let nameEnd = from
  let uri: Uri | undefined
  const bracket = bracketAt(cursor)
  if (bracket === -1) return undefined
  if (bracket === NO_BRACKET) {
    uri = bareUri(cursor)
  } else {
    nameEnd = trimmed(text, from, bracket)
    const close = text.indexOf('>', bracket)
    if (close < 0 || close >= end) return undefined
    uri = parseUriIn(cursor, bracket + 1, close)
    cursor.at = close + 1
  }
  const params = uri && parseParams(cursor)
  return uri && params && new Address(uri, params, text, from, nameEnd, cursor.at)
}

const NO_BRACKET = -2

/** Where the `<` is that follows the display name; NO_BRACKET for an addr-spec; -1 when neither can be. */
function bracketAt(cursor: Cursor): number {
  const { text, end, at: from } = cursor
  if (from >= end) return -1
  if (text.charCodeAt(from) === QUOTE) {
    if (cursor.quoted() === undefined) return -1
    cursor.skipSpace()
    return cursor.peek() === LESS ? cursor.at : -1
  }
  // RFC 4475 §3.1.1.6: no blank is needed between name and bracket. Names need not be tokens to be understood.
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === LESS) return at
    if (code === COMMA || code === SEMICOLON || code === QUOTE || code === GREATER) return NO_BRACKET
  }
  return NO_BRACKET
}

function trimmed(text: string, from: number, to: number): number {
  while (to > from && text.charCodeAt(to - 1) <= SP) to--
  return to
}

/** §20.10: without brackets the URI ends at the first comma, question mark or semicolon, and the rest is the header's. */
function bareUri(cursor: Cursor): Uri | undefined {
  const { text, end, at: from } = cursor
  let at = from
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code <= SP || code === COMMA || code === SEMICOLON) break
    if (code === QUESTION) return undefined
  }
  cursor.at = at
  return parseUriIn(cursor, from, at)
}
