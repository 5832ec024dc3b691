/** Where to listen: `udp:127.0.0.1:5060`, `tcp:[::1]:5060`. */

import { isIP } from 'node:net'
import type { ActorRef } from '../../actor/actor.js'
import type { FlowReport, Listener, TransportName } from './flow.js'
import type { Inlet } from './inlet.js'
import type { Network } from './network.js'

export interface ListenPoint {
  readonly transport: TransportName
  readonly address: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** What every listener is started with. */
export interface ListenerArg {
  readonly network: Network
  readonly point: ListenPoint
  readonly inlet: Inlet
  readonly report: ListenerReport
}

export interface ListenerReport {
  bound(listener: Listener): void
  /** What `owner` gave to the network did not get out. */
  failed(owner: ActorRef<FlowReport>, error: Error): void
}

const pattern = /^(udp|tcp):(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/i

/** Throws TypeError with a sentence that says how to write it. */
export function parseListenPoint(text: string): ListenPoint {
  const match = pattern.exec(text)
  const address = match?.[2] ?? match?.[3] ?? ''
  const port = Number(match?.[4])
  if (match === null || port > 65535) {
    throw new TypeError(
      `"${text}" is no place to listen: write TRANSPORT:ADDRESS:PORT, such as udp:127.0.0.1:5060 or tcp:[::1]:5060`,
    )
  }
  if (isIP(address) === 0)
    throw new TypeError(`"${text}": the address must be an IP address, not the name "${address}"`)
  if (/^[0.:]+$/.test(address) && address !== '::1') {
    throw new TypeError(`"${text}": peers cannot answer to a wildcard address: name one address of this machine`)
  }
  return { transport: match[1]?.toLowerCase() === 'udp' ? 'UDP' : 'TCP', address, port }
}
