/** Deals what arrives to the thread that owns the call: by Call-ID, so that all of a call is in one place. */

import type { ActorRef, Kernel } from '../../actor/actor.js'
import { scanCallId } from '../syntax/scan.js'
import { newSyntaxCounters, type SyntaxCounters } from '../syntax/syntax-counters.js'
import type { Admission } from './admission.js'
import { Dealt } from './dealt.js'
import type { Received, Source } from './flow.js'
import { type Excess, refuser } from './refuser.js'

export interface InletOptions {
  /** The slot of a Call-ID. A message that has none goes to slot 0, which answers for it. */
  readonly slotOf: (callId: string) => number
  /** Messages on their way to a reader that it has not handled yet. */
  readonly backlog: (reader: ActorRef<Received>) => number
  /** Who may say how much; all may say all without it. */
  readonly admission?: Admission | undefined
  /** Whether a thread has too much to do for new work. */
  readonly isOverloaded?: (slot: number) => boolean
}

/** A thread that is so many messages behind gets no new work. */
const BEHIND = 10_000
/** Streams are not read for a while when a thread is so many messages behind: their senders are to wait, not to be refused. */
const SLOW = 5000

export class Inlet {
  readonly #kernel: Kernel
  readonly #options: InletOptions
  readonly #refuser: ActorRef<Excess>
  /** The reader of each slot; undefined while its thread is down. */
  readonly #readers: (ActorRef<Received> | undefined)[] = []
  readonly #dealt = new Dealt()
  /** Messages for a thread that was down; their senders repeat them. */
  lost = 0
  /** Requests that were refused since they would have been too much. */
  busy = 0
  /** How often a connection was not read for a while. */
  paused = 0
  /** What came over streams and was no message that could have been dealt. */
  readonly syntax: SyntaxCounters = newSyntaxCounters()
  /** No new work is taken, for the stack is about to end. */
  draining = false

  constructor(kernel: Kernel, options: InletOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#refuser = kernel.spawn(refuser, { refused: () => this.busy++ })
  }

  open(slot: number, reader: ActorRef<Received>): void {
    this.#readers[slot] = reader
  }

  shut(slot: number): void {
    this.#readers[slot] = undefined
  }

  /** False when the thread that gets it is behind: who can wait should do so. */
  deal(text: string, source: Source): boolean {
    const { backlog, isOverloaded } = this.#options
    if (!this.hears(source.address, source.transport === 'UDP' ? text.length : 0)) return true
    const slot = this.#readers.length === 1 ? 0 : this.#slot(text)
    const reader = this.#readers[slot]
    if (reader === undefined) {
      this.lost++
      return true
    }
    const behind = backlog(reader)
    const isBusy = this.draining || behind > BEHIND || isOverloaded?.(slot) === true
    const isResponse = text.startsWith('SIP/')
    if (isBusy && !isResponse && !this.#dealt.has(text)) {
      this.#kernel.send(this.#refuser, { kind: 'received', text, source, reader })
    } else {
      if (!isResponse) this.#dealt.add(text)
      this.#kernel.send(reader, { kind: 'received', text, source })
    }
    return behind <= SLOW
  }

  /** Whether a source may say something now; `octets` are those of a datagram. */
  hears(address: string, octets: number): boolean {
    return this.#options.admission?.admits(address, octets) ?? true
  }

  /** Whether a response may be sent over UDP: what it costs is weighed against what its client has sent. */
  mayAnswer(address: string, octets: number): boolean {
    return this.#options.admission?.deserves(address, octets) ?? true
  }

  #slot(text: string): number {
    const callId = scanCallId(text)
    return callId === undefined ? 0 : this.#options.slotOf(callId)
  }
}
