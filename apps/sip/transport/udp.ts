/** A UDP socket as an actor: datagrams in go to the inlet, transmissions go out (§18). */

import { type ActorRef, type Behavior, normal } from '../../actor/actor.js'
import type { FlowMsg, Source } from './flow.js'
import type { Inlet } from './inlet.js'
import { type ListenerArg, reachable } from './listen-point.js'
import { isMulticast, MULTICAST_TTL } from './multicast.js'
import { placeFor, type Reach } from './reach.js'
import { isStun, stunAnswer } from './stun.js'
import { StunAskers } from './stun-askers.js'
import { UdpPeers } from './udp-peers.js'

export type UdpMsg =
  | FlowMsg
  | { readonly kind: 'bound'; readonly address: string; readonly port: number; readonly reach: Reach }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'sweep' }

/** Peers that are watched for nobody listening there, and ms after which one without traffic no longer is. */
const WATCHED = 100
const UNUSED = 60_000

export const udpListener: Behavior<UdpMsg, ListenerArg> = {
  label: 'udp',
  init({ network, point, inlet, report }, self) {
    let local = ''
    let reach: Reach | undefined
    const askers = new StunAskers()
    const failed = (error: Error): void => self.send(self.ref, { kind: 'failed', error })
    const datagram = (text: string, address: string, port: number): void => {
      if (isStun(text)) return stun(text, address, port)
      const at = reach === undefined ? local : placeFor(reach, address).sentBy
      deal(inlet, self.ref, text, address, port, at)
    }
    const socket = network.udp(point.address, point.port, {
      bound: (address, port) =>
        reachable(network, point, { address, port }, failed, found => {
          local = found.sentBy
          if (found.nets.length > 0) reach = found
          join(point.groups ?? [], () => self.send(self.ref, { kind: 'bound', address, port, reach: found }))
        }),
      datagram,
      failed,
    })
    const peers = new UdpPeers({
      most: point.watched ?? WATCHED,
      datagram,
      failed: (message, error) => report.failed(message, error),
    })
    self.defer(() => {
      peers.close()
      socket.close()
    })

    /** Nobody is told that we listen before all groups are heard. */
    function join(groups: readonly string[], done: () => void): void {
      let left = groups.length
      if (left === 0 || socket.join === undefined) return done()
      for (const group of groups) socket.join(group, () => --left === 0 && done())
    }

    function stun(text: string, address: string, port: number): void {
      if (!inlet.hears(address, text.length)) return
      const awaited = askers.take(text)
      if (awaited !== undefined) return self.send(awaited.asker, awaited.report)
      const answer = stunAnswer(text, address, port)
      if (answer !== undefined && inlet.mayAnswer(address, answer.length)) socket.send(answer, address, port)
    }

    /** By a socket of its own where the network can tell by it that nobody listens there. */
    function transmit(message: FlowMsg): void {
      const { text, address, port, owner, elsewhere, asker } = message
      if (asker !== undefined) askers.add(text, asker)
      if (text.startsWith('SIP/') && !inlet.mayAnswer(address, text.length)) return
      const isGroup = isMulticast(address)
      if (!isGroup && owner === undefined && elsewhere === undefined) return socket.send(text, address, port)
      const failed = (error: Error): void => report.failed(message, error)
      if (isGroup) return socket.send(text, address, port, failed, message.ttl ?? MULTICAST_TTL)
      const first = peers.size === 0
      if (!peers.send(socket, message)) return socket.send(text, address, port, failed)
      if (first) self.startTimer('sweep', UNUSED, { kind: 'sweep' })
    }

    return message => {
      switch (message.kind) {
        case 'transmit':
          return transmit(message)
        case 'sweep':
          if (peers.sweep()) self.startTimer('sweep', UNUSED, { kind: 'sweep' })
          return
        case 'bound': {
          const { address, port } = message
          return report.bound({ transport: 'UDP', address, port, flow: self.ref, reach: message.reach })
        }
        case 'failed':
          report.broken(message.error)
          return self.stop(normal)
      }
    }
  },
}

function deal(inlet: Inlet, flow: ActorRef<FlowMsg>, text: string, address: string, port: number, local: string): void {
  const source: Source = { transport: 'UDP', address, port, flow, local }
  inlet.deal(text, source)
}
