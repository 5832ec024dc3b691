/** A position in one header value or URI, and the reading of lexical elements from there: §25.1. */

import { spanOf, TOKEN } from './char-class.js'
import { defaultLimits, type LimitName, type Limits } from './limits.js'

const TAB = 9
const SP = 32
const QUOTE = 34
const OPEN = 40
const CLOSE = 41
const ZERO = 48
const BACKSLASH = 92

export class Cursor {
  readonly text: string
  readonly end: number
  readonly limits: Limits
  at: number
  /** The limit that stopped the reading, for counters. */
  passed: LimitName | undefined

  constructor(text: string, at: number = 0, end: number = text.length, limits: Limits = defaultLimits) {
    this.text = text
    this.at = at
    this.end = end
    this.limits = limits
    this.passed = undefined
  }

  get atEnd(): boolean {
    return this.at >= this.end
  }

  /** False, and the limit noted, when there are more of something than allowed. */
  allows(limit: LimitName, count: number): boolean {
    if (count <= this.limits[limit]) return true
    this.passed = limit
    return false
  }

  /** The octet at the position, or -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : -1
  }

  skipSpace(): void {
    while (this.at < this.end) {
      const code = this.text.charCodeAt(this.at)
      if (code !== SP && code !== TAB) return
      this.at++
    }
  }

  /** Takes a separator with the blanks that §25.1 allows on both sides of it. */
  take(code: number): boolean {
    const { text, end, at } = this
    if (at >= end) return false
    const found = text.charCodeAt(at)
    if (found !== code) return (found === SP || found === TAB) && this.takeAfterSpace(code)
    const next = at + 1
    this.at = next
    if (next < end && text.charCodeAt(next) <= SP) this.skipSpace()
    return true
  }

  private takeAfterSpace(code: number): boolean {
    const from = this.at
    this.skipSpace()
    if (this.peek() === code) return this.take(code)
    this.at = from
    return false
  }

  /** The octets of the given classes from here on; empty when there are none. */
  span(classes: number): string {
    const { text, at: from } = this
    this.at = spanOf(text, from, this.end, classes)
    return text.substring(from, this.at)
  }

  token(): string {
    return this.span(TOKEN)
  }

  /** An unsigned integer of at most `maximum`, or undefined. */
  integer(maximum: number): number | undefined {
    const { text, end, at: from } = this
    let value = 0
    let at = from
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - ZERO
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      if (value > maximum) return undefined
    }
    this.at = at
    return at === from ? undefined : value
  }

  /** A quoted string as it stands, quotes included; undefined when it is not closed or holds a control character. */
  quoted(): string | undefined {
    const from = this.at
    if (this.peek() !== QUOTE) return undefined
    for (let at = from + 1; at < this.end; at++) {
      const code = this.text.charCodeAt(at)
      if (code === QUOTE) {
        this.at = at + 1
        return this.text.substring(from, this.at)
      }
      if (code === BACKSLASH) at++
      else if (code < SP && code !== TAB) return undefined
    }
    return undefined
  }

  /** A comment with its parentheses, nested ones included; undefined when it is not closed or nested too deep. */
  comment(): string | undefined {
    const from = this.at
    let depth = 0
    for (let at = from; at < this.end; at++) {
      const code = this.text.charCodeAt(at)
      if (code === BACKSLASH) at++
      else if (code === OPEN && !this.allows('nesting', ++depth)) return undefined
      else if (code === CLOSE && --depth === 0) {
        this.at = at + 1
        return this.text.substring(from, this.at)
      }
      if (depth === 0) return undefined
    }
    return undefined
  }
}
