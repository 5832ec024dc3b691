/** Deals what arrives to the thread that owns the call: by Call-ID, so that all of a call is in one place. */

import type { ActorRef, Kernel } from '../../actor/actor.js'
import { scanCallId } from '../syntax/scan.js'
import type { Received, Source } from './flow.js'

export class Inlet {
  readonly #kernel: Kernel
  readonly #slotOf: (callId: string) => number
  /** The reader of each slot; undefined while its thread is down. */
  readonly #readers: (ActorRef<Received> | undefined)[] = []
  /** Messages for a thread that was down; their senders repeat them. */
  lost = 0

  /** `slotOf` names the slot of a Call-ID; a message that has none goes to slot 0, which answers for it. */
  constructor(kernel: Kernel, slotOf: (callId: string) => number) {
    this.#kernel = kernel
    this.#slotOf = slotOf
  }

  open(slot: number, reader: ActorRef<Received>): void {
    this.#readers[slot] = reader
  }

  shut(slot: number): void {
    this.#readers[slot] = undefined
  }

  deal(text: string, source: Source): void {
    const reader = this.#readers[this.#readers.length === 1 ? 0 : this.#slot(text)]
    if (reader === undefined) this.lost++
    else this.#kernel.send(reader, { kind: 'received', text, source })
  }

  #slot(text: string): number {
    const callId = scanCallId(text)
    return callId === undefined ? 0 : this.#slotOf(callId)
  }
}
