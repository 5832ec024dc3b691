/** The way back to a peer that only its own connection, or its NAT, lets us reach: RFC 5626 §5.3, RFC 7118 §5. */

import { literalTarget, namedTransport, type Target, type TransportName } from '../location/target.js'
import type { Uri } from '../syntax/uri.js'
import { isReliable, isSecure, type Source } from '../transport/flow.js'

/** The way that the latest request of the peer came in. */
export type DialogFlow = Pick<Source, 'transport' | 'address' | 'port' | 'flow'>

/** A target with the connection or socket that leads to it while that lives. */
export type FlowTarget = Target & { readonly flow?: Source['flow'] }

const families: Readonly<Record<TransportName, 'UDP' | 'TCP' | 'WS'>> = {
  UDP: 'UDP',
  TCP: 'TCP',
  TLS: 'TCP',
  WS: 'WS',
  WSS: 'WS',
}

/** Over UDP only where the peer says that its address is of no use. */
export function flowOf(source: Source, remoteTarget: Uri): DialogFlow | undefined {
  if (isReliable(source.transport)) return source
  return remoteTarget.params.has('ob') || remoteTarget.host.toLowerCase().endsWith('.invalid') ? source : undefined
}

/** Undefined where the next hop asks for another transport, or for TLS. Should the connection be gone, its address is tried (§18). */
export function overFlow(flow: DialogFlow | undefined, nextHop: Uri): FlowTarget | undefined {
  if (flow === undefined || !nextHop.isSip || (nextHop.isSecure && !isSecure(flow.transport))) return undefined
  const named = namedTransport(nextHop)
  if (named === 'unsupported' || (named !== 'none' && families[named] !== families[flow.transport])) return undefined
  const { address, port } = (isReliable(flow.transport) ? literalTarget(nextHop) : undefined) ?? flow
  return { transport: flow.transport, address, port, name: nextHop.host, flow: flow.flow }
}
