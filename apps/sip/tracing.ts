/** How a stack is traced: what its options mean, and what they put around its network. */

import { type Kernel, supervisor } from '../actor/actor.js'
import type { Log } from './log.js'
import type { StackOptions } from './stack-options.js'
import { type HepTarget, hepExporter } from './trace/hep-exporter.js'
import { Trace } from './trace/trace.js'
import { TraceReader } from './trace/trace-reader.js'
import { TraceRing } from './trace/trace-ring.js'
import { tracedNetwork } from './trace/traced-network.js'
import type { Network } from './transport/network.js'
import { nodeNetwork } from './transport/node-network.js'

/** The latest messages are kept in memory that is allocated once. */
export interface TraceOptions {
  /** Messages and events at most; 10000 unless given. */
  readonly entries?: number
  /** Octets of them at most; 4 MiB unless given. */
  readonly bytes?: number
  /** Sends all messages to a capture server by HEP3, too. */
  readonly hep?: HepOptions
}

export interface HepOptions {
  /** `ADDRESS:PORT` of the capture server, over UDP. */
  readonly to: string
  /** The number by which it knows us; 1 unless given. */
  readonly agent?: number
  /** What it may want for proof. It goes in clear, as the messages do. */
  readonly password?: string
  /** Leaves out the digests of passwords and the keys of media. */
  readonly redact?: boolean
}

export interface TraceConfig {
  readonly entries: number
  readonly bytes: number
  readonly hep: HepTarget | undefined
}

/** Undefined when nothing is to be traced. Throws TypeError, with a sentence that says how to mend it. */
export function traceConfig(options: TraceOptions | false = {}): TraceConfig | undefined {
  if (options === false) return undefined
  const { entries = 10_000, bytes = 4 * 1024 * 1024, hep } = options
  if (!Number.isInteger(entries) || entries < 1 || entries > 10_000_000) {
    throw new TypeError(`trace: entries must be a whole number from 1 to 10000000, not ${entries}`)
  }
  if (!Number.isInteger(bytes) || bytes < 65_536 || bytes > 2 ** 31) {
    throw new TypeError(`trace: bytes must be a whole number from 65536 to ${2 ** 31}, not ${bytes}`)
  }
  return { entries, bytes, hep: hep && hepTarget(hep) }
}

function hepTarget({ to, agent = 1, password, redact = false }: HepOptions): HepTarget {
  const [, six, four, port] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(to) ?? []
  const address = six ?? four
  if (address === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new TypeError(
      `"${to}" is no capture server: write ADDRESS:PORT, such as 192.0.2.1:9060 or [2001:db8::1]:9060`,
    )
  }
  return { address, port: Number(port), agent, password, redact }
}

export interface TracingOptions {
  readonly kernel: Kernel
  readonly config: TraceConfig | undefined
  readonly log: Log
}

/** The network as it is to be used from now on, and what is seen of it; without a trace it stays as it is. */
export function traced(
  { network = nodeNetwork, clock }: Pick<StackOptions, 'network' | 'clock'>,
  { kernel, config, log }: TracingOptions,
): { readonly network: Network; readonly trace: Trace | undefined } {
  if (config === undefined) return { network, trace: undefined }
  // ms to add to the clock for the time of day; a virtual one begins in 1970.
  const epoch = clock === undefined ? performance.timeOrigin : 0
  const ring = new TraceRing(config, () => kernel.clock.now())
  const { hep: target } = config
  if (target !== undefined) {
    const note = (text: string): void => log({ level: 'error', module: 'trace', text })
    const arg = { network, target, reader: new TraceReader(ring, epoch), note }
    kernel.spawn(supervisor, {
      ...{ label: 'tracing', strategy: 'one_for_one', intensity: 10, period: 10_000 },
      children: [{ id: 'hep', start: self => self.spawn(hepExporter, arg), restart: 'permanent', shutdown: 1000 }],
    })
  }
  return { network: tracedNetwork(network, ring), trace: new Trace(ring, epoch) }
}
