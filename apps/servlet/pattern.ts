/** Which initial requests a servlet is for: the pattern language of sip.xml (JSR 116 §11, JSR 289 §16), as plain data. */

import { parseTel, type Request, type Uri } from '../sip/sip.js'

type Party = 'request.from' | 'request.to' | 'request.route'
type UriVariable = 'request.uri' | `${Party}.uri`

/** What of a request a condition looks at. `request.route` is the topmost Route. */
export type Variable =
  | 'request.method'
  | Party
  | `${Party}.display-name`
  | UriVariable
  | `${UriVariable}.${'scheme' | 'user' | 'host' | 'port' | 'tel'}`
  | `${UriVariable}.param.${string}`

export interface Comparison {
  readonly kind: 'equal' | 'contains' | 'subdomain-of'
  readonly variable: Variable
  readonly value: string
  readonly ignoreCase: boolean
}

export type Pattern =
  | Comparison
  | { readonly kind: 'exists'; readonly variable: Variable }
  | { readonly kind: 'not'; readonly pattern: Pattern }
  | { readonly kind: 'and' | 'or'; readonly patterns: readonly Pattern[] }

type Case = 'ignore-case' | 'exact'

export function and(...patterns: readonly Pattern[]): Pattern {
  return { kind: 'and', patterns }
}

export function or(...patterns: readonly Pattern[]): Pattern {
  return { kind: 'or', patterns }
}

export function not(pattern: Pattern): Pattern {
  return { kind: 'not', pattern }
}

/** True when the request has the variable at all. */
export function exists(variable: Variable): Pattern {
  return { kind: 'exists', variable }
}

export function equal(variable: Variable, value: string, casing: Case = 'exact'): Pattern {
  return { kind: 'equal', variable, value, ignoreCase: casing === 'ignore-case' }
}

export function contains(variable: Variable, value: string, casing: Case = 'exact'): Pattern {
  return { kind: 'contains', variable, value, ignoreCase: casing === 'ignore-case' }
}

/** A domain or one below it, in any case; of a telephone number (`tel`), a number that begins so. */
export function subdomainOf(variable: Variable, value: string): Pattern {
  return { kind: 'subdomain-of', variable, value, ignoreCase: true }
}

/** Gives the value in a request; undefined where it has none, which makes every condition but `not` false. */
type Reader = (request: Request) => string | undefined

type UriReader = (uri: Uri) => string | undefined

const uriParts: ReadonlyMap<string, UriReader> = new Map<string, UriReader>([
  ['scheme', uri => uri.scheme],
  ['user', uri => (uri.isSip ? uri.user : undefined)],
  ['host', uri => (uri.isSip ? uri.host : undefined)],
  ['port', portOf],
  ['tel', telOf],
])

function portOf(uri: Uri): string | undefined {
  return uri.isSip ? String(uri.port ?? (uri.isSecure ? 5061 : 5060)) : undefined
}

/** The number of a tel URI, or of a SIP URI that says that its user is one, without visual separators. */
function telOf(uri: Uri): string | undefined {
  if (!uri.isSip) return parseTel(uri)?.number
  if (uri.params.get('user')?.toLowerCase() !== 'phone') return undefined
  return uri.user?.split(';', 1)[0]?.replaceAll(/[-.()]/g, '')
}

function paramOf(name: string): UriReader {
  return uri => (uri.isSip ? uri.params : parseTel(uri)?.params)?.get(name)
}

const uris: ReadonlyMap<string, (request: Request) => Uri | undefined> = new Map([
  ['request.uri', (request: Request) => request.uri],
  ['request.from.uri', (request: Request) => request.from.uri],
  ['request.to.uri', (request: Request) => request.to.uri],
  ['request.route.uri', (request: Request) => request.get('Route')?.uri],
])

const others: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['request.method', request => request.method],
  ['request.from', request => request.from.toString()],
  ['request.to', request => request.to.toString()],
  ['request.route', request => request.get('Route')?.toString()],
  ['request.from.display-name', request => request.from.displayName],
  ['request.to.display-name', request => request.to.displayName],
  ['request.route.display-name', request => request.get('Route')?.displayName],
])

function readerOf(variable: string): Reader | undefined {
  const [, holder = '', part] = /^(request(?:\.(?:from|to|route))?\.uri)(?:\.(.+))?$/.exec(variable) ?? []
  const uri = uris.get(holder)
  if (uri === undefined) return others.get(variable)
  const read = part === undefined ? (each: Uri) => each.toString() : partReader(part)
  if (read === undefined) return undefined
  return request => {
    const found = uri(request)
    return found && read(found)
  }
}

function partReader(part: string): UriReader | undefined {
  const [, name] = /^param\.([^.\s]+)$/.exec(part) ?? []
  return name === undefined ? uriParts.get(part) : paramOf(name)
}

export function isVariable(text: string): text is Variable {
  return readerOf(text) !== undefined
}

/** Whether a request is meant. */
export type Matcher = (request: Request) => boolean

/** Makes a pattern ready. Throws TypeError for a variable that there is not, and for `and` and `or` of nothing. */
export function matcherOf(pattern: Pattern): Matcher {
  switch (pattern.kind) {
    case 'and': {
      const matchers = all(pattern.patterns)
      return request => matchers.every(matches => matches(request))
    }
    case 'or': {
      const matchers = all(pattern.patterns)
      return request => matchers.some(matches => matches(request))
    }
    case 'not': {
      const matches = matcherOf(pattern.pattern)
      return request => !matches(request)
    }
    case 'exists': {
      const read = checkedReader(pattern.variable)
      return request => read(request) !== undefined
    }
    case 'equal':
    case 'contains':
    case 'subdomain-of':
      return comparer(pattern)
  }
}

function all(patterns: readonly Pattern[]): readonly Matcher[] {
  if (patterns.length === 0) throw new TypeError('and, or: at least one condition is needed')
  return patterns.map(matcherOf)
}

function checkedReader(variable: string): Reader {
  const read = readerOf(variable)
  if (read === undefined) throw new TypeError(`there is no variable ${variable}`)
  return read
}

function comparer({ kind, variable, value, ignoreCase }: Comparison): Matcher {
  const read = checkedReader(variable)
  const wanted = ignoreCase ? value.toLowerCase() : value
  const holds = test(kind, variable, wanted)
  return request => {
    const found = read(request)
    return found !== undefined && holds(ignoreCase ? found.toLowerCase() : found)
  }
}

function test(kind: Comparison['kind'], variable: Variable, wanted: string): (found: string) => boolean {
  switch (kind) {
    case 'equal':
      return found => found === wanted
    case 'contains':
      return found => found.includes(wanted)
    case 'subdomain-of':
      if (variable.endsWith('.tel')) return found => found.startsWith(wanted)
      return found => found === wanted || found.endsWith(`.${wanted}`)
  }
}

/** For people: `request.method equal "INVITE" and not (request.uri.user exists)`. */
export function formatPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'and':
    case 'or':
      return pattern.patterns.map(formatInner).join(` ${pattern.kind} `)
    case 'not':
      return `not (${formatPattern(pattern.pattern)})`
    case 'exists':
      return `${pattern.variable} exists`
    case 'equal':
    case 'contains':
    case 'subdomain-of':
      return `${pattern.variable} ${pattern.kind} ${JSON.stringify(pattern.value)}`
  }
}

function formatInner(pattern: Pattern): string {
  const text = formatPattern(pattern)
  return pattern.kind === 'and' || pattern.kind === 'or' ? `(${text})` : text
}
