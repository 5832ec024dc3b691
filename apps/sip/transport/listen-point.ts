/** Where to listen, and where peers are told that we do: `udp:127.0.0.1:5060`, `tls:[::1]:5061`. */

import { isIP } from 'node:net'
import type { FlowMsg, Listener, TransportName } from './flow.js'
import type { Inlet } from './inlet.js'
import { isMulticast } from './multicast.js'
import type { InterfaceAddress, Network } from './network.js'
import { bitsOf, isWildcard, type Reach, reachOf } from './reach.js'
import type { TlsOptions } from './tls-options.js'

export interface ListenOptions {
  /**
   * TRANSPORT:ADDRESS:PORT, where the transport is udp, tcp, tls, ws or wss and port 0 is one that the system chooses.
   *
   * DEVIATES RFC 3581 §4: over UDP at a wildcard the system chooses from which of several addresses an answer leaves, since
   * Node does not say at which its request came. Where peers mind, one listener for each address is right.
   */
  readonly at: string
  /** What peers are told instead of the address and port: that of a NAT in front of us, or a name. */
  readonly advertise?: { readonly host: string; readonly port?: number }
  /** Networks whose peers are told the true address all the same, such as `192.0.2.0/24`. */
  readonly localNets?: readonly string[]
  /**
   * Over UDP, how many peers of our requests are watched for nobody listening there, each by a socket of its own; 100 unless
   * given, 0 switches it off.
   */
  readonly watched?: number
  /** Over UDP, multicast groups to be a member of: what is sent to them at this port is heard, too (§18.1.1). */
  readonly groups?: readonly string[]
  /** Instead of the keys and certificates of the stack. */
  readonly tls?: TlsOptions
  /** Web origins that may connect over WebSocket, such as `https://phone.example.com`; all may unless given. */
  readonly origins?: readonly string[]
}

export interface ListenPoint extends Omit<ListenOptions, 'at'> {
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
  /** It cannot listen, or not any more; it ends. */
  broken(error: Error): void
  /** What was given to the network did not get out. */
  failed(message: FlowMsg, error: Error): void
}

const pattern = /^(udp|tcp|tls|ws|wss):(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/i
const names: Readonly<Record<string, TransportName>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS', ws: 'WS', wss: 'WSS' }

/** Throws TypeError with a sentence that says how to write it. */
export function parseListenPoint(where: string | ListenOptions): ListenPoint {
  const { at: text, ...options } = typeof where === 'string' ? { at: where } : where
  const match = pattern.exec(text)
  const address = match?.[2] ?? match?.[3] ?? ''
  const port = Number(match?.[4])
  const transport = names[match?.[1]?.toLowerCase() ?? '']
  if (transport === undefined || port > 65535) {
    throw new TypeError(
      `"${text}" is no place to listen: write TRANSPORT:ADDRESS:PORT, such as udp:127.0.0.1:5060 or tcp:[::1]:5060`,
    )
  }
  if (isIP(address) === 0)
    throw new TypeError(`"${text}": the address must be an IP address, not the name "${address}"`)
  checkReach(text, options)
  checkGroups(text, transport, options)
  return { transport, address, port, ...options }
}

function checkReach(text: string, { advertise, localNets = [] }: Omit<ListenOptions, 'at'>): void {
  for (const net of localNets) bitsOf(net)
  if (advertise === undefined) return
  const { host, port = 1 } = advertise
  const isHost =
    isIP(host) > 0 ? !isWildcard(host) && !host.includes('%') : /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)
  if (!isHost || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new TypeError(`"${text}": advertise must name a host, and a port from 1 to 65535 if any`)
  }
}

function checkGroups(text: string, transport: TransportName, { groups = [] }: Pick<ListenOptions, 'groups'>): void {
  if (groups.length > 0 && transport !== 'UDP') throw new TypeError(`"${text}": only UDP has groups`)
  const wrong = groups.find(group => isIP(group) === 0 || !isMulticast(group))
  if (wrong !== undefined) throw new TypeError(`"${text}": ${wrong} is no multicast group, such as 224.0.1.75`)
}

/** Finds out what peers are to be told of a socket that is bound; `failed` when there is nothing. */
export function reachable(
  network: Network,
  { advertise, localNets }: ListenPoint,
  { address, port }: { readonly address: string; readonly port: number },
  failed: (error: Error) => void,
  found: (reach: Reach) => void,
): void {
  const settle = (interfaces: readonly InterfaceAddress[]): void => {
    const reach = reachOf({ address, port, advertise, localNets }, interfaces)
    if (reach !== undefined) found(reach)
    else failed(new Error(`${address} is every address of this machine, and there is none: give the one to advertise`))
  }
  if (!isWildcard(address) || network.addresses === undefined) settle([])
  else network.addresses(address, settle)
}
