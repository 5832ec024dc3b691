/** Octets as strings of one character each, which is how messages are held here. */

const step = 8192

export function octetString(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += step) text += String.fromCharCode(...bytes.subarray(at, at + step))
  return text
}

/** Throws TypeError when a character is more than an octet. */
export function octetBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0xff) throw new TypeError('not a string of octets')
    bytes[at] = code
  }
  return bytes
}
