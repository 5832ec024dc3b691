/** The default application router: which applications a request goes through, by method, as a file says (JSR 289 appendix C). */

import type { Request } from '../sip/sip.js'
import type { ApplicationRouter, NextApplication } from './application-router.js'
import type { Region } from './sip-servlet-request.js'

interface Entry {
  readonly application: string
  /** `DAR:From` for the URI in that header, or a text. */
  readonly subscriber: string
  readonly region: Region
  readonly direction: 'INBOUND' | 'OUTBOUND'
}

type Entries = ReadonlyMap<string, readonly Entry[]>

const regions: readonly Region[] = ['ORIGINATING', 'TERMINATING', 'NEUTRAL']

/** For every method that has no line of its own. */
const ALL = 'ALL'

/**
 * Reads a file of lines `METHOD: ("application", "DAR:From", "ORIGINATING", "", "NO_ROUTE", "0"), (…)`. A request goes through
 * the applications in that order. An entry may end with `"DIRECTION=OUTBOUND"`: it is for new requests of applications, the
 * others are for those from outside. Throws TypeError that names the line.
 */
export function defaultApplicationRouter(text: string): ApplicationRouter {
  const entries = entriesOf(text)
  return {
    getNextApplication({ request, from, directive, stateInfo, applications }) {
      const line = entries.get(request.method) ?? entries.get(ALL) ?? []
      const isNew = from !== undefined && directive === 'NEW'
      const isFor = (entry: Entry): boolean => (entry.direction === 'OUTBOUND') === isNew
      // JSR 289 appendix C: its state is the index of the entry that comes next.
      const first = directive === 'CONTINUE' ? Number(stateInfo ?? line.length) : 0
      const isThere = (entry: Entry): boolean => applications.some(({ name }) => name === entry.application)
      const at = line.findIndex((entry, index) => index >= first && isFor(entry) && isThere(entry))
      const entry = line[at]
      return entry && nextOf(entry, request, at)
    },
  }
}

function nextOf({ application, subscriber, region }: Entry, request: Request, at: number): NextApplication {
  const [, header] = /^DAR:(.+)$/.exec(subscriber) ?? []
  const uri = header === undefined ? subscriber : header.toLowerCase() === 'to' ? request.to.uri : request.from.uri
  return { application, region, subscriberURI: String(uri), stateInfo: String(at + 1) }
}

function entriesOf(text: string): Entries {
  const found = new Map<string, readonly Entry[]>()
  // A backslash at its end joins a line to the next.
  const lines = text.replace(/\\\r?\n[ \t]*/g, ' ').split(/\r?\n/)
  for (const [at, line] of lines.entries()) {
    if (/^\s*([#!]|$)/.test(line)) continue
    const [, method, rest = ''] = /^\s*([A-Za-z]+)\s*[:=]\s*(.*)$/.exec(line) ?? []
    if (method === undefined) refuse(at, 'a line is METHOD: (…), (…)')
    found.set(method.toUpperCase(), entriesIn(rest, at))
  }
  return found
}

function entriesIn(text: string, at: number): readonly Entry[] {
  const groups = [...text.matchAll(/\(([^)]*)\)/g)]
  if (groups.length === 0 || text.replace(/\([^)]*\)/g, '').replace(/[\s,]/g, '') !== '') {
    refuse(at, 'entries are in parentheses, with commas between them')
  }
  return groups.map(([, inner = '']) =>
    entryOf(
      [...inner.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value),
      at,
    ),
  )
}

function entryOf(values: readonly string[], at: number): Entry {
  const [application = '', subscriber = '', name = '', , modifier = '', , options = ''] = values
  const region = regions.find(each => each === name.toUpperCase())
  if (values.length < 6) refuse(at, 'an entry has six values in quotes at least')
  if (region === undefined) refuse(at, `there is no region ${name}: ${regions.join(', ')}`)
  // The others send requests out of the container and back, which only a proxy can.
  if (modifier !== 'NO_ROUTE') refuse(at, `the route modifier ${modifier} needs a proxy: NO_ROUTE`)
  return { application, subscriber, region, direction: /DIRECTION=OUTBOUND/.test(options) ? 'OUTBOUND' : 'INBOUND' }
}

function refuse(at: number, why: string): never {
  throw new TypeError(`line ${at + 1}: ${why}`)
}
