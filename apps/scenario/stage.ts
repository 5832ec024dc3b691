/** What a scenario is given: its peers, its time, and the network between them. */

import { type LogEntry, SipStack } from '../sip/sip.js'
import { type Peer, RawPeer } from './raw-peer.js'
import { openRaw, type RawTransport, type TransportName } from './raw-transport.js'
import { type Host, type Mode, pause, type Setting } from './setting.js'
import type { SimulatedNetwork } from './simulated-network.js'
import { StackPeer, type StackPeerOptions } from './stack-peer.js'

export interface RawPeerOptions {
  /** What it claims in Via, as host:port, when that is not where it really is. */
  readonly sentBy?: string
  /** The port to listen on in virtual time: 5060 unless given. */
  readonly port?: number
  /** A peer whose host it shares in virtual time. */
  readonly beside?: Peer
}

export class Stage {
  readonly transport: TransportName
  readonly mode: Mode
  /** For those who look inside: the peers so far. */
  readonly rawPeers: RawPeer[] = []
  readonly stackPeers: StackPeer[] = []
  readonly #setting: Setting

  constructor(setting: Setting, transport: TransportName) {
    this.#setting = setting
    this.mode = setting.mode
    this.transport = transport
  }

  /** ms since the scenario began. */
  get now(): number {
    return this.#setting.trace.now
  }

  /** The simulated network. Throws TypeError on loopback: say `only: 'virtual'` where a scenario needs it. */
  get network(): SimulatedNetwork {
    if (this.#setting.network === undefined) throw new TypeError('there is no simulated network on loopback')
    return this.#setting.network
  }

  /** A peer that does what the scenario says, and nothing else. */
  async raw(name: string, options: RawPeerOptions = {}): Promise<RawPeer> {
    const host = this.#setting.host(name, options.beside?.place.address)
    let peer: RawPeer | undefined
    const at = { address: host.at.address, port: host.at.port === 0 ? 0 : (options.port ?? host.at.port) }
    const transport: RawTransport = await openRaw(host.transport, host.network, at, {
      message: (text, line) => peer?.receive(text, line),
      closed: line => peer?.closed(line),
    })
    host.settled(transport.place)
    peer = new RawPeer(name, host, transport, options.sentBy)
    this.rawPeers.push(peer)
    return peer
  }

  /** A peer with a stack and cores; with a target, that. */
  async stack(name: string, options: StackPeerOptions = {}): Promise<StackPeer> {
    const host = this.#setting.host(name)
    const { target } = this.#setting
    if (target !== undefined) return this.#enter(StackPeer.external(name, host, target), host)
    const log: LogEntry[] = []
    const { address, port } = host.at
    const stack = await SipStack.start({
      listen: [`${host.transport}:${address}:${port}`],
      clock: host.clock,
      network: host.network,
      random: host.random,
      log: entry => log.push(entry),
      ...(options.timers === undefined ? {} : { timers: options.timers }),
      ...(options.resolver === undefined ? {} : { resolver: options.resolver }),
      ...(options.policy === undefined ? {} : { policy: options.policy }),
    })
    for (const core of options.cores ?? []) stack.register(core)
    return this.#enter(StackPeer.of(name, host, stack, log), host)
  }

  #enter(peer: StackPeer, host: Host): StackPeer {
    host.settled(peer.place)
    this.stackPeers.push(peer)
    return peer
  }

  /** A remark of a peer in the ladder. */
  note(peer: Peer, text: string): void {
    this.#setting.trace.note(peer.name, text)
  }

  pause(ms: number): Promise<void> {
    return pause(this.#setting.clock, ms)
  }

  async close(): Promise<void> {
    for (const peer of this.rawPeers) peer.close()
    await Promise.all(this.stackPeers.map(peer => peer.close()))
  }
}
