/** Our session description once more, with something changed: RFC 3264 §8. Descriptions are octets as latin1 strings. */

import { descriptionOf, textOfDescription } from '../syntax/content.js'
import type { SessionDescription } from '../syntax/session-description.js'
import type { Agreement } from './offer-answer.js'
import { type Flow, flowAt, isNowhere, withFlows } from './stream-direction.js'

/** What stands, to be described once more: with the next version where something else has been described meanwhile. */
export function standing({ local, latest }: Agreement): string {
  const read = local === latest ? undefined : descriptionOf(local)
  return read === undefined ? local : (revised(read, latest) ?? local)
}

/**
 * RFC 3264 §8.4, RFC 6337 §5.3: what we do not want to hear any more is offered as sendonly, or inactive where we do not
 * send; with `receives` all is that we send. Undefined where we have not described anything.
 */
export function turned(agreement: Agreement, receives: boolean): string | undefined {
  const ours = descriptionOf(agreement.local)
  if (ours === undefined) return undefined
  const wanted = wantedFlows(ours, agreement)
  const changed = withFlows(ours, at => ({ sends: wanted(at).sends, receives }))
  return revised(changed, agreement.latest)
}

/** RFC 6337 §5.1: what we would describe by ourselves, where the other side has kept us from it. */
export function unforced(agreement: Agreement): string {
  const ours = descriptionOf(agreement.local)
  return ours === undefined ? agreement.local : textOfDescription(withFlows(ours, wantedFlows(ours, agreement)))
}

function wantedFlows(ours: SessionDescription, { remote, by }: Agreement): (at: number) => Flow {
  const theirs = by === 'remote' ? descriptionOf(remote) : undefined
  return at => {
    const { sends, receives } = flowAt(ours, at)
    if (theirs === undefined) return { sends, receives }
    const offered = flowAt(theirs, at)
    return { sends: sends || !offered.receives, receives: receives || !offered.sends }
  }
}

/** RFC 3264 §8.4: the other side takes nothing of what we would send it, in any stream. */
export function isHeld({ local, remote, by }: Agreement): boolean {
  // Most descriptions need not be read for that.
  if (!/a=(sendonly|inactive)|0\.0\.0\.0/.test(remote)) return false
  const theirs = descriptionOf(remote)
  if (theirs === undefined) return false
  const ours = by === 'local' ? descriptionOf(local) : undefined
  const inUse = [...theirs.media.keys()].filter(at => theirs.media[at]?.port !== 0)
  const isRefused = (at: number): boolean => !flowAt(theirs, at).receives || isNowhere(theirs, at)
  const isWanted = (at: number): boolean => ours === undefined || flowAt(ours, at).sends
  return inUse.length > 0 && inUse.every(at => isRefused(at) && isWanted(at))
}

/** RFC 3264 §8: one that has not changed says so by its origin, version included. */
export function isSame(description: string, other: string): boolean {
  const origin = originOf(description)
  return origin === undefined ? description === other : origin === originOf(other)
}

function originOf(description: string): string | undefined {
  return /^o=(.*)$/m.exec(description)?.[1]
}

/**
 * As text, with the version after that of `latest`, or as `latest` where all else is as there (RFC 3264 §8); undefined where
 * there are no versions.
 */
export function revised(description: SessionDescription, latest: string): string | undefined {
  const { origin } = description
  const version = /^o=\S+ \S+ (\d+) /m.exec(latest)?.[1]
  if (origin === undefined || version === undefined) return undefined
  // A version may have more digits than a number of JavaScript.
  const sessionVersion = String(BigInt(version) + 1n)
  const text = textOfDescription({ ...description, origin: { ...origin, sessionVersion } })
  return withoutVersion(text) === withoutVersion(latest) ? latest : text
}

function withoutVersion(description: string): string {
  return description.replace(/^(o=\S+ \S+ )\d+/m, '$1')
}
