/** A UDP socket as an actor: datagrams in go to the inlet, transmissions go out (§18). */

import type { ActorRef, Behavior } from '../../actor/actor.js'
import { type FlowMsg, hostPort, type Source } from './flow.js'
import type { Inlet } from './inlet.js'
import type { ListenerArg } from './listen-point.js'

export type UdpMsg =
  | FlowMsg
  | { readonly kind: 'bound'; readonly address: string; readonly port: number }
  | { readonly kind: 'failed'; readonly error: Error }

export const udpListener: Behavior<UdpMsg, ListenerArg> = {
  label: 'udp',
  init({ network, point, inlet, report }, self) {
    let local = ''
    const socket = network.udp(point.address, point.port, {
      bound: (address, port) => {
        local = hostPort(address, port)
        self.send(self.ref, { kind: 'bound', address, port })
      },
      datagram: (text, address, port) => deal(inlet, self.ref, text, address, port, local),
      failed: error => self.send(self.ref, { kind: 'failed', error }),
    })
    self.defer(() => socket.close())
    return message => {
      switch (message.kind) {
        case 'transmit': {
          const { text, address, port, owner } = message
          if (owner === undefined) socket.send(text, address, port)
          else socket.send(text, address, port, error => report.failed(owner, error))
          return
        }
        case 'bound':
          return report.bound({ transport: 'UDP', address: message.address, port: message.port, flow: self.ref })
        case 'failed':
          throw message.error
      }
    }
  },
}

function deal(inlet: Inlet, flow: ActorRef<FlowMsg>, text: string, address: string, port: number, local: string): void {
  const source: Source = { transport: 'UDP', address, port, flow, local }
  inlet.deal(text, source)
}
