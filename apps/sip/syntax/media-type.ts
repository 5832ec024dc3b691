/** Media types and ranges: Content-Type §20.15, Accept §20.1. */

import { isToken } from './char-class.js'
import type { Cursor } from './cursor.js'
import { headerParams, type Params, type ParamValues, parseParams } from './params.js'

const SLASH = 47

export interface MediaType {
  /** As written; compare in lower case, or with `isMediaType`. `*` in a range. */
  readonly type: string
  readonly subtype: string
  readonly params: Params
}

export function mediaType(name: string, params: ParamValues | Params = {}): MediaType {
  const [type = '', subtype = '', ...rest] = name.split('/')
  if (!isToken(type) || !isToken(subtype) || rest.length > 0)
    throw new TypeError(`not a media type: ${JSON.stringify(name)}`)
  return { type, subtype, params: headerParams(params) }
}

/** True for that type and subtype, parameters apart: `isMediaType(type, 'application/sdp')`. */
export function isMediaType(media: MediaType | undefined, name: string): boolean {
  return media !== undefined && `${media.type}/${media.subtype}`.toLowerCase() === name.toLowerCase()
}

/** True when a range of Accept covers the type: §20.1. */
export function covers(range: MediaType, media: MediaType): boolean {
  if (range.type === '*') return true
  if (range.type.toLowerCase() !== media.type.toLowerCase()) return false
  return range.subtype === '*' || range.subtype.toLowerCase() === media.subtype.toLowerCase()
}

export function parseMediaType(cursor: Cursor): MediaType | undefined {
  const type = cursor.token()
  if (type === '' || !cursor.take(SLASH)) return undefined
  const subtype = cursor.token()
  const params = subtype === '' ? undefined : parseParams(cursor)
  return params && { type, subtype, params }
}

export function formatMediaType({ type, subtype, params }: MediaType): string {
  if (!isToken(type) || !isToken(subtype)) throw new TypeError(`not a media type: ${type}/${subtype}`)
  return `${type}/${subtype}${params}`
}
