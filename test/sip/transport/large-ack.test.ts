import { expect } from 'chai'
import { type ActorRef, Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import { connections } from '../../../apps/sip/transport/connections.js'
import type { FlowMsg, Listener, TransportName } from '../../../apps/sip/transport/flow.js'
import { Inlet } from '../../../apps/sip/transport/inlet.js'
import type { Network, StreamEvents } from '../../../apps/sip/transport/network.js'
import { defaultStreamLimits } from '../../../apps/sip/transport/stream-limits.js'
import { transport } from '../../../apps/sip/transport/transport.js'

const address = '192.0.2.1'

function ack(octets: number): string {
  const body = 'x'.repeat(octets)
  return `ACK sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP ${address}:5060;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: ${octets}\r\n\r\n${body}`
}

describe('§18.1.1 the ACK to a 2xx that is too large for UDP', () => {
  /** A transport with a UDP socket that only takes down, over connections that the test answers for. */
  function bench(): { readonly send: (text: string) => void; readonly udp: string[]; readonly tcp: string[] } & {
    readonly peer: () => StreamEvents | undefined
  } {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const udp: string[] = []
    const tcp: string[] = []
    let peer: StreamEvents | undefined
    const network = {
      connect: (_to: string, port: number, events: StreamEvents) => {
        peer = events
        const nothing = (): undefined => undefined
        return { address, port, queued: 0, send: (text: string) => void tcp.push(text), end: nothing, destroy: nothing }
      },
    } as unknown as Network
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog: () => 0 })
    const arg = { network, inlet, limits: defaultStreamLimits, tls: undefined, seed: 1, note: () => undefined }
    const pool = kernel.spawn(connections, arg)
    const socket: ActorRef<FlowMsg> = kernel.spawn<FlowMsg>(
      { label: 'udp', init: () => message => void udp.push(message.text) },
      undefined,
    )
    const counters = { requests: 0, responses: 0, misdirected: 0, undelivered: 0 }
    const locator = (): never => {
      throw new TypeError('nothing is to be located')
    }
    const ref = kernel.spawn(transport, { counters, locator })
    const reach = { host: address, port: 5060, sentBy: `${address}:5060`, nets: [] }
    const listeners = (['UDP', 'TCP'] as const).map((name: TransportName): Listener => {
      return { transport: name, address, port: 5060, flow: socket, reach }
    })
    kernel.send(ref, { kind: 'locals', locals: { listeners, connections: pool, largestDatagram: 1300 } })
    const route = { transport: 'UDP', address: '192.0.2.2', port: 5060, flow: socket } as const
    return {
      ...{ udp, tcp, peer: () => peer },
      send: text => {
        kernel.send(ref, { kind: 'send', text, route })
        clock.settle()
        peer?.connected()
        clock.settle()
      },
    }
  }

  it('goes over TCP, with a Via that says so [3261-18.1.1-1] [3261-18.1.1-2]', () => {
    const { send, udp, tcp } = bench()
    send(ack(1500))
    expect(udp).to.deep.equal([])
    expect(tcp.map(text => /^Via: (\S+)/m.exec(text)?.[1])).to.deep.equal(['SIP/2.0/TCP'])
  })

  it('stays with UDP when it is small', () => {
    const { send, udp, tcp } = bench()
    send(ack(10))
    expect([udp.length, tcp.length]).to.deep.equal([1, 0])
  })

  it('goes over UDP as it was where TCP is refused [3261-18.1.1-4]', () => {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const udp: string[] = []
    let refuse: () => void = () => undefined
    const network = {
      connect: (_to: string, port: number, events: StreamEvents) => {
        refuse = () => events.closed(new Error('connect ECONNREFUSED'))
        const nothing = (): undefined => undefined
        return { address, port, queued: 0, send: nothing, end: nothing, destroy: nothing }
      },
    } as unknown as Network
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog: () => 0 })
    const arg = { network, inlet, limits: defaultStreamLimits, tls: undefined, seed: 1, note: () => undefined }
    const pool = kernel.spawn(connections, arg)
    const flow = kernel.spawn<FlowMsg>({ label: 'udp', init: () => message => void udp.push(message.text) }, undefined)
    const instead: FlowMsg = { kind: 'transmit', text: 'as it was', address, port: 5060, flow }
    kernel.send(pool, { kind: 'transmit', text: 'over TCP', address, port: 5060, transport: 'TCP', instead })
    clock.settle()
    refuse()
    clock.settle()
    expect(udp).to.deep.equal(['as it was'])
  })
})
