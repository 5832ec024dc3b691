/** A position in one header value or URI, and the reading of lexical elements from there: §25.1. */

import { charClass, DIGIT, TOKEN } from './char-class.js'
import { defaultLimits, type Limits } from './limits.js'

const TAB = 9
const SP = 32
const QUOTE = 34
const OPEN = 40
const CLOSE = 41
const BACKSLASH = 92

export class Cursor {
  readonly text: string
  readonly end: number
  readonly limits: Limits
  at: number

  constructor(text: string, at: number = 0, end: number = text.length, limits: Limits = defaultLimits) {
    this.text = text
    this.at = at
    this.end = end
    this.limits = limits
  }

  get atEnd(): boolean {
    return this.at >= this.end
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
    const { text, end } = this
    const from = this.at
    let at = from
    while (at < end && ((charClass[text.charCodeAt(at)] ?? 0) & classes) !== 0) at++
    this.at = at
    return text.substring(from, at)
  }

  token(): string {
    return this.span(TOKEN)
  }

  /** An unsigned integer of at most `maximum`, or undefined. */
  integer(maximum: number): number | undefined {
    const from = this.at
    let value = 0
    while (this.at < this.end) {
      const code = this.text.charCodeAt(this.at)
      if (((charClass[code] ?? 0) & DIGIT) === 0) break
      value = value * 10 + (code - 48)
      if (value > maximum) return undefined
      this.at++
    }
    return this.at === from ? undefined : value
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
      else if (code === OPEN && ++depth > this.limits.nesting) return undefined
      else if (code === CLOSE && --depth === 0) {
        this.at = at + 1
        return this.text.substring(from, this.at)
      }
      if (depth === 0) return undefined
    }
    return undefined
  }
}
