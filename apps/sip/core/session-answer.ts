/** The answer to an offer, made from what we would describe by ourselves: RFC 3264 §6. Descriptions are octets as latin1 strings. */

import { descriptionOf, textOfDescription } from '../syntax/content.js'
import type { MediaDescription, SessionDescription } from '../syntax/session-description.js'
import { isMulticast } from '../transport/multicast.js'
import { revised } from './revision.js'
import { directed, flowAt } from './stream-direction.js'

/**
 * Undefined when no stream fits, or either is no session description. `latest` is what we have described before in the
 * same session: what differs from that gets the version after it (§8).
 */
export function answerTo(offer: string, ours: string, latest?: string): string | undefined {
  const theirs = descriptionOf(offer)
  const own = descriptionOf(ours)
  if (theirs === undefined || own === undefined) return undefined
  const media = streamsOf(theirs, own)
  // §6: an offer of no streams, which may come by and by, has an answer of none.
  if (media.length > 0 && media.every(({ port }) => port === 0)) return undefined
  // §6: the t= line is that of the offer.
  const answer = { ...own, ...(theirs.timing && { timing: theirs.timing }), media }
  const text = textOfDescription(answer)
  return latest === undefined ? text : (revised(answer, latest) ?? text)
}

/** §6: one for each that is offered, in its place. */
function streamsOf(theirs: SessionDescription, own: SessionDescription): readonly MediaDescription[] {
  const taken = new Set<number>()
  return theirs.media.map((offered, at) => {
    const group = groupAt(theirs, at)
    // §6.1, §6.2: what is offered to one is not answered for many; a group has to be ours, too, with its port.
    const isThere = (stream: MediaDescription, i: number): boolean =>
      groupAt(own, i) === group && (group === undefined ? stream.port !== 0 : stream.port === offered.port)
    const isFitting = (stream: MediaDescription | undefined, i: number): boolean =>
      !taken.has(i) && stream?.type === offered.type && stream.protocol === offered.protocol && isThere(stream, i)
    const found = isFitting(own.media[at], at) ? at : own.media.findIndex(isFitting)
    const stream = offered.port === 0 ? undefined : own.media[found]
    const payloads = stream && commonFormats(offered, stream)
    if (stream === undefined || payloads === undefined) return refused(offered)
    taken.add(found)
    // §6.1: we send what they receive, and receive what they send.
    const [wanted, given] = [flowAt(own, found), flowAt(theirs, at)]
    const flow = { sends: wanted.sends && given.receives, receives: wanted.receives && given.sends }
    const common = new Set(payloads)
    const isCommon = ({ payload }: { readonly payload: number }): boolean => common.has(String(payload))
    // §6.1: payload types and fmtp lines are as they are offered.
    const rtp = offered.rtp?.filter(isCommon) ?? []
    const fmtp = offered.fmtp?.filter(isCommon) ?? []
    const answer = { ...stream, payloads: payloads.join(' '), rtp, fmtp }
    return group === undefined ? directed(answer, flow) : directed({ ...answer, ...sharedOf(offered) }, given)
  })
}

/** The address of the group that a stream is for; undefined for one between two. */
function groupAt({ media, connection }: SessionDescription, at: number): string | undefined {
  const { ip = '' } = media[at]?.connection ?? connection ?? {}
  return isMulticast(ip) ? ip.toLowerCase() : undefined
}

/** §6.2: what all members of a group have to say alike. */
function sharedOf({ ptime, bandwidth }: MediaDescription): Partial<MediaDescription> {
  return { ...(ptime === undefined ? {} : { ptime }), ...(bandwidth === undefined ? {} : { bandwidth }) }
}

/** §6: port 0. */
function refused({ type, protocol, payloads = '' }: MediaDescription): MediaDescription {
  return { type, protocol, payloads, port: 0 }
}

/** The formats that are offered and ours, in the order of the offer; undefined when there are none. */
function commonFormats(offered: MediaDescription, own: MediaDescription): readonly string[] | undefined {
  const [nameOfTheirs, nameOfOurs] = [namesOf(offered), namesOf(own)]
  const known = new Set(formatsOf(own).map(nameOfOurs))
  const common = formatsOf(offered).filter(format => known.has(nameOfTheirs(format)))
  return common.length === 0 ? undefined : common
}

function formatsOf({ payloads = '' }: MediaDescription): readonly string[] {
  return String(payloads).split(' ')
}

/**
 * Dynamic payload types (RFC 3551 §6) mean what their rtpmap says, the first where there are more; all else says it by itself.
 * Somebody may offer thousands of both.
 */
function namesOf({ rtp = [] }: MediaDescription): (format: string) => string {
  const mapped = new Map(rtp.toReversed().map(({ payload, codec, rate }) => [String(payload), `${codec}/${rate}`]))
  return format => (Number(format) < 96 ? undefined : mapped.get(format)?.toLowerCase()) ?? format
}
