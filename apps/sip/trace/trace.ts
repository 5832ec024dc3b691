/** The trace of a stack: the latest messages in and out and what happened to sockets, as people and programs look at them. */

import { parseMessage } from '../syntax/parse.js'
import { type CallSteps, callSteps } from './call-steps.js'
import { ladderArrow, ladderHeader, ladderNote, ladderRails } from './ladder.js'
import { mermaid } from './mermaid.js'
import { packetOf } from './packet.js'
import { pcap } from './pcap.js'
import { redacted } from './redaction.js'
import { summary } from './summary.js'
import type { TraceEntry, TraceMessage } from './trace-entry.js'
import { TraceReader } from './trace-reader.js'
import type { TraceRing } from './trace-ring.js'

export interface TraceFilter {
  /** Only messages of this call. */
  readonly callId?: string
}

export interface PcapOptions extends TraceFilter {
  /** Without digests of passwords and keys of media. */
  readonly redact?: boolean
}

/** What was recorded in the meantime and forgotten again is left out. */
export interface TraceFollower {
  read(): readonly TraceEntry[]
}

/** A call or another exchange with one Call-ID. */
export interface TracedCall {
  readonly callId: string
  /** When its first message passed, in UTC. */
  readonly began: string
  readonly method: string
  readonly from: string
  readonly to: string
  readonly messages: number
  /** The latest message in a few words. */
  readonly latest: string
}

export class Trace {
  readonly #ring: TraceRing
  readonly #epoch: number

  constructor(ring: TraceRing, epoch: number) {
    this.#ring = ring
    this.#epoch = epoch
  }

  /** While false nothing is recorded; what was recorded before stays. */
  get on(): boolean {
    return this.#ring.on
  }

  set on(on: boolean) {
    this.#ring.on = on
  }

  /** Oldest first. */
  entries({ callId }: TraceFilter = {}): readonly TraceEntry[] {
    const all = new TraceReader(this.#ring, this.#epoch).read()
    return callId === undefined ? all : all.filter(each => each.kind === 'message' && each.callId === callId)
  }

  /** For those who watch: `read()` gives what came since the last time, at first since now. */
  follow(): TraceFollower {
    const reader = new TraceReader(this.#ring, this.#epoch)
    reader.skip()
    return reader
  }

  /** The latest `most` Call-IDs, oldest first. */
  calls(most = 20): readonly TracedCall[] {
    const calls = new Map<string, TraceMessage[]>()
    for (const entry of this.entries()) {
      if (entry.kind === 'event' || entry.callId === undefined) continue
      const call = calls.get(entry.callId)
      if (call === undefined) calls.set(entry.callId, [entry])
      else call.push(entry)
    }
    return [...calls].slice(-most).flatMap(([callId, messages]) => {
      const [first, latest] = [messages[0], messages.at(-1)]
      return first && latest ? [tracedCall(callId, first, latest, messages.length)] : []
    })
  }

  /** What happened to a call, message by message with retransmissions folded; undefined when nothing is known of it. */
  steps(callId: string): CallSteps | undefined {
    return callSteps(this.entries(), callId)
  }

  /** A call as a ladder diagram, with retransmissions folded; undefined when nothing is known of it. */
  ladder(callId: string): string | undefined {
    const steps = this.steps(callId)
    return steps && drawn(callId, steps)
  }

  /** The same as a Mermaid sequence diagram. */
  mermaid(callId: string): string | undefined {
    const steps = this.steps(callId)
    return steps && mermaid(steps)
  }

  /**
   * The messages as the octets of a capture file; what went over TLS or WebSocket is in clear. It holds the answers to
   * challenges, from which passwords can be guessed, unless `redact` is set.
   */
  pcap({ callId, redact = false }: PcapOptions = {}): Uint8Array {
    const messages = this.entries(callId === undefined ? {} : { callId }).filter(entry => entry.kind === 'message')
    return pcap(messages.map(each => packetOf(redact ? { ...each, text: redacted(each.text) } : each)))
  }
}

function tracedCall(callId: string, first: TraceMessage, latest: TraceMessage, messages: number): TracedCall {
  const parsed = parseMessage(first.text)
  const message = parsed.kind === 'ok' ? parsed.message : undefined
  return {
    ...{ callId, began: new Date(first.at).toISOString(), method: message?.cseq.method ?? '' },
    ...{ from: String(message?.from.uri ?? ''), to: String(message?.to.uri ?? '') },
    ...{ messages, latest: summary(latest.text) },
  }
}

function drawn(callId: string, { began, names, steps }: CallSteps): string {
  const rails = ladderRails(
    names,
    steps.map(({ label }) => label),
  )
  const lines = steps.map(step =>
    step.label === '' ? ladderNote(rails, step.at, step.note) : ladderArrow(rails, step),
  )
  return [`Call-ID ${callId}, ${new Date(began).toISOString()}`, '', ladderHeader(rails), ...lines].join('\n')
}
