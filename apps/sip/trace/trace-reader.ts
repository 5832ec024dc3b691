/** Makes messages of what was recorded: streams are cut where messages end (§18.3), and only when somebody looks. */

import { Framer } from '../syntax/frame.js'
import { scanCallId } from '../syntax/scan.js'
import type { TraceEntry, TraceMessage } from './trace-entry.js'
import type { TraceRecord, TraceRing } from './trace-ring.js'

interface Unfinished {
  readonly framer: Framer
  /** The chunks that it is made of; the first one may begin with the message before. */
  readonly pieces: string[]
}

export class TraceReader {
  readonly #ring: TraceRing
  /** ms to add to the clock for the time of day. */
  readonly #epoch: number
  #next = 0
  /** What has come of the message that each connection is in. */
  readonly #unfinished = new Map<number, Unfinished>()

  constructor(ring: TraceRing, epoch: number) {
    this.#ring = ring
    this.#epoch = epoch
  }

  /** As if all that is there had been read. */
  skip(): void {
    this.#next = this.#ring.next
  }

  /** What has been recorded since the last time, and is not forgotten yet. */
  read(): readonly TraceEntry[] {
    const entries: TraceEntry[] = []
    for (let seq = Math.max(this.#next, this.#ring.first); seq < this.#ring.next; seq++) {
      const record = this.#ring.at(seq)
      if (record !== undefined) this.#take(record, entries)
    }
    this.#next = this.#ring.next
    return entries
  }

  #take(record: TraceRecord, entries: TraceEntry[]): void {
    const { kind, flow, text } = record
    if (kind === 'in' || kind === 'out') {
      const isCut = kind === 'in' && (flow.transport === 'TCP' || flow.transport === 'TLS')
      if (!isCut) return void entries.push(this.#message(record, kind, text))
      for (const part of this.#messages(flow.id, text)) entries.push(this.#message(record, kind, part))
      return
    }
    const rest = this.#unfinished.get(flow.id)?.pieces.join('')
    if (kind === 'closed' && this.#unfinished.delete(flow.id) && rest !== undefined) {
      entries.push(this.#message(record, 'in', rest))
    }
    const { seq, remote } = record
    const { id, transport, local } = flow
    const at = record.at + this.#epoch
    entries.push({ kind: 'event', seq, at, flow: id, transport, local, remote, event: kind, text })
  }

  /** Written out, since there may be many of them, and spreading takes ten times as long. */
  #message(record: TraceRecord, direction: 'in' | 'out', text: string): TraceMessage {
    const { flow } = record
    return {
      kind: 'message',
      seq: record.seq,
      at: record.at + this.#epoch,
      flow: flow.id,
      transport: flow.transport,
      local: flow.local,
      remote: record.remote,
      direction,
      text,
      octets: text === record.text ? record.octets : text.length,
      callId: scanCallId(text),
    }
  }

  #messages(flow: number, text: string): readonly string[] {
    const known = this.#unfinished.get(flow)
    // The beginning may have been forgotten: what continues a message says nothing of where the next one begins.
    if (known === undefined && !mayBegin(text)) return [text]
    const { framer, pieces } = known ?? { framer: new Framer(), pieces: [] }
    pieces.push(text)
    const messages: string[] = []
    for (const frame of framer.push(text)) {
      if (frame.kind === 'message') messages.push(frame.text)
      if (frame.kind === 'message') pieces.splice(0, pieces.length - 1)
      if (frame.kind === 'fault') {
        this.#unfinished.delete(flow)
        return [...messages, pieces.join('')]
      }
    }
    if (framer.isIdle) this.#unfinished.delete(flow)
    else this.#unfinished.set(flow, { framer, pieces })
    return messages
  }
}

/** A start line, or the beginning of one that the network has cut. */
function mayBegin(text: string): boolean {
  return /^(\r?\n)*([a-z][^\r\n]* SIP\/2\.0\r?\n|SIP\/2\.0 |[a-z][^\r\n]*\r?$)/i.test(text)
}
