/** Bodies as applications want them: text, octets, session descriptions. §7.4, §20.11. */

import { parse as parseSdpText, write as writeSdp } from 'sdp-transform'
import { type Field, trustedField } from './field.js'
import { standardGrammar } from './grammar.js'
import { isMediaType, type MediaType, mediaType } from './media-type.js'
import type { Message } from './message.js'
import { type BodyPart, leavesOf } from './mime.js'
import { octetBytes, octetString } from './octets.js'
import { octetsOf, textOf } from './quoted.js'

import type { SessionDescription } from './session-description.js'

/** What `with` and the builders take as a body with its type. */
export interface Content {
  readonly type: MediaType
  /** One character per octet. */
  readonly body: string
}

/** The Content-Type line of a session description. */
export const sdpLine: Field = trustedField(standardGrammar.find('Content-Type'), 'application/sdp')

/** Text as UTF-8, text/plain unless a type is given. */
export function textContent(text: string, type: string = 'text/plain'): Content {
  return { type: mediaType(type, { charset: 'UTF-8' }), body: octetsOf(text) }
}

export function bytesContent(bytes: Uint8Array, type: string): Content {
  return { type: mediaType(type), body: octetString(bytes) }
}

/** A session description as written by sdp-transform. */
export function sdpContent(description: SessionDescription): Content {
  return { type: mediaType('application/sdp'), body: octetsOf(textOfDescription(description)) }
}

/** The body as text: UTF-8 where it is, else each octet a character. */
export function textOfBody(content: Message | BodyPart): string {
  return textOf(content.body)
}

export function bytesOfBody(content: Message | BodyPart): Uint8Array {
  return octetBytes(content.body)
}

/** §20.11: as stated; without a statement `session` for SDP and `render` for all else. */
export function dispositionOf(content: Message | BodyPart): string {
  const stated = content.get('Content-Disposition')?.value.toLowerCase()
  if (stated !== undefined) return stated
  return isMediaType(content.get('Content-Type'), 'application/sdp') ? 'session' : 'render'
}

export function textOfDescription(description: SessionDescription): string {
  return writeSdp(description)
}

/** The text of the session description in a body, or in one part of it; undefined when there is none. */
export function sdpTextOf(message: Message): string | undefined {
  if (isMediaType(message.get('Content-Type'), 'application/sdp')) return message.body
  return leavesOf(message)?.find(part => isMediaType(part.type, 'application/sdp'))?.body
}

/** The session description in a body, or in one part of it; undefined when there is none or it makes no sense. */
export function sdpOf(message: Message): SessionDescription | undefined {
  const text = sdpTextOf(message)
  return text === undefined ? undefined : descriptionOf(textOf(text))
}

/** The session description that a text is; undefined for what is none. */
export function descriptionOf(text: string): SessionDescription | undefined {
  if (!text.startsWith('v=0')) return undefined
  try {
    return parseSdpText(text)
  } catch {
    return undefined // the library throws on some nonsense, and nonsense from the network is no session
  }
}
