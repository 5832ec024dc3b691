/** tel URIs: RFC 3966 §3, §5. */

import { Cursor } from './cursor.js'
import { noUriParams, type Params, readUriParams, spanUriParams } from './params.js'
import type { Uri } from './uri.js'

export interface TelNumber {
  /** As written, with its visual separators; global numbers start with a plus sign. */
  readonly written: string
  /** Without visual separators, in lower case: what is dialled and compared. */
  readonly number: string
  readonly isGlobal: boolean
  readonly params: Params
}

/** The number of a tel URI; undefined for other schemes and malformed numbers. A local number needs a phone-context. */
export function parseTel(uri: Uri): TelNumber | undefined {
  if (uri.scheme !== 'tel') return undefined
  const { opaque } = uri
  const semicolon = opaque.indexOf(';')
  const written = semicolon < 0 ? opaque : opaque.slice(0, semicolon)
  const params = semicolon < 0 ? noUriParams : readParams(opaque.slice(semicolon))
  const isGlobal = written.startsWith('+')
  const digits = isGlobal ? /^\+[-.()]*[0-9][-.()0-9]*$/ : /^[-.()0-9a-fA-F*#]+$/
  if (params === undefined || !digits.test(written) || (!isGlobal && !params.get('phone-context'))) return undefined
  const number = written.replaceAll(/[-.()]/g, '').toLowerCase()
  return number === '' ? undefined : { written, number, isGlobal, params }
}

/** RFC 3966 §5: same number without separators, same parameters in any order; those that hold numbers compare as numbers. */
export function telEquals(one: TelNumber, other: TelNumber): boolean {
  if (one.number !== other.number || one.isGlobal !== other.isGlobal || one.params.size !== other.params.size)
    return false
  for (const [name, value] of one.params.entries()) {
    if (!other.params.has(name) || comparable(name, value) !== comparable(name, other.params.get(name))) return false
  }
  return true
}

function comparable(name: string, value: string | undefined): string {
  const text = (value ?? '').toLowerCase()
  return name.toLowerCase() === 'ext' || text.startsWith('+') ? text.replaceAll(/[-.()]/g, '') : text
}

function readParams(text: string): Params | undefined {
  return spanUriParams(new Cursor(text), 0, text.length) === text.length
    ? readUriParams(text, 0, text.length)
    : undefined
}
