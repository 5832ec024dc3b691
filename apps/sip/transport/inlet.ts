/** Deals what arrives to the thread that owns the call: by Call-ID, so that all of a call is in one place. */

import type { ActorRef, Kernel } from '../../actor/actor.js'
import { scanCallId } from '../syntax/scan.js'
import type { Admission } from './admission.js'
import type { Received, Source } from './flow.js'
import { type Excess, refuser } from './refuser.js'

export interface InletOptions {
  /** The slot of a Call-ID. A message that has none goes to slot 0, which answers for it. */
  readonly slotOf: (callId: string) => number
  /** Messages on their way to a reader that it has not handled yet. */
  readonly backlog: (reader: ActorRef<Received>) => number
  /** Who may say how much; all may say all without it. */
  readonly admission?: Admission | undefined
}

/** A thread that is so many messages behind gets no new work. */
const BEHIND = 10_000

export class Inlet {
  readonly #kernel: Kernel
  readonly #options: InletOptions
  readonly #refuser: ActorRef<Excess>
  /** The reader of each slot; undefined while its thread is down. */
  readonly #readers: (ActorRef<Received> | undefined)[] = []
  /** Messages for a thread that was down; their senders repeat them. */
  lost = 0
  /** No new work is taken, for the stack is about to end. */
  draining = false

  constructor(kernel: Kernel, options: InletOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#refuser = kernel.spawn(refuser, undefined)
  }

  open(slot: number, reader: ActorRef<Received>): void {
    this.#readers[slot] = reader
  }

  shut(slot: number): void {
    this.#readers[slot] = undefined
  }

  deal(text: string, source: Source): void {
    const { admission } = this.#options
    if (admission !== undefined && !admission.admits(source.address)) return
    const reader = this.#readers[this.#readers.length === 1 ? 0 : this.#slot(text)]
    if (reader === undefined) this.lost++
    else if (this.draining || this.#options.backlog(reader) > BEHIND) {
      this.#kernel.send(this.#refuser, { kind: 'received', text, source, reader })
    } else this.#kernel.send(reader, { kind: 'received', text, source })
  }

  #slot(text: string): number {
    const callId = scanCallId(text)
    return callId === undefined ? 0 : this.#options.slotOf(callId)
  }
}
