/** A listening TCP socket as an actor; what it accepts goes to the actor that keeps the connections (§18.2). */

import type { ActorRef, Behavior } from '../../actor/actor.js'
import type { ConnectionsMsg } from './connections.js'
import { hostPort } from './flow.js'
import type { ListenerArg } from './listen-point.js'

export type TcpListenerMsg =
  | { readonly kind: 'bound'; readonly address: string; readonly port: number }
  | { readonly kind: 'failed'; readonly error: Error }

export interface TcpListenerArg extends ListenerArg {
  readonly connections: ActorRef<ConnectionsMsg>
}

export const tcpListener: Behavior<TcpListenerMsg, TcpListenerArg> = {
  label: 'tcp listener',
  init({ network, point, connections, report }, self) {
    let local = ''
    const server = network.listen(point.address, point.port, {
      bound: (address, port) => {
        local = hostPort(address, port)
        self.send(self.ref, { kind: 'bound', address, port })
      },
      accepted: take => self.send(connections, { kind: 'accepted', take, local }),
      failed: error => self.send(self.ref, { kind: 'failed', error }),
    })
    self.defer(() => server.close())
    return message => {
      if (message.kind === 'failed') throw message.error
      const { address, port } = message
      report.bound({ transport: 'TCP', address, port, flow: connections })
    }
  },
}
