/** A capture file as tcpdump writes it, of IP packets without a link layer (LINKTYPE_RAW), which Wireshark and sngrep read. */

import type { Endpoint, Packet } from './packet.js'

const UDP = 17
const TCP = 6
/** Octets of a message in one packet, below what the lengths of IP and UDP can say. */
const LARGEST = 65_000

export function pcap(packets: readonly Packet[]): Uint8Array {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(0x40000, 16)
  header.writeUInt32LE(101, 20)
  /** How many octets each side of a TCP connection has sent. */
  const sent = new Map<string, number>()
  return Buffer.concat([header, ...packets.flatMap(packet => recordsOf(packet, sent))])
}

function recordsOf(packet: Packet, sent: Map<string, number>): Buffer[] {
  const { at, protocol, from, to } = packet
  const octets = Buffer.from(packet.text, 'latin1')
  if (protocol === 'UDP') return recordOf(at, ip(UDP, from, to, udp(from, to, octets.subarray(0, LARGEST))))
  const [there, back] = [`${keyOf(from)} ${keyOf(to)}`, `${keyOf(to)} ${keyOf(from)}`]
  const records: Buffer[] = []
  for (let offset = 0; offset < octets.length; offset += LARGEST) {
    const part = octets.subarray(offset, offset + LARGEST)
    const before = sent.get(there) ?? 0
    sent.set(there, before + part.length)
    records.push(...recordOf(at, ip(TCP, from, to, tcp(from, to, part, before, sent.get(back) ?? 0))))
  }
  return records
}

function keyOf({ address, port }: Endpoint): string {
  return `${address.join('.')}:${port}`
}

function recordOf(at: number, packet: Buffer): Buffer[] {
  const header = Buffer.alloc(16)
  const micros = Math.round(at * 1000)
  header.writeUInt32LE(Math.floor(micros / 1e6), 0)
  header.writeUInt32LE(micros % 1e6, 4)
  header.writeUInt32LE(packet.length, 8)
  header.writeUInt32LE(packet.length, 12)
  return [header, packet]
}

function udp(from: Endpoint, to: Endpoint, payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt16BE(8 + payload.length, 4)
  return Buffer.concat([header, payload])
}

/** Sequence numbers begin with 1, as after a handshake; PSH and ACK are set. */
function tcp(from: Endpoint, to: Endpoint, payload: Buffer, sent: number, received: number): Buffer {
  const header = Buffer.alloc(20)
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt32BE((sent + 1) >>> 0, 4)
  header.writeUInt32BE((received + 1) >>> 0, 8)
  header.writeUInt16BE(0x5018, 12)
  header.writeUInt16BE(0xffff, 14)
  return Buffer.concat([header, payload])
}

/** RFC 791 §3.1, RFC 8200 §3, with the checksums of both layers. */
function ip(protocol: number, from: Endpoint, to: Endpoint, segment: Buffer): Buffer {
  const addresses = Buffer.from([...from.address, ...to.address])
  const pseudo = Buffer.from([0, protocol, segment.length >> 8, segment.length & 0xff])
  segment.writeUInt16BE(checksum(addresses, pseudo, segment) || 0xffff, protocol === UDP ? 6 : 16)
  if (from.address.length === 16) {
    const header = Buffer.from([0x60, 0, 0, 0, 0, 0, protocol, 64])
    header.writeUInt16BE(segment.length, 4)
    return Buffer.concat([header, addresses, segment])
  }
  const header = Buffer.from([0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0])
  header.writeUInt16BE(20 + segment.length, 2)
  header.writeUInt16BE(checksum(header, addresses), 10)
  return Buffer.concat([header, addresses, segment])
}

/** RFC 1071: all parts but the last have an even length. */
function checksum(...parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += (part[at] ?? 0) * 256 + (part[at + 1] ?? 0)
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
