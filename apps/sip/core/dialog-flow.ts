/** The way back to a peer that only its own connection, or its NAT, lets us reach: RFC 5626 §5.3, RFC 7118 §5. */

import { defaultPort, literalTarget, namedTransport, type Target, type TransportName } from '../location/target.js'
import { apart } from '../syntax/apart.js'
import type { Request } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import { isReliable, isSecure, type Source } from '../transport/flow.js'

/** The way that the latest request of the peer came in. */
export interface DialogFlow extends Pick<Source, 'transport' | 'address' | 'port' | 'flow'> {
  /** Where its sender says that it is, in its Via. */
  readonly sentBy: { readonly host: string; readonly port: number }
}

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
export function flowOf(source: Source, { via }: Pick<Request, 'via'>, remoteTarget: Uri): DialogFlow | undefined {
  const { transport, address, port, flow } = source
  if (!isReliable(transport) && !isNowhere(remoteTarget)) return undefined
  return { transport, address, port, flow, sentBy: { host: apart(via.host), port: via.port ?? defaultPort[transport] } }
}

function isNowhere({ host, params }: Uri): boolean {
  return params.has('ob') || host.toLowerCase().endsWith('.invalid')
}

/**
 * Whether the next hop is who made the connection: the address that it comes from, or what that says it is, which behind a
 * NAT is another. A peer may well have moved, and be where its Contact says now.
 */
function isAtItsEnd({ transport, address, port, sentBy }: DialogFlow, nextHop: Uri): boolean {
  if (transport === 'WS' || transport === 'WSS' || isNowhere(nextHop)) return true
  const wanted = nextHop.port ?? defaultPort[transport]
  if (literalTarget(nextHop)?.address === address && wanted === port) return true
  return nextHop.host.toLowerCase() === sentBy.host.toLowerCase() && wanted === sentBy.port
}

/** Undefined where the next hop is elsewhere, or asks for another transport, or for TLS. Should the connection be gone, its address is tried (§18). */
export function overFlow(flow: DialogFlow | undefined, nextHop: Uri): FlowTarget | undefined {
  if (flow === undefined || !nextHop.isSip || (nextHop.isSecure && !isSecure(flow.transport))) return undefined
  const named = namedTransport(nextHop)
  if (named === 'unsupported' || (named !== 'none' && families[named] !== families[flow.transport])) return undefined
  if (isReliable(flow.transport) && !isAtItsEnd(flow, nextHop)) return undefined
  const { address, port } = (isReliable(flow.transport) ? literalTarget(nextHop) : undefined) ?? flow
  return { transport: flow.transport, address, port, name: nextHop.host, flow: flow.flow }
}
