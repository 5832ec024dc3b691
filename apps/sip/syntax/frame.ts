/** Cuts a stream into messages by Content-Length: §18.3, §7.5, and the keep-alives of RFC 5626 §4.4.1. */

import { type Fault, faultIn, type Wrong } from './fault.js'
import { type Grammar, standardGrammar } from './grammar.js'
import { octetString } from './octets.js'
import { scanHeader, scanValue } from './scan.js'
import { normaliseLines, splitHeaders } from './split.js'
import { parseStartLine } from './start-line.js'

export type Frame =
  /** One whole message, ready for `parseMessage`. */
  | { readonly kind: 'message'; readonly text: string }
  /** CRLF CRLF: to be answered with CRLF. */
  | { readonly kind: 'ping' }
  /** CRLF, the answer to a ping. A ping cut in two by the network shows as a pong and then as a ping. */
  | { readonly kind: 'pong' }
  /** Where the next message starts is unknown: answer what is owed and close. Nothing follows. */
  | { readonly kind: 'fault'; readonly fault: Fault }

const LF = 10
const CR = 13

/** A push parser for one connection: each octet is looked at once, however the stream is cut. */
export class Framer {
  private readonly grammar: Grammar
  private state: 'idle' | 'headers' | 'body' | 'failed' = 'idle'
  /** What has come of the current message in earlier chunks. */
  private pieces: string[] = []
  private octets = 0
  /** Line ends since the last message. */
  private lineEnds = 0
  /** How much of the current header line came in earlier chunks, and its first octet. */
  private lineOctets = 0
  private lineFirst = 0
  private startLineSeen = false
  private bodyMissing = 0

  constructor(grammar: Grammar = standardGrammar) {
    this.grammar = grammar
  }

  /** True when no message has begun. */
  get isIdle(): boolean {
    return this.state === 'idle'
  }

  /** Takes the next chunk: bytes, or a string of one character per octet. */
  push(chunk: string | Uint8Array): readonly Frame[] {
    const text = typeof chunk === 'string' ? chunk : octetString(chunk)
    const frames: Frame[] = []
    let at = 0
    while (at < text.length && this.state !== 'failed') {
      if (this.state === 'idle') at = this.idle(text, at, frames)
      else if (this.state === 'headers') at = this.headers(text, at, frames)
      else at = this.body(text, at, frames)
    }
    return frames
  }

  private idle(text: string, at: number, frames: Frame[]): number {
    const before = this.lineEnds
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === LF) {
        this.lineEnds++
        if (this.lineEnds % 2 === 0) frames.push({ kind: 'ping' })
      } else if (code !== CR) break
    }
    if (this.lineEnds > before && this.lineEnds % 2 === 1) frames.push({ kind: 'pong' })
    if (at < text.length) this.begin()
    return at
  }

  /** The pong has been waited for: it is not the first half of a ping, whatever comes next. */
  endPong(): void {
    this.lineEnds = 0
  }

  private begin(): void {
    this.state = 'headers'
    this.pieces = []
    this.octets = 0
    this.lineEnds = 0
    this.lineOctets = 0
    this.startLineSeen = false
  }

  private headers(text: string, from: number, frames: Frame[]): number {
    let lineAt = from
    for (;;) {
      const end = text.indexOf('\n', lineAt)
      if (end < 0) return this.waitForLine(text, from, lineAt, frames)
      const octets = this.lineOctets + end - lineAt
      const first = this.lineOctets > 0 ? this.lineFirst : text.charCodeAt(lineAt)
      this.lineOctets = 0
      if (octets === 0 || (octets === 1 && first === CR)) return this.endHeaders(text, from, end + 1, frames)
      if (!this.startLineSeen) {
        const line = this.taken(text, from, end)
        if (!isStartLine(line)) return this.fail(line, { reason: 'Not a SIP Start Line' }, frames, text.length)
        this.startLineSeen = true
      }
      lineAt = end + 1
      if (this.isTooLong(lineAt - from)) return this.tooLong(text, from, lineAt, frames)
    }
  }

  /** The chunk ends within a line. */
  private waitForLine(text: string, from: number, lineAt: number, frames: Frame[]): number {
    if (this.lineOctets === 0) this.lineFirst = text.charCodeAt(lineAt)
    this.lineOctets += text.length - lineAt
    if (this.isTooLong(text.length - from)) return this.tooLong(text, from, text.length, frames)
    this.take(text, from, text.length)
    return text.length
  }

  private isTooLong(more: number): boolean {
    const { headerBytes, startLine } = this.grammar.limits
    return this.octets + more > (this.startLineSeen ? headerBytes : startLine)
  }

  private tooLong(text: string, from: number, end: number, frames: Frame[]): number {
    const limit = this.startLineSeen ? 'headerBytes' : 'startLine'
    const wrong: Wrong = { status: 513, reason: 'Header Section Too Large', limit }
    return this.fail(this.taken(text, from, end), wrong, frames, text.length)
  }

  private endHeaders(text: string, from: number, end: number, frames: Frame[]): number {
    // What came in one piece, as nearly every message does, is not cut twice.
    const isWhole = this.pieces.length === 0
    const { body } = this.grammar.limits
    const length = isWhole ? contentLengthOf(text, from, body) : contentLengthOf(this.taken(text, from, end), 0, body)
    if (typeof length !== 'number') return this.fail(this.taken(text, from, end), length, frames, text.length)
    if (end + length <= text.length) {
      frames.push({ kind: 'message', text: this.taken(text, from, end + length) })
      this.state = 'idle'
      return end + length
    }
    this.pieces = [this.taken(text, from, end)]
    this.bodyMissing = length
    this.state = 'body'
    return end
  }

  private body(text: string, from: number, frames: Frame[]): number {
    const end = Math.min(text.length, from + this.bodyMissing)
    this.bodyMissing -= end - from
    this.take(text, from, end)
    if (this.bodyMissing === 0) {
      frames.push({ kind: 'message', text: this.pieces.join('') })
      this.pieces = []
      this.state = 'idle'
    }
    return end
  }

  private take(text: string, from: number, end: number): void {
    this.pieces.push(text.slice(from, end))
    this.octets += end - from
  }

  private taken(text: string, from: number, end: number): string {
    return this.pieces.length === 0 ? text.slice(from, end) : this.pieces.join('') + text.slice(from, end)
  }

  private fail(head: string, wrong: Wrong, frames: Frame[], end: number): number {
    frames.push({ kind: 'fault', fault: faultOf(head, wrong, this.grammar) })
    this.state = 'failed'
    this.pieces = []
    return end
  }
}

function isStartLine(line: string): boolean {
  return line.includes('SIP/') || line.toUpperCase().includes('SIP/')
}

/** §18.3: a stream needs a Content-Length, and one only; RFC 4475 §3.1.2.3 and §3.3.9 have bad ones. */
function contentLengthOf(text: string, from: number, limit: number): number | Wrong {
  let length: number | undefined
  for (
    let at = scanHeader(text, from, 'content-length', 'l');
    at >= 0;
    at = scanHeader(text, at, 'content-length', 'l')
  ) {
    const value = scanValue(text, at)
    if (!/^\d{1,16}$/.test(value)) return { reason: 'Malformed Content-Length' }
    const octets = Number(value)
    if (length !== undefined && octets !== length) return { reason: 'Conflicting Content-Length' }
    length = octets
  }
  if (length === undefined) return { reason: 'Missing Content-Length' }
  return length > limit ? { status: 513, reason: 'Body Too Large', limit: 'body' } : length
}

function faultOf(head: string, wrong: Wrong, grammar: Grammar): Fault {
  const text = normaliseLines(head)
  const lineEnd = text.indexOf('\r\n')
  const start = parseStartLine(text, 0, lineEnd < 0 ? text.length : lineEnd, grammar.limits)
  const method = start.kind === 'response' ? undefined : start.method
  const fields = lineEnd < 0 ? [] : (splitHeaders(text, lineEnd + 2, grammar)?.fields ?? [])
  return faultIn(method, wrong, fields, grammar)
}
