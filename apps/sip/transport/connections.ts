/** Who keeps the TCP connections: finds the one that leads to a peer, or makes it (§18.1.1, §18.2.2). */

import type { ActorRef, Behavior } from '../../actor/actor.js'
import { type FlowMsg, hostPort } from './flow.js'
import type { Inlet } from './inlet.js'
import type { Network, StreamEvents, StreamSocket } from './network.js'
import { type StreamLimits, type TcpConnectionMsg, tcpConnection } from './tcp-connection.js'

export type ConnectionsMsg =
  | FlowMsg
  | { readonly kind: 'accepted'; readonly take: (events: StreamEvents) => StreamSocket; readonly local: string }
  | { readonly kind: 'ended'; readonly id: number }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<number> }

export interface ConnectionsArg {
  readonly network: Network
  readonly inlet: Inlet
  readonly limits: StreamLimits
}

interface Connection {
  readonly ref: ActorRef<TcpConnectionMsg>
  /** The peer's host:port for a connection that we made. */
  readonly peer: string | undefined
}

export const connections: Behavior<ConnectionsMsg, ConnectionsArg> = {
  label: 'connections',
  init({ network, inlet, limits }, self) {
    const byId = new Map<number, Connection>()
    const byRef = new Set<ActorRef<FlowMsg>>()
    const byPeer = new Map<string, ActorRef<TcpConnectionMsg>>()
    let lastId = 0
    self.defer(() => {
      for (const { ref } of byId.values()) self.exit(ref, { kind: 'shutdown' })
    })

    function spawn(
      open: (events: StreamEvents) => StreamSocket,
      local: string,
      peer: string | undefined,
    ): ActorRef<TcpConnectionMsg> {
      const id = ++lastId
      const arg = { open, accepted: peer === undefined, local, inlet, limits }
      const ref = self.spawn(tcpConnection, arg, { down: () => ({ kind: 'ended', id }) })
      byId.set(id, { ref, peer })
      byRef.add(ref)
      if (peer !== undefined) byPeer.set(peer, ref)
      return ref
    }

    function forget(id: number): void {
      const connection = byId.get(id)
      if (connection === undefined) return
      const { ref, peer } = connection
      byId.delete(id)
      byRef.delete(ref)
      if (peer !== undefined && byPeer.get(peer) === ref) byPeer.delete(peer)
    }

    /** On the connection it asks for while that lives, else on one that leads to the address. */
    function transmit(message: FlowMsg): void {
      const { flow, address, port } = message
      if (flow !== undefined && byRef.has(flow)) return self.send(flow, message)
      const peer = hostPort(address, port)
      const ref = byPeer.get(peer) ?? spawn(events => network.connect(address, port, events), '', peer)
      self.send(ref, message)
    }

    return message => {
      switch (message.kind) {
        case 'transmit':
          return transmit(message)
        case 'accepted':
          spawn(message.take, message.local, undefined)
          return
        case 'ended':
          return forget(message.id)
        case 'count':
          return self.send(message.replyTo, byId.size)
      }
    }
  },
}
