/** Our session description once more, with something changed: RFC 3264 §8. Descriptions are octets as latin1 strings. */

import { parse, write } from 'sdp-transform'
import type { SessionDescription } from '../syntax/session-description.js'

/** With a version one above that of `latest`, as each that we offer has; as it was when either is no session description. */
export function again(description: string, latest: string): string {
  const read = readDescription(description)
  const version = nextVersion(latest)
  return read?.origin === undefined || version === undefined ? description : renewed(read, version)
}

/** RFC 3264 §8: one that has not changed says so by its origin, version included. */
export function isSame(description: string, other: string): boolean {
  const origin = originOf(description)
  return origin === undefined ? description === other : origin === originOf(other)
}

function originOf(description: string): string | undefined {
  return /^o=(.*)$/m.exec(description)?.[1]
}

function renewed(description: SessionDescription, sessionVersion: string): string {
  const { origin } = description
  return write(origin === undefined ? description : { ...description, origin: { ...origin, sessionVersion } })
}

/** RFC 3264 §8: a version may have more digits than a number of JavaScript. */
function nextVersion(description: string): string | undefined {
  const version = /^o=\S+ \S+ (\d+) /m.exec(description)?.[1]
  return version === undefined ? undefined : String(BigInt(version) + 1n)
}

/** Undefined for what is none. */
function readDescription(text: string): SessionDescription | undefined {
  if (!text.startsWith('v=0')) return undefined
  try {
    return parse(text)
  } catch {
    return undefined // the library throws on some nonsense
  }
}
