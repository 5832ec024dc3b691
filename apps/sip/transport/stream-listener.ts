/** A listening TCP, TLS or WebSocket socket as an actor; what it accepts goes to whoever keeps the connections (§18.2). */

import { type ActorRef, type Behavior, normal } from '../../actor/actor.js'
import type { ConnectionsMsg } from './connections.js'
import { type ListenerArg, reachable } from './listen-point.js'
import type { StreamTransport } from './network.js'
import type { Reach } from './reach.js'
import type { StreamLimits } from './stream-limits.js'
import type { TlsOptions } from './tls-options.js'

export type StreamListenerMsg =
  | { readonly kind: 'bound'; readonly address: string; readonly port: number; readonly reach: Reach }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'setTls'; readonly tls: TlsOptions }

export interface StreamListenerArg extends ListenerArg {
  readonly transport: StreamTransport
  readonly tls: TlsOptions | undefined
  readonly limits: StreamLimits
  readonly connections: ActorRef<ConnectionsMsg>
}

export const streamListener: Behavior<StreamListenerMsg, StreamListenerArg> = {
  label: ({ transport }) => `${transport.toLowerCase()} listener`,
  init({ network, point, transport, tls, limits, connections, report }, self) {
    let reach: Reach | undefined
    const failed = (error: Error): void => self.send(self.ref, { kind: 'failed', error })
    const { origins } = point
    const server = network.listen(
      point.address,
      point.port,
      {
        bound: (address, port) =>
          reachable(network, point, { address, port }, failed, found => {
            reach = found
            self.send(self.ref, { kind: 'bound', address, port, reach: found })
          }),
        accepted: (take, address = '') => self.send(connections, { kind: 'accepted', take, address, transport, reach }),
        refused: () => self.send(connections, { kind: 'refused' }),
        failed,
      },
      {
        transport,
        most: limits.total,
        mostOfOne: limits.perAddress,
        handshake: limits.handshake,
        ...(tls === undefined ? {} : { tls }),
        ...(origins === undefined ? {} : { origins }),
      },
    )
    self.defer(() => server.close())
    return message => {
      switch (message.kind) {
        case 'failed':
          report.broken(message.error)
          return self.stop(normal)
        case 'setTls':
          return server.setTls?.(message.tls)
        case 'bound': {
          const { address, port } = message
          report.bound({ transport, address, port, flow: connections, reach: message.reach })
        }
      }
    }
  },
}
