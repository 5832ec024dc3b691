/** Challenges and credentials: §20.6, §20.7, §20.27, §20.28, §20.44; the grammar is that of §25.1 and RFC 7616 §3. */

import { isToken } from '../char-class.js'
import type { Cursor } from '../cursor.js'
import { defineHeader, type Header, type HeaderGrammar } from '../header.js'
import { headerStyle, Params, type ParamValues, parseParamList, type Style } from '../params.js'
import { quote } from '../quoted.js'

const COMMA = 44

export interface Authentication {
  /** Digest, or another: as written. */
  readonly scheme: string
  /** Parameters of any scheme that has them; unquoted when read. */
  readonly params: Params
}

export interface AuthHeaders {
  'Authentication-Info': Params
  Authorization: Authentication
  'Proxy-Authenticate': Authentication
  'Proxy-Authentication-Info': Params
  'Proxy-Authorization': Authentication
  'WWW-Authenticate': Authentication
}

/** §25.1 quotes these always, even where they are tokens, and the rest never. */
const quotedInBoth = [
  'realm',
  'nonce',
  'opaque',
  'domain',
  'username',
  'uri',
  'response',
  'cnonce',
  'nextnonce',
  'rspauth',
]

function styleQuoting(names: readonly string[]): Style {
  return {
    ...headerStyle,
    write: (value, name) => (names.includes(name) ? quote(value) : headerStyle.write(value, name)),
  }
}

const challengeStyle = styleQuoting([...quotedInBoth, 'qop'])
const credentialsStyle = styleQuoting(quotedInBoth)

/** A challenge to put into WWW-Authenticate or Proxy-Authenticate. Throws TypeError for what cannot be written. */
export function challenge(scheme: string, params: ParamValues): Authentication {
  return { scheme, params: fill(challengeStyle, params) }
}

/** Credentials to put into Authorization or Proxy-Authorization. Throws TypeError for what cannot be written. */
export function credentials(scheme: string, params: ParamValues): Authentication {
  return { scheme, params: fill(credentialsStyle, params) }
}

/** What goes into Authentication-Info. Throws TypeError for what cannot be written. */
export function authenticationInfo(params: ParamValues): Params {
  return fill(credentialsStyle, params)
}

function fill(style: Style, values: ParamValues): Params {
  let params = new Params([], style)
  for (const [name, value] of Object.entries(values)) if (value !== undefined) params = params.with(name, value)
  return params
}

function authentication(style: Style): HeaderGrammar<Authentication> {
  return {
    parse: (cursor: Cursor): Authentication | undefined => {
      const scheme = cursor.token()
      if (scheme === '' || cursor.peek() > 32) return undefined
      cursor.skipSpace()
      const params = parseParamList(cursor, COMMA, style)
      return params && { scheme, params }
    },
    format: ({ scheme, params }) => {
      if (!isToken(scheme)) throw new TypeError(`not an authentication scheme: ${JSON.stringify(scheme)}`)
      return `${scheme}${params.join(' ', ', ')}`
    },
  }
}

const info: HeaderGrammar<Params> = {
  parse: cursor => parseParamList(cursor, COMMA, credentialsStyle),
  format: params => params.join('', ', '),
}

export const authHeaders: readonly Header<unknown>[] = [
  defineHeader('Authentication-Info', 'one', info),
  defineHeader('Authorization', 'lines', authentication(credentialsStyle)),
  defineHeader('Proxy-Authenticate', 'lines', authentication(challengeStyle)),
  defineHeader('Proxy-Authentication-Info', 'one', info), // RFC 7615
  defineHeader('Proxy-Authorization', 'lines', authentication(credentialsStyle)),
  defineHeader('WWW-Authenticate', 'lines', authentication(challengeStyle)),
]
