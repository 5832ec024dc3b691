/** What others have published, and by which tag they may change it: the table of an event state compositor, RFC 3903 §6. No clock here. */

import { TextTable } from '../../actor/actor.js'
import { apart } from '../syntax/apart.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'
import { createUri, type Uri } from '../syntax/uri.js'

/** One publication; a resource may have several, of different devices. */
export interface EventState {
  /** The URI of the resource, without parameters (§10.3). */
  readonly resource: string
  /** The event package. */
  readonly event: string
  /** Octets as a latin1 string, and their media type. */
  readonly body: string
  readonly contentType: string
}

/** What a PUBLISH gets. */
export type Verdict =
  | { readonly kind: 'refused'; readonly status: number; readonly reason?: string; readonly headers?: HeaderInputs }
  | {
      readonly kind: 'published' | 'modified' | 'unchanged' | 'removed'
      readonly tag: string
      /** Seconds; 0 of what is removed, or was not to be kept at all. */
      readonly expires: number
      /** The publication from now on; as it was when it is removed. */
      readonly state: EventState
      /** The same as long as it lives, other than its tags. */
      readonly serial: number
    }

export interface EventStateLimits {
  /** Seconds granted at most, and to who asks for none in particular. */
  readonly expires: number
  /** Seconds to be asked for at least. */
  readonly least: number
  /** Publications at a time. */
  readonly most: number
  /** Octets of all of their bodies. */
  readonly octets: number
}

interface Kept {
  readonly serial: number
  readonly tag: string
  readonly state: EventState
}

/** Publications of one resource: each change of one of them looks at all. */
const MOST_OF_ONE = 1000

export class EventStateTable {
  readonly #limits: EventStateLimits
  readonly #newTag: () => string
  readonly #byTag: TextTable<Kept>
  readonly #bySubject: TextTable<readonly Kept[]>
  #serial = 0
  #octets = 0

  /** `newTag` makes texts that nobody has had before; `seed` is any number that others cannot foresee. */
  constructor(limits: EventStateLimits, newTag: () => string, seed: number) {
    this.#limits = limits
    this.#newTag = newTag
    this.#byTag = new TextTable(seed)
    this.#bySubject = new TextTable(seed)
  }

  get size(): number {
    return this.#byTag.size
  }

  /** What is published of a resource, oldest first. */
  of(resource: Uri, event: string): readonly EventState[] {
    return (this.#bySubject.get(subjectOf(resourceOf(resource), event)) ?? []).map(({ state }) => state)
  }

  /** §6, in its order: the precondition, the time, the body. Whatever is refused has changed nothing. */
  publish(request: Request): Verdict {
    const event = request.get('Event')?.value
    if (event === undefined) return refused(489)
    const conditions = request.raw('SIP-If-Match')
    if (conditions.length > 1 || request.isMalformed('SIP-If-Match')) return refused(400, 'Not One Entity-Tag')
    const resource = resourceOf(request.uri)
    const condition = request.get('SIP-If-Match')
    const former = condition === undefined ? undefined : this.#byTag.get(condition)
    const isOurs = former !== undefined && former.state.resource === resource && former.state.event === event
    if (condition !== undefined && !isOurs) return refused(412)
    const { expires: most, least } = this.#limits
    const asked = request.get('Expires') ?? most
    if (asked > 0 && asked < least) return { ...refused(423), headers: { 'Min-Expires': least } }
    if (former === undefined && request.body === '') return refused(400, 'Nothing To Publish')
    const state = request.body === '' && former ? former.state : stateOf(request, resource, event)
    return this.#keep(former, state, Math.min(asked, most))
  }

  /** Its time is over; undefined of what has gone before. */
  expire(tag: string): EventState | undefined {
    const kept = this.#byTag.get(tag)
    if (kept !== undefined) this.#drop(kept)
    return kept?.state
  }

  #keep(former: Kept | undefined, state: EventState, expires: number): Verdict {
    const tag = this.#newTag()
    const serial = former?.serial ?? ++this.#serial
    const granted = { tag, expires, serial }
    if (expires === 0) {
      if (former !== undefined) this.#drop(former)
      return { kind: former === undefined ? 'unchanged' : 'removed', ...granted, state: former?.state ?? state }
    }
    const subject = subjectOf(state.resource, state.event)
    const all = this.#bySubject.get(subject) ?? []
    const isFull = this.size >= this.#limits.most || all.length >= MOST_OF_ONE
    const more = state.body.length - (former?.state.body.length ?? 0)
    if ((former === undefined && isFull) || (more > 0 && this.#octets + more > this.#limits.octets)) return refused(503)
    this.#octets += more
    const next = { serial, tag, state }
    if (former !== undefined) this.#byTag.delete(former.tag)
    this.#byTag.set(tag, next)
    this.#bySubject.set(
      subject,
      former === undefined ? [...all, next] : all.map(each => (each === former ? next : each)),
    )
    if (former === undefined) return { kind: 'published', ...granted, state }
    return { kind: state === former.state ? 'unchanged' : 'modified', ...granted, state }
  }

  #drop(kept: Kept): void {
    const subject = subjectOf(kept.state.resource, kept.state.event)
    const others = (this.#bySubject.get(subject) ?? []).filter(each => each !== kept)
    this.#octets -= kept.state.body.length
    this.#byTag.delete(kept.tag)
    if (others.length === 0) this.#bySubject.delete(subject)
    else this.#bySubject.set(subject, others)
  }
}

/** Apart from the request, which would live as long. */
function stateOf(request: Request, resource: string, event: string): EventState {
  const contentType = request.raw('Content-Type')[0] ?? ''
  return { resource: apart(resource), event: apart(event), body: apart(request.body), contentType: apart(contentType) }
}

function refused(status: number, reason?: string): Extract<Verdict, { kind: 'refused' }> {
  return { kind: 'refused', status, ...(reason === undefined ? {} : { reason }) }
}

/** §10.3: parameters do not tell resources apart. */
function resourceOf(uri: Uri): string {
  if (!uri.isSip) return `${uri}`
  const { scheme, user, host, port } = uri
  return `${createUri({ scheme, host: host.toLowerCase(), user, port })}`
}

function subjectOf(resource: string, event: string): string {
  return `${event} ${resource}`
}
