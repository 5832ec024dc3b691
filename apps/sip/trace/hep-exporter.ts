/** Sends the messages of the trace to a capture server: a few times a second, so that it is nothing to those who serve calls. */

import type { Behavior } from '../../actor/actor.js'
import type { Network } from '../transport/network.js'
import { type HepIdentity, hepPacket } from './hep.js'
import { packetOf } from './packet.js'
import { redacted } from './redaction.js'
import type { TraceReader } from './trace-reader.js'

export interface HepTarget extends HepIdentity {
  readonly address: string
  readonly port: number
  readonly redact: boolean
}

export interface HepExporterArg {
  readonly network: Network
  readonly target: HepTarget
  readonly reader: TraceReader
  /** Told in a sentence when there is no way to send. */
  readonly note: (text: string) => void
}

/** ms between two looks at the trace. */
const EVERY = 100

export const hepExporter: Behavior<{ readonly kind: 'look' }, HepExporterArg> = {
  label: 'hep exporter',
  init({ network, target, reader, note }, self) {
    const { address, port, redact } = target
    const socket = network.udp(address.includes(':') ? '::' : '0.0.0.0', 0, {
      bound: () => undefined,
      datagram: () => undefined,
      failed: error => note(`the trace cannot be sent to ${address}: ${error.message}`),
    })
    function send(): void {
      for (const entry of reader.read()) {
        if (entry.kind === 'event' || entry.callId === undefined) continue
        const message = redact ? { ...entry, text: redacted(entry.text) } : entry
        const octets = hepPacket(packetOf(message), entry.callId, target)
        socket.send(Buffer.from(octets).toString('latin1'), address, port)
      }
    }
    self.defer(() => {
      send()
      socket.close()
    })
    self.startTimer('look', EVERY, { kind: 'look' })
    return () => {
      send()
      self.startTimer('look', EVERY, { kind: 'look' })
    }
  },
}
