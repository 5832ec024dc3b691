/** A socket that sends octets to one place as they are: the network without a stack. */

import { isIPv6 } from 'node:net'
import { dnsResolver, locationOf, nodeNetwork, type Target, type Uri } from '../apps/sip/sip.js'
import { addressTowards } from './dialler.js'

export interface RawLine {
  readonly target: Target
  /** Where we are, as HOST:PORT. */
  readonly local: string
  send(text: string): void
  close(): void
}

export interface RawLineEvents {
  /** A datagram, or what a stream had at a time. */
  received(text: string, from: string): void
  /** A stream is no more, or a socket is broken. */
  closed(why: string): void
}

/** The first place that a URI leads to; undefined when it leads nowhere. */
export async function placeBehind(uri: Uri): Promise<Target | undefined> {
  const resolver = dnsResolver()
  try {
    const { targets } = await locationOf(uri, resolver)
    return targets[0]
  } finally {
    resolver.close()
  }
}

/** Opens a line; rejects with an Error when there is no way. */
export async function openLine(target: Target, events: RawLineEvents): Promise<RawLine> {
  return target.transport === 'UDP'
    ? datagrams(target, await addressTowards(target.address), events)
    : stream(target, events)
}

function datagrams(target: Target, own: string, { received, closed }: RawLineEvents): Promise<RawLine> {
  return new Promise((resolve, reject) => {
    const socket = nodeNetwork.udp(own, 0, {
      bound: (address, port) =>
        resolve({
          target,
          local: placeText(address, port),
          send: text => socket.send(text, target.address, target.port, error => closed(error.message)),
          close: () => socket.close(),
        }),
      datagram: (text, address, port) => received(text, placeText(address, port)),
      failed: error => {
        reject(error)
        closed(error.message)
      },
    })
  })
}

function stream(target: Target, { received, closed }: RawLineEvents): Promise<RawLine> {
  const { address, port, transport, name } = target
  if (transport === 'UDP') throw new TypeError('UDP is no stream')
  return new Promise((resolve, reject) => {
    let isOpen = false
    const socket = nodeNetwork.connect(
      address,
      port,
      {
        connected: () => {
          isOpen = true
          const { own } = socket
          resolve({
            target,
            local: own === undefined ? 'localhost' : placeText(own.address, own.port),
            send: text => socket.send(text),
            close: () => socket.destroy(),
          })
        },
        chunk: text => received(text, placeText(address, port)),
        closed: error => {
          if (isOpen) closed(error?.message ?? 'the connection was closed')
          else reject(error ?? new Error('the connection was closed'))
        },
      },
      { transport, name },
    )
  })
}

function placeText(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`
}
