/** The body of a message as text or octets, by the charset of its Content-Type (JSR 289 §5.5). */

import type { Request, Response } from '../sip/sip.js'

/** Sent unless the Content-Type says otherwise (RFC 3261 §7.4.1). */
const DEFAULT = 'utf-8'

/** The name of its charset; UTF-8 unless it says so. */
export function charsetOf(message: Request | Response): string {
  return message.get('Content-Type')?.params.get('charset')?.toLowerCase() ?? DEFAULT
}

export function octetsOf({ body }: Request | Response): Uint8Array {
  return Buffer.from(body, 'latin1')
}

/** The body as text; what is no text in its charset has replacement characters. Throws TypeError for a charset that nobody knows. */
export function textOf(message: Request | Response): string {
  return decoderOf(charsetOf(message)).decode(octetsOf(message))
}

/** One character per octet, as messages keep it. Throws TypeError for charsets that can only be read. */
export function bodyOf(content: string | Uint8Array, charset: string): string {
  if (typeof content !== 'string') return Buffer.from(content).toString('latin1')
  const encoding = encodings.get(charset)
  if (encoding === undefined) throw new TypeError(`text cannot be written in ${charset}: give octets, or use utf-8`)
  return Buffer.from(content, encoding).toString('latin1')
}

const encodings: ReadonlyMap<string, BufferEncoding> = new Map<string, BufferEncoding>([
  ['utf-8', 'utf8'],
  ['us-ascii', 'utf8'],
  ['utf-16le', 'utf16le'],
  ['iso-8859-1', 'latin1'],
])

function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset, { ignoreBOM: true })
  } catch (cause) {
    throw new TypeError(`nobody knows the charset ${charset}`, { cause })
  }
}
