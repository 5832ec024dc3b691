/** Percent escapes in URIs: §19.1.2. Decoded once and only on demand, so that a URI goes out as it came in. */

import { charClass, HEX } from './char-class.js'
import { octetsOf, textOf } from './quoted.js'

/** Decodes each `%hh` once; malformed ones stay. The octets decoded are taken as UTF-8 where they are. */
export function decodeEscapes(text: string): string {
  let at = text.indexOf('%')
  if (at < 0) return text
  let decoded = ''
  let from = 0
  while (at >= 0) {
    if (isEscape(text, at, text.length)) {
      decoded += text.slice(from, at) + String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16))
      from = at + 3
    }
    at = text.indexOf('%', at + 1)
  }
  return textOf(decoded + text.slice(from))
}

/** Escapes every octet outside the character class, `%` included. */
export function encodeEscapes(text: string, classes: number): string {
  const octets = octetsOf(text)
  let escaped = ''
  for (let at = 0; at < octets.length; at++) {
    const code = octets.charCodeAt(at)
    if (code < 0x80 && ((charClass[code] ?? 0) & classes) !== 0) escaped += octets.charAt(at)
    else escaped += `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return escaped
}

export function isEscape(text: string, at: number, end: number): boolean {
  return (
    at + 2 < end &&
    ((charClass[text.charCodeAt(at + 1)] ?? 0) & HEX) !== 0 &&
    ((charClass[text.charCodeAt(at + 2)] ?? 0) & HEX) !== 0
  )
}

/** The first index from `at` that is neither in the classes nor part of an escape; -1 at a broken escape. */
export function spanEscaped(text: string, at: number, end: number, classes: number): number {
  const table = charClass
  while (at < end) {
    const code = text.charCodeAt(at)
    if (((table[code] ?? 0) & classes) !== 0) at++
    else if (code !== 37) return at
    else if (isEscape(text, at, end)) at += 3
    else return -1
  }
  return at
}
