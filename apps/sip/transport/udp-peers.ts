/**
 * Sockets of our port to single peers, so that we hear when nobody listens there: §18.4, §17.1.4.
 *
 * DEVIATES §18.4: that a host cannot be reached, Linux tells only sockets with IP_RECVERR, which Node does not set; a port,
 * a protocol and a prohibition it tells all. Such a request is left to its timers.
 */

import { type FlowMsg, hostPort } from './flow.js'
import type { ConnectedUdp, UdpSocket } from './network.js'

export interface UdpPeersOptions {
  /**
   * Peers at once; what goes to further ones is not watched. 0 switches it off. Responses open no more than half of them,
   * since anybody can ask for one.
   */
  readonly most: number
  readonly datagram: (text: string, address: string, port: number) => void
  readonly failed: (message: FlowMsg, error: Error) => void
}

interface Peer {
  readonly address: string
  readonly port: number
  readonly socket: ConnectedUdp
  /** What was sent since the peer last showed that it is there, without repetitions. */
  unproven: FlowMsg[]
  used: boolean
}

/** Of many transactions with a peer that does not answer the first ones are told at once, the others by their timers. */
const UNPROVEN = 1000

export class UdpPeers {
  readonly #options: UdpPeersOptions
  readonly #peers = new Map<string, Peer>()
  /** Often the next one, too. */
  #latest: Peer | undefined

  constructor(options: UdpPeersOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#peers.size
  }

  /** False when the datagram has to go by the socket for all. */
  send(by: UdpSocket, message: FlowMsg): boolean {
    const peer = this.#peerOf(message) ?? this.#open(by, message)
    this.#latest = peer
    if (peer === undefined) return false
    peer.used = true
    if (peer.unproven.length < UNPROVEN && !isRepeated(message, peer.unproven.at(-1))) peer.unproven.push(message)
    peer.socket.send(message.text)
    return true
  }

  #peerOf({ address, port }: FlowMsg): Peer | undefined {
    const latest = this.#latest
    if (latest?.port === port && latest.address === address) return latest
    return this.#peers.get(hostPort(address, port))
  }

  /** Closes what was not used since the last time; true while some are left. */
  sweep(): boolean {
    for (const [key, peer] of this.#peers) {
      if (!peer.used) {
        peer.socket.close()
        this.#peers.delete(key)
        if (peer === this.#latest) this.#latest = undefined
      }
      peer.used = false
    }
    return this.#peers.size > 0
  }

  close(): void {
    for (const { socket } of this.#peers.values()) socket.close()
    this.#peers.clear()
    this.#latest = undefined
  }

  #open(by: UdpSocket, { address, port, text }: FlowMsg): Peer | undefined {
    const { most, datagram, failed } = this.#options
    const share = text.startsWith('SIP/') ? 0.5 : 1
    if (this.#peers.size >= most * share) return undefined
    const socket = by.connected?.(address, port, {
      datagram: (text, from, fromPort) => {
        if (peer.unproven.length > 0) peer.unproven = []
        peer.used = true
        datagram(text, from, fromPort)
      },
      failed: error => {
        for (const message of peer.unproven.splice(0)) failed(message, error)
      },
    })
    if (socket === undefined) return undefined
    const peer: Peer = { address, port, socket, unproven: [], used: true }
    this.#peers.set(hostPort(address, port), peer)
    return peer
  }
}

function isRepeated(message: FlowMsg, latest: FlowMsg | undefined): boolean {
  return latest !== undefined && latest.owner === message.owner && latest.text === message.text
}
