/** Real time and real sockets, on 127.0.0.1 unless there is a target elsewhere, at ports that the system chooses. */

import { type Clock, SystemClock } from '../actor/actor.js'
import { Framer, type Network, nodeNetwork, parseMessage } from '../sip/sip.js'
import type { TransportName } from './raw-transport.js'
import { SeededRandom } from './seeded-random.js'
import { type Host, pause, type Setting, sipUri, type Target } from './setting.js'
import { Trace } from './trace.js'

/** ms that peers get to finish what goes on; transactions that only wait for their last timer are not waited for. */
const REST = 200

export function loopbackSetting(transport: TransportName, seed: number, target?: Target): Setting {
  const clock: Clock = new SystemClock()
  const trace = new Trace(clock)
  const random = new SeededRandom(seed)
  return {
    mode: 'loopback',
    clock,
    trace,
    target,
    network: undefined,
    remains: ['asleep', 'calls', 'connections'],
    host(name): Host {
      return {
        clock,
        network: recorded(nodeNetwork, name, trace, target),
        random: random.fork(),
        transport,
        at: { address: target?.from ?? '127.0.0.1', port: target?.calls ?? 0 },
        uri: (user, place) => sipUri(user, place, transport),
        settled: ({ address, port }) => trace.name(name, address, port),
      }
    },
    drive: work => work,
    exhaust: () => pause(clock, REST),
  }
}

/** A network that writes down what one peer sends, and what the target sends to it. */
function recorded(network: Network, from: string, trace: Trace, target: Target | undefined): Network {
  function record(text: string, transport: 'UDP' | 'TCP', address: string, port: number): void {
    const to = trace.nameAt(address, port) ?? senderOf(text, trace) ?? `${address}:${port}`
    trace.record({ from, to, transport, text, fate: 'delivered' })
  }
  function heard(text: string, transport: 'UDP' | 'TCP', address: string, port: number): void {
    if (address !== target?.address || port !== target.port) return
    trace.record({ from: trace.nameAt(address, port) ?? address, to: from, transport, text, fate: 'delivered' })
  }
  return {
    udp(address, port, events) {
      const socket = network.udp(address, port, {
        bound: (...place) => events.bound(...place),
        failed: error => events.failed(error),
        datagram: (text, by, byPort) => {
          heard(text, 'UDP', by, byPort)
          events.datagram(text, by, byPort)
        },
      })
      return {
        send: (text, to, toPort, failed) => {
          record(text, 'UDP', to, toPort)
          socket.send(text, to, toPort, failed)
        },
        close: () => socket.close(),
      }
    },
    listen: (address, port, events) =>
      network.listen(address, port, {
        ...events,
        bound: events.bound,
        failed: events.failed,
        accepted: take => events.accepted(on => written(take(on))),
      }),
    connect: (address, port, events) => {
      const framer = new Framer()
      return written(
        network.connect(address, port, {
          connected: () => events.connected(),
          chunk: chunk => {
            for (const frame of framer.push(chunk)) {
              if (frame.kind === 'message') heard(frame.text, 'TCP', address, port)
            }
            events.chunk(chunk)
          },
          closed: error => events.closed(error),
        }),
      )
    },
  }

  function written(socket: ReturnType<Network['connect']>): ReturnType<Network['connect']> {
    return {
      address: socket.address,
      port: socket.port,
      get queued() {
        return socket.queued
      },
      send: text => {
        record(text, 'TCP', socket.address, socket.port)
        socket.send(text)
      },
      end: () => socket.end(),
      destroy: () => socket.destroy(),
    }
  }
}

/** A connection that was accepted comes from a port that says nothing; a response is for whoever sent the request. */
function senderOf(text: string, trace: Trace): string | undefined {
  const parsed = parseMessage(text)
  if (parsed.kind !== 'ok' || parsed.message.kind !== 'response') return undefined
  const { host, port = 5060 } = parsed.message.via
  return trace.nameAt(host, port)
}
