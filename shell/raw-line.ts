/** A socket that sends octets to one place as they are: the network without a stack. */

import { isIPv6 } from 'node:net'
import { dnsResolver, Framer, locationOf, nodeNetwork, type Target, type Uri } from '../apps/sip/sip.js'
import { EnvironmentError, UnreachableError, UsageError } from './command.js'
import { addressTowards } from './dialler.js'
import { inTime } from './in-time.js'

export interface RawLine {
  readonly target: Target
  /** Where we are, as HOST:PORT. */
  readonly local: string
  send(text: string): void
  /** Tells what comes from now on. */
  hear(events: RawLineEvents): void
  close(): void
}

export interface RawLineEvents {
  /** A datagram, or what a stream had at a time. */
  received(text: string, from: string): void
  /** A stream is no more, or a socket is broken. */
  closed(why: string): void
}

/** The first place that a URI leads to. Throws UnreachableError when it leads nowhere, or the DNS says nothing for `timeout` ms. */
export async function placeBehind(uri: Uri, timeout: number): Promise<Target> {
  const resolver = dnsResolver()
  try {
    const { targets } = await inTime(locationOf(uri, resolver), timeout).catch(error => {
      throw error instanceof EnvironmentError ? new UnreachableError(error.message) : error
    })
    const [target] = targets
    if (target !== undefined) return target
    throw new UnreachableError(`${uri} leads nowhere: sipwright resolve shows why`)
  } finally {
    resolver.close()
  }
}

/** Throws UsageError for another machine, unless that was asked for: what may harm begins at home. */
export function refuseRemote({ address }: Target, isAllowed: boolean | undefined): void {
  if (isAllowed || address === '::1' || address.startsWith('127.')) return
  throw new UsageError(`${address} is another machine: with --allow-remote it is done all the same`)
}

/** Opens a line; rejects with an Error when there is no way, or none within `patience` ms. */
export async function openLine(target: Target, patience: number): Promise<RawLine> {
  return target.transport === 'UDP' ? datagrams(target, await addressTowards(target.address)) : stream(target, patience)
}

/** Cuts what is heard into messages: a datagram is one (§18.3), and over WebSocket they come whole (RFC 7118 §5.2). */
export function messagesBy({ transport }: Target): (heard: string) => readonly string[] {
  if (!['TCP', 'TLS'].includes(transport)) return text => [text]
  const framer = new Framer()
  return text => framer.push(text).flatMap(frame => (frame.kind === 'message' ? frame.text : []))
}

const nobody: RawLineEvents = { received: () => undefined, closed: () => undefined }

function datagrams(target: Target, own: string): Promise<RawLine> {
  let events = nobody
  return new Promise((resolve, reject) => {
    const socket = nodeNetwork.udp(own, 0, {
      bound: (address, port) =>
        resolve({
          target,
          local: placeText(address, port),
          send: text => socket.send(text, target.address, target.port, error => events.closed(error.message)),
          hear: hearer => {
            events = hearer
          },
          close: () => socket.close(),
        }),
      datagram: (text, address, port) => events.received(text, placeText(address, port)),
      failed: error => {
        reject(error)
        events.closed(error.message)
      },
    })
  })
}

function stream(target: Target, patience: number): Promise<RawLine> {
  const { address, port, transport, name } = target
  if (transport === 'UDP') throw new TypeError('UDP is no stream')
  let events = nobody
  return new Promise((resolve, reject) => {
    let isOpen = false
    const socket = nodeNetwork.connect(
      address,
      port,
      {
        connected: () => {
          isOpen = true
          clearTimeout(late)
          const { own } = socket
          resolve({
            target,
            local: own === undefined ? 'localhost' : placeText(own.address, own.port),
            send: text => socket.send(text),
            hear: hearer => {
              events = hearer
            },
            close: () => socket.destroy(),
          })
        },
        chunk: text => events.received(text, placeText(address, port)),
        closed: error => {
          clearTimeout(late)
          if (isOpen) events.closed(error?.message ?? 'the connection was closed')
          else reject(error ?? new Error('the connection was closed'))
        },
      },
      { transport, name },
    )
    const late = setTimeout(() => {
      reject(new Error(`no connection to ${placeText(address, port)} within ${patience} ms`))
      socket.destroy()
    }, patience)
  })
}

function placeText(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`
}
