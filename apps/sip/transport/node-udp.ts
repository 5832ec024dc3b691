/** UDP sockets of this machine, by node:dgram: one for all peers, one for each that is watched, one for each group. */

import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { ConnectedUdp, UdpEvents, UdpSocket } from './network.js'
import { isWildcard } from './reach.js'

/** Names never get here; answering at once spares a resolver call and a turn of the loop for each datagram. */
export function literal(
  hostname: string,
  _options: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, hostname, hostname.includes(':') ? 6 : 4)
}

/**
 * Sockets to single peers share the port, for which all of them need SO_REUSEADDR; then a second program could have the
 * port, too. So it is first had without.
 */
export function nodeUdp(address: string, port: number, events: UdpEvents): UdpSocket {
  const six = isIPv6(address)
  const type = six ? 'udp6' : 'udp4'
  const claim = createSocket({ type, lookup: literal, ipv6Only: six })
  const socket = createSocket({ type, lookup: literal, ipv6Only: six, reuseAddr: true })
  socket.on('message', (datagram, peer) => events.datagram(datagram.toString('latin1'), peer.address, peer.port))
  socket.on('listening', () => events.bound(socket.address().address, socket.address().port))
  for (const each of [claim, socket]) each.on('error', error => events.failed(error))
  const open = new Set([claim, socket])
  /** Those of the groups that name one. */
  const interfaces = new Map<string, string>()
  let usual: string | undefined
  const interfaceFor = (group: string): string => {
    usual ??= interfaceOf(address)
    return interfaces.get(group) ?? usual
  }
  const aim = (group: string, hops: number): void => {
    socket.setMulticastInterface(interfaceFor(group))
    socket.setMulticastTTL(hops)
  }
  claim.bind(port, address, () => {
    const claimed = claim.address().port
    open.delete(claim)
    claim.close(() => open.has(socket) && socket.bind(claimed, address))
  })
  return {
    send(text, to, toPort, failed, hops) {
      const octets = Buffer.from(text, 'latin1')
      try {
        if (hops !== undefined) aim(to, hops)
        // Without a callback an error is nobody's, which is right for what is repeated anyway, and saves a turn of the loop.
        if (failed === undefined) socket.send(octets, toPort, to)
        else socket.send(octets, toPort, to, error => error && failed(error))
      } catch (thrown) {
        // A peer that names port 0 in its Via, for one: Node throws, and the socket is none the worse for it.
        failed?.(errorOf(thrown))
      }
    },
    connected: (to, toPort, peer) => connectedUdp(socket, { address: to, port: toPort }, peer),
    join(group, joined) {
      const [bare = group, zone] = group.split('%')
      if (zone !== undefined) interfaces.set(bare, `::%${zone}`)
      const by = interfaceFor(bare)
      const enter = (member: DatagramSocket): void => {
        try {
          member.addMembership(bare, by)
        } catch (thrown) {
          return events.failed(errorOf(thrown))
        }
        joined()
      }
      // What is bound to every address hears all that this machine is a member of; a second socket would hear it once more.
      if (isWildcard(address)) return enter(socket)
      const member = createSocket({ type, lookup: literal, reuseAddr: true })
      open.add(member)
      member.on('message', (datagram, peer) => events.datagram(datagram.toString('latin1'), peer.address, peer.port))
      member.on('error', error => events.failed(error))
      member.bind(socket.address().port, six ? `${bare}${by.slice(2)}` : bare, () => enter(member))
    },
    close() {
      for (const each of open) each.close()
      open.clear()
    },
  }
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

function attempt(act: () => void, failed: (error: Error) => void): void {
  try {
    act()
  } catch (thrown) {
    failed(errorOf(thrown))
  }
}

/** The interface that has an address, as sockets want it for groups: IPv4 by the address, IPv6 by its name (RFC 4007 §11). */
function interfaceOf(address: string): string {
  if (!isIPv6(address)) return address
  if (isWildcard(address)) return '::'
  const [bare, zone] = address.split('%')
  const found = Object.entries(networkInterfaces()).find(([, own]) => own?.some(each => each.address === bare))
  const name = zone ?? found?.[0]
  return name === undefined ? '::' : `::%${name}`
}

function connectedUdp(
  all: DatagramSocket,
  { address, port }: { readonly address: string; readonly port: number },
  events: Pick<UdpEvents, 'datagram' | 'failed'>,
): ConnectedUdp {
  const six = isIPv6(address)
  const socket = createSocket({ type: six ? 'udp6' : 'udp4', lookup: literal, ipv6Only: six, reuseAddr: true })
  const own = all.address()
  let state: 'opening' | 'connected' | 'unable' = 'opening'
  const waiting: Buffer[] = []
  socket.on('message', (datagram, peer) => events.datagram(datagram.toString('latin1'), peer.address, peer.port))
  const settle = (able: boolean): void => {
    state = able ? 'connected' : 'unable'
    for (const octets of waiting.splice(0)) write(octets)
  }
  const told = (error: Error | null): void => {
    if (error !== null) events.failed(error)
  }
  function write(octets: Buffer): void {
    if (state === 'opening') waiting.push(octets)
    // The error of an earlier datagram may show here, and has not sent this one.
    else if (state === 'connected') socket.send(octets, told)
    else attempt(() => all.send(octets, port, address, told), events.failed)
  }
  socket.on('error', error => (state === 'connected' ? events.failed(error) : settle(false)))
  // Peers name places in their Vias to which nothing can be connected: port 0 makes it throw, broadcasts give it an error.
  const connect = (): void => socket.connect(port, address, (error?: Error | null) => settle(!error))
  socket.bind(own.port, own.address, () => attempt(connect, () => settle(false)))
  return { send: text => write(Buffer.from(text, 'latin1')), close: () => socket.close() }
}
