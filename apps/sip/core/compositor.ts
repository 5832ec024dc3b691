/** Who keeps what others publish: an event state compositor, RFC 3903 §6. */

import type { ActorRef, Behavior, Kernel } from '../../actor/actor.js'
import { newTag, type Random } from '../syntax/ids.js'
import { toUri, type Uri } from '../syntax/uri.js'
import { type EventState, EventStateTable } from './event-state.js'
import { Happenings } from './happenings.js'
import type { Incoming } from './incoming.js'

export interface EventStatesOptions {
  /** Seconds that a publication is kept at most, and where its sender does not say how long: 3600 unless given. */
  readonly expires?: number
  /** Seconds that have to be asked for at least: 60 unless given; less gets 423. */
  readonly least?: number
  /** Publications at a time: 100,000 unless given, 1000 of them of one resource; further ones get 503. */
  readonly most?: number
  /** Octets of all of their bodies: 64 MiB unless given; what would be more gets 503, too. */
  readonly octets?: number
}

/** What has become of the state of a resource. */
export interface EventStateChange extends Pick<EventState, 'resource' | 'event'> {
  readonly kind: 'published' | 'modified' | 'removed' | 'expired'
  /** All that is published of the resource from then on, oldest first. */
  readonly states: readonly EventState[]
}

/** What the stack has for it. */
export interface EventStatesHolder {
  readonly kernel: Kernel
  readonly random: Random
}

type ExpiryMsg =
  | { readonly kind: 'keep'; readonly serial: number; readonly tag: string; readonly ms: number }
  | { readonly kind: 'drop'; readonly serial: number }
  | { readonly kind: 'expired'; readonly tag: string }

interface ExpiryArg {
  readonly expired: (tag: string) => void
  readonly closed: () => void
}

/** Knows when publications end. */
const expiry: Behavior<ExpiryMsg, ExpiryArg> = {
  label: 'event states',
  init({ expired, closed }, self) {
    self.defer(closed)
    return message => {
      if (message.kind === 'keep') {
        self.startTimer(`${message.serial}`, message.ms, { kind: 'expired', tag: message.tag })
      } else if (message.kind === 'drop') self.stopTimer(`${message.serial}`)
      else expired(message.tag)
    }
  },
}

/** The states that others publish at us, for the `PUBLISH` of a core: each until it is removed, or its time is over. */
export class EventStates {
  /** What has changed, for one reader; the latest 100 wait. It ends with the stack. */
  readonly changes: AsyncIterable<EventStateChange>
  readonly #changes = new Happenings<EventStateChange>()
  readonly #table: EventStateTable
  readonly #tell: (message: ExpiryMsg) => void

  /** Throws TypeError for options that make no sense. */
  constructor({ kernel, random }: EventStatesHolder, options: EventStatesOptions = {}) {
    const { expires = 3600, least = 60, most = 100_000, octets = 2 ** 26 } = options
    for (const number of [expires, least, most, octets]) {
      if (!Number.isInteger(number) || number < 0 || number > 0xffffffff) {
        throw new TypeError(`not a whole number below 2^32: ${number}`)
      }
    }
    if (expires < Math.max(least, 1)) throw new TypeError(`what is kept for ${expires} s cannot be asked for`)
    this.#table = new EventStateTable({ expires, least, most, octets }, () => newTag(random), random.uint32())
    this.changes = this.#changes
    const closed = (): void => this.#changes.end()
    const ref: ActorRef<ExpiryMsg> = kernel.spawn(expiry, { expired: tag => this.#expired(tag), closed })
    this.#tell = message => kernel.send(ref, message)
  }

  /** How many publications there are. */
  get size(): number {
    return this.#table.size
  }

  /** What is published of a resource, oldest first. Throws TypeError for what is no URI. */
  of(resource: string | Uri, event: string): readonly EventState[] {
    return this.#table.of(toUri(resource), event)
  }

  /**
   * Answers a PUBLISH, and does what it asks for: 200 with SIP-ETag and Expires; 412, 423 and so on for what cannot be. Returns
   * whether it was done. Throws TypeError for what is no PUBLISH, or has its answer.
   */
  take(publish: Incoming): boolean {
    const { request, answered } = publish
    if (request.method !== 'PUBLISH') throw new TypeError(`a ${request.method} publishes nothing`)
    if (answered !== undefined) throw new TypeError(`the PUBLISH has been answered with ${answered}`)
    const verdict = this.#table.publish(request)
    if (verdict.kind === 'refused') {
      const { status, kind: _, ...more } = verdict
      publish.reply(status, more)
      return false
    }
    const { kind, tag, expires, serial, state } = verdict
    publish.reply(200, { headers: { 'SIP-ETag': tag, Expires: expires } })
    this.#tell(expires === 0 ? { kind: 'drop', serial } : { kind: 'keep', serial, tag, ms: expires * 1000 })
    if (kind !== 'unchanged') this.#changed(kind, state)
    return true
  }

  #expired(tag: string): void {
    const state = this.#table.expire(tag)
    if (state !== undefined) this.#changed('expired', state)
  }

  #changed(kind: EventStateChange['kind'], { resource, event }: EventState): void {
    this.#changes.push({ kind, resource, event, states: this.of(resource, event) })
  }
}
