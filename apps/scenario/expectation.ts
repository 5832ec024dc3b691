/** What a peer expects to receive, and why a message is not it. */

import type { Message, Request, Response } from '../sip/sip.js'

/**
 * What a header must be: its values as written, joined with `, `; a pattern; present or absent; or whatever the function
 * says of the joined text.
 */
export type HeaderPattern = string | RegExp | boolean | ((value: string) => boolean)

export interface MessagePattern {
  /** The method of the CSeq, to tell the 200 of a BYE from that of an INVITE. */
  readonly of?: string
  readonly headers?: Readonly<Record<string, HeaderPattern>>
  readonly uri?: string | RegExp
  readonly body?: string | RegExp
  /** What the whole text must match, octet by octet. */
  readonly text?: string | RegExp
  /** True for a retransmission of something that came before, which satisfies nothing else. */
  readonly again?: boolean
}

/** What has come: a message, or octets that are none. */
export interface Arrived {
  readonly message: Message | undefined
  readonly text: string
}

/** One message to come. `M` is what it is when it has come. */
export interface Expectation<M> {
  readonly title: string
  /** Need not come at all; once it is given up nobody minds if it comes late. */
  readonly optional: boolean
  /** Wants a retransmission. */
  readonly again: boolean
  /** How much it asks for: among several that match, the one that asks for most takes a message. */
  readonly weight: number
  /** Why what has come is not it; undefined when it is. */
  why(arrived: Arrived): string | undefined
  /** Only for the type. */
  readonly message?: M
}

/** A status, a method, or more exactly what is wanted. */
export type Expected = number | string | Expectation<unknown>

export type Expectable<E> = E extends number
  ? Response
  : E extends string
    ? Request
    : E extends Expectation<infer M>
      ? M
      : never

/** What a set of expectations gives, in its order. */
export type Expectations<E extends readonly Expected[]> = { -readonly [At in keyof E]: Expectable<E[At]> }

export function request(method: string, pattern: MessagePattern = {}): Expectation<Request> {
  return expectation(method, pattern, message => {
    if (message.kind === 'response') return `is a ${message.status}, not a request`
    return message.method === method ? undefined : `is a ${message.method}, not ${method}`
  })
}

export function response(status: number, pattern: MessagePattern = {}): Expectation<Response> {
  return expectation(String(status), pattern, message => {
    if (message.kind === 'request') return `is a request, not a ${status}`
    return message.status === status ? undefined : `has status ${message.status}, not ${status}`
  })
}

/** Octets, whether they make a message or not. */
export function octets(pattern: RegExp): Expectation<string> {
  return {
    title: `octets matching ${pattern}`,
    optional: false,
    again: false,
    weight: 0,
    why: ({ text }) => (pattern.test(text) ? undefined : `does not match ${pattern}`),
  }
}

/** The same text as before: a retransmission. */
export function again<E extends Expected>(expected: E): Expectation<Expectable<E>> {
  const wanted = toExpectation(expected)
  return { ...wanted, title: `${wanted.title} again`, again: true } as Expectation<Expectable<E>>
}

/** A message that may come, now or later, or not at all. */
export function maybe<E extends Expected>(expected: E): Expectation<Expectable<E> | undefined> {
  const wanted = toExpectation(expected)
  return { ...wanted, title: `maybe ${wanted.title}`, optional: true } as Expectation<Expectable<E> | undefined>
}

/** One of several messages. */
export function either<E extends readonly Expected[]>(...expected: E): Expectation<Expectable<E[number]>> {
  const choices = expected.map(toExpectation)
  return {
    title: choices.map(({ title }) => title).join(' or '),
    optional: false,
    again: choices.every(choice => choice.again),
    weight: Math.min(...choices.map(({ weight }) => weight)),
    why: arrived => {
      const reasons = choices.map(choice => choice.why(arrived))
      return reasons.includes(undefined) ? undefined : reasons.join(', and ')
    },
  }
}

export function toExpectation(expected: Expected): Expectation<unknown> {
  if (typeof expected === 'number') return response(expected)
  return typeof expected === 'string' ? request(expected) : expected
}

function expectation<M>(
  what: string,
  pattern: MessagePattern,
  kind: (message: Message) => string | undefined,
): Expectation<M> {
  const headers = Object.entries(pattern.headers ?? {})
  const weight = headers.length + Object.keys(pattern).length
  return {
    title: [what, ...titles(pattern)].join(' '),
    optional: false,
    again: pattern.again ?? false,
    weight,
    why: ({ message, text }) =>
      message === undefined ? 'is no whole SIP message' : (kind(message) ?? mismatch(message, text, pattern)),
  }
}

function titles({ of, headers = {}, uri, body, text }: MessagePattern): string[] {
  const shown: string[] = of === undefined ? [] : [`(${of})`]
  for (const [name, wanted] of Object.entries(headers)) shown.push(titleOf(name, wanted))
  if (uri !== undefined) shown.push(`to ${uri}`)
  if (body !== undefined) shown.push(`with body ${body}`)
  if (text !== undefined) shown.push(`matching ${text}`)
  return shown
}

function titleOf(name: string, wanted: HeaderPattern): string {
  if (wanted === true) return `with ${name}`
  if (wanted === false) return `without ${name}`
  return typeof wanted === 'function' ? `with a certain ${name}` : `with ${name}: ${wanted}`
}

function mismatch(message: Message, octets: string, pattern: MessagePattern): string | undefined {
  const { of, headers = {}, uri, body, text } = pattern
  if (of !== undefined && message.cseq.method !== of) return `answers ${message.cseq.method}, not ${of}`
  for (const [name, wanted] of Object.entries(headers)) {
    const wrong = headerMismatch(message, name, wanted)
    if (wrong !== undefined) return wrong
  }
  if (uri !== undefined && (message.kind === 'response' || !fits(String(message.uri), uri))) {
    return `is not for ${uri}${message.kind === 'request' ? ` but for ${message.uri}` : ''}`
  }
  if (body !== undefined && !fits(message.body, body)) return `has a body that is not ${body}`
  return text === undefined || fits(octets, text) ? undefined : `does not match ${text}`
}

function headerMismatch(message: Message, name: string, wanted: HeaderPattern): string | undefined {
  const present = message.has(name)
  if (wanted === true) return present ? undefined : `has no ${name}`
  const value = message.raw(name).join(', ')
  if (wanted === false) return present ? `has ${name}: ${value}` : undefined
  if (!present) return `has no ${name}`
  const fit = typeof wanted === 'function' ? wanted(value) : fits(value, wanted)
  if (fit) return undefined
  return `has ${name}: ${value}${typeof wanted === 'function' ? '' : `, not ${wanted}`}`
}

function fits(value: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? value === wanted : wanted.test(value)
}
