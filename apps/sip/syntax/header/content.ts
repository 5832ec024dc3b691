/** Headers about bodies and what is understood of them: §7.4, §20.1 to §20.3, §20.11 to §20.15, §20.24. */

import { defineHeader, type Header, type HeaderGrammar } from '../header.js'
import { formatMediaType, type MediaType, parseMediaType } from '../media-type.js'
import { type Parameterised, tokenWithParams } from '../parameterised.js'
import { token } from './plain.js'

const media: HeaderGrammar<MediaType> = { parse: parseMediaType, format: formatMediaType, checked: true }

export interface ContentHeaders {
  Accept: MediaType
  'Accept-Encoding': Parameterised
  'Accept-Language': Parameterised
  'Content-Disposition': Parameterised
  'Content-Encoding': string
  'Content-Language': string
  'Content-Transfer-Encoding': string
  'Content-Type': MediaType
  'MIME-Version': string
}

export const accept: Header<MediaType> = defineHeader('Accept', 'list', media)
export const contentType: Header<MediaType> = defineHeader('Content-Type', 'one', media, { compact: 'c' })
export const contentDisposition: Header<Parameterised> = defineHeader('Content-Disposition', 'one', tokenWithParams)
export const contentEncoding: Header<string> = defineHeader('Content-Encoding', 'list', token, { compact: 'e' })

export const contentHeaders: readonly Header<unknown>[] = [
  accept,
  contentType,
  contentDisposition,
  contentEncoding,
  defineHeader('Accept-Encoding', 'list', tokenWithParams),
  defineHeader('Accept-Language', 'list', tokenWithParams),
  defineHeader('Content-Language', 'list', token),
  defineHeader('Content-Transfer-Encoding', 'one', token), // RFC 2045 §6, in the parts of a multipart
  defineHeader('MIME-Version', 'one', token),
]
