/** Which way media flow in each stream of a session: RFC 3264 §5.1, §8.4. Read from our side of a description, or from theirs. */

import type { Direction, MediaDescription, SessionDescription } from '../syntax/session-description.js'

/** Of whoever describes it. */
export interface Flow {
  readonly sends: boolean
  readonly receives: boolean
}

const both: Flow = { sends: true, receives: true }

/** As the direction says; both ways where there is no such stream. */
export function flowAt(description: SessionDescription, at: number): Flow {
  const stream = description.media[at]
  if (stream === undefined) return both
  const direction = stream.direction ?? description.direction ?? 'sendrecv'
  return {
    sends: direction === 'sendrecv' || direction === 'sendonly',
    receives: direction === 'sendrecv' || direction === 'recvonly',
  }
}

/** RFC 3264 §8.4: nothing is to be sent there, whatever the direction says. */
export function isNowhere(description: SessionDescription, at: number): boolean {
  return (description.media[at]?.connection ?? description.connection)?.ip === '0.0.0.0'
}

/** Each stream that is in use with its direction stated. */
export function withFlows(description: SessionDescription, flowOf: (at: number) => Flow): SessionDescription {
  const media = description.media.map((stream, at) => (stream.port === 0 ? stream : directed(stream, flowOf(at))))
  return { ...description, media }
}

export function directed(stream: MediaDescription, flow: Flow): MediaDescription {
  return { ...stream, direction: directionOf(flow) }
}

function directionOf({ sends, receives }: Flow): Direction {
  if (sends) return receives ? 'sendrecv' : 'sendonly'
  return receives ? 'recvonly' : 'inactive'
}
