/** Quoted strings and the UTF-8 text within them: §25.1. Messages hold octets; applications see text. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Octets as text: UTF-8 where they are UTF-8, else each octet as its own character. */
export function textOf(octets: string): string {
  let at = 0
  while (at < octets.length && octets.charCodeAt(at) < 0x80) at++
  if (at === octets.length) return octets
  try {
    return decoder.decode(Uint8Array.from(octets, char => char.charCodeAt(0)))
  } catch {
    return octets // not UTF-8: RFC 4475 §3.1.1.12 lets it pass as it is
  }
}

/** Text as the octets of its UTF-8 form, one character per octet. */
export function octetsOf(text: string): string {
  let at = 0
  while (at < text.length && text.charCodeAt(at) < 0x80) at++
  if (at === text.length) return text
  let octets = ''
  for (const octet of encoder.encode(text)) octets += String.fromCharCode(octet)
  return octets
}

/** The text of a quoted string: no quotes, no backslashes. Anything else is returned as it is. */
export function unquote(quoted: string): string {
  if (quoted.charCodeAt(0) !== 34) return textOf(quoted)
  const inner = quoted.slice(1, -1)
  if (!inner.includes('\\')) return textOf(inner)
  let text = ''
  for (let at = 0; at < inner.length; at++) {
    if (inner.charCodeAt(at) === 92) at++
    text += inner.charAt(at)
  }
  return textOf(text)
}

/**
 * Text as a quoted string in octets.
 * Throws TypeError for CR, LF, NUL and other control characters: §25.1 has no way to write the first two.
 */
export function quote(text: string): string {
  refuseControls(text, 'quoted string')
  return `"${octetsOf(text).replaceAll(/["\\]/g, '\\$&')}"`
}

/** Throws TypeError when the text holds CR, LF, NUL or another control character but TAB. */
export function refuseControls(text: string, what: string): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code < 0x20 && code !== 9) || code === 0x7f) {
      throw new TypeError(`${what} must not hold the control character ${code}`)
    }
  }
}
