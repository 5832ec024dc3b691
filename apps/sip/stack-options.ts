/** How a stack is set up, checked once. */

import type { Clock } from '../actor/actor.js'
import { type StackPolicy, trustOf } from './core/asserted-identity.js'
import { checkPolicy } from './core/service.js'
import type { Log } from './log.js'
import type { DnsOptions, NameOptions } from './names.js'
import type { Random } from './syntax/ids.js'
import { type TraceConfig, type TraceOptions, traceConfig } from './tracing.js'
import { type TimerConfig, timerConfig } from './transaction/timers.js'
import type { AdmissionOptions } from './transport/admission.js'
import { LARGEST_DATAGRAM } from './transport/congestion.js'
import { type ListenOptions, type ListenPoint, parseListenPoint } from './transport/listen-point.js'
import type { Network } from './transport/network.js'
import type { OverloadOptions } from './transport/overload.js'
import { defaultStreamLimits, type StreamLimits } from './transport/stream-limits.js'
import type { TlsOptions } from './transport/tls-options.js'

export interface StackOptions extends NameOptions {
  /**
   * Where to listen, as `udp:ADDRESS:PORT` with tcp, tls, ws and wss likewise, or as an object that says more;
   * udp and tcp on 127.0.0.1:5060 unless given. Port 0 is one that the system chooses.
   */
  readonly listen?: readonly (string | ListenOptions)[]
  /** Starts even when some of these places cannot be had: each is reported to `log`, and tried again. */
  readonly partial?: boolean
  /** Keys, certificates and authorities for TLS, of listeners that have none of their own and of connections that we make. */
  readonly tls?: TlsOptions
  /**
   * Octets of a request that go over UDP; a larger one goes over TCP, or over UDP where TCP is refused (§18.1.1). 1300 unless
   * given, which suits any path; the path's MTU less 200 is the rule. Infinity leaves all to UDP.
   */
  readonly largestDatagram?: number
  /** How much each source may send; as much as it likes unless given. */
  readonly admission?: AdmissionOptions
  /** When a thread has so much to do that new work is refused with 503. */
  readonly overload?: OverloadOptions
  /** What a peer may cost over streams, where it differs from the defaults. */
  readonly limits?: Partial<StreamLimits>
  /** What goes for cores that do not say otherwise, `server` for instance; and who is `trusted` by all of them. */
  readonly policy?: StackPolicy
  /** Worker threads that own calls; 0, the default, keeps everything on the calling thread. */
  readonly threads?: number
  /** T1, T2 and T4 in ms (§17.1.1.1); 500, 4000 and 5000 unless given. */
  readonly timers?: Partial<TimerConfig>
  /** Told what happens, one entry each; entries go to standard error unless given. */
  readonly log?: Log
  /**
   * The latest messages and transport events are kept for `stack.trace`, within bounds that can be given here; false keeps
   * nothing. Messages are kept as they are, with the credentials in them.
   */
  readonly trace?: TraceOptions | false
  /** For tests: time, network and randomness other than the machine's. */
  readonly clock?: Clock
  readonly network?: Network
  readonly random?: Random
}

export interface StackConfig {
  readonly points: readonly ListenPoint[]
  readonly threads: number
  readonly timers: TimerConfig
  readonly dns: DnsOptions
  readonly policy: StackPolicy
  readonly partial: boolean
  readonly tls: TlsOptions | undefined
  readonly limits: StreamLimits
  readonly largestDatagram: number
  readonly trace: TraceConfig | undefined
}

/** Throws TypeError, with a sentence that says how to mend it. */
export function stackConfig({
  listen,
  threads = 0,
  timers,
  tls,
  limits,
  partial = false,
  largestDatagram = LARGEST_DATAGRAM,
  dns = {},
  policy = {},
  resolver,
  trace,
}: StackOptions): StackConfig {
  if (!Number.isInteger(threads) || threads < 0 || threads > 64) {
    throw new TypeError(`threads must be a whole number from 0 to 64, not ${threads}`)
  }
  if (threads > 0 && resolver !== undefined) {
    throw new TypeError('a resolver cannot be copied to the threads: name DNS servers with dns: { servers }')
  }
  const points = (listen ?? ['udp:127.0.0.1:5060', 'tcp:127.0.0.1:5060']).map(parseListenPoint)
  checkPolicy(policy)
  trustOf(policy)
  if (points.length === 0) throw new TypeError('listen must name at least one place, such as udp:127.0.0.1:5060')
  return {
    points,
    threads,
    timers: timerConfig(timers),
    dns,
    policy,
    partial,
    tls,
    largestDatagram,
    trace: traceConfig(trace),
    limits: { ...defaultStreamLimits, ...limits },
  }
}
