/** Headers that count: seconds, sequence numbers, hops. */

import { formatCSeq, maxCSeq, parseCSeq } from '../cseq.js'
import type { Cursor } from '../cursor.js'
import { defineHeader, type Header, type HeaderGrammar } from '../header.js'
import { type Params, parseParams } from '../params.js'
import { number } from './plain.js'

const maxSeconds = 4_294_967_295

/** Seconds with parameters, as in `Session-Expires: 1800;refresher=uac`. */
export interface Interval {
  readonly seconds: number
  readonly params: Params
}

/** RFC 3262 §7.2: the RSeq of the provisional response and the CSeq of its request. */
export interface RAck {
  readonly rseq: number
  readonly cseq: number
  readonly method: string
}

/** §20.33: seconds, maybe a comment (with its parentheses), maybe a duration. */
export interface RetryAfter extends Interval {
  readonly comment: string | undefined
}

/** §20.38: seconds; the delay is how long the answer took. */
export interface Timestamp {
  readonly time: number
  readonly delay: number | undefined
}

export interface TimingHeaders {
  Date: number
  Expires: number
  'Flow-Timer': number
  'Max-Breadth': number
  'Min-Expires': number
  'Min-SE': Interval
  RAck: RAck
  RSeq: number
  'Retry-After': RetryAfter
  'Session-Expires': Interval
  Timestamp: Timestamp
}

const interval: HeaderGrammar<Interval> = {
  parse: (cursor: Cursor): Interval | undefined => {
    const seconds = cursor.integer(maxSeconds)
    const params = seconds === undefined ? undefined : parseParams(cursor)
    return seconds === undefined || params === undefined ? undefined : { seconds, params }
  },
  format: ({ seconds, params }) => `${seconds}${params}`,
}

const retryAfter: HeaderGrammar<RetryAfter> = {
  parse: (cursor: Cursor): RetryAfter | undefined => {
    const seconds = cursor.integer(maxSeconds)
    cursor.skipSpace()
    const commented = cursor.peek() === 40
    const comment = commented ? cursor.comment() : undefined
    if (seconds === undefined || (commented && comment === undefined)) return undefined
    const params = parseParams(cursor)
    return params && { seconds, comment, params }
  },
  format: ({ seconds, comment, params }) => `${seconds}${comment === undefined ? '' : ` ${comment}`}${params}`,
}

const rack: HeaderGrammar<RAck> = {
  parse: (cursor: Cursor): RAck | undefined => {
    const rseq = cursor.integer(maxSeconds)
    if (rseq === undefined || cursor.peek() > 32) return undefined
    cursor.skipSpace()
    const cseq = parseCSeq(cursor)
    return cseq && { rseq, cseq: cseq.number, method: cseq.method }
  },
  format: ({ rseq, cseq, method }) => `${rseq} ${formatCSeq({ number: cseq, method })}`,
}

/** Digits with a fraction, without blanks. */
function decimal(cursor: Cursor): number | undefined {
  const digits =
    /^\d{0,15}(\.\d{0,15})?/.exec(cursor.text.slice(cursor.at, Math.min(cursor.end, cursor.at + 40)))?.[0] ?? ''
  cursor.at += digits.length
  return digits === '' ? undefined : Number(`0${digits}`)
}

const timestamp: HeaderGrammar<Timestamp> = {
  parse: (cursor: Cursor): Timestamp | undefined => {
    const time = decimal(cursor)
    cursor.skipSpace()
    const delay = cursor.atEnd ? undefined : decimal(cursor)
    return time === undefined ? undefined : { time, delay }
  },
  format: ({ time, delay }) => (delay === undefined ? String(time) : `${time} ${delay}`),
}

/** §20.17: RFC 1123 dates in GMT only, as milliseconds since 1970. */
const date: HeaderGrammar<number> = {
  parse: (cursor: Cursor): number | undefined => {
    const text = cursor.text.slice(cursor.at, cursor.end)
    cursor.at = cursor.end
    if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined
    const time = Date.parse(text)
    return Number.isNaN(time) ? undefined : time
  },
  format: time => {
    if (!Number.isFinite(time)) throw new TypeError(`not a time: ${time}`)
    return new Date(time).toUTCString()
  },
}

export const expires: Header<number> = defineHeader('Expires', 'one', number(maxSeconds))

export const timingHeaders: readonly Header<unknown>[] = [
  expires,
  defineHeader('Date', 'one', date),
  defineHeader('Flow-Timer', 'one', number(maxSeconds)), // RFC 5626
  defineHeader('Max-Breadth', 'one', number(maxCSeq)), // RFC 5393
  defineHeader('Min-Expires', 'one', number(maxSeconds)),
  defineHeader('Min-SE', 'one', interval), // RFC 4028
  defineHeader('RAck', 'one', rack), // RFC 3262
  defineHeader('RSeq', 'one', number(maxSeconds)), // RFC 3262
  defineHeader('Retry-After', 'one', retryAfter),
  defineHeader('Session-Expires', 'one', interval, { compact: 'x' }), // RFC 4028
  defineHeader('Timestamp', 'one', timestamp),
]
