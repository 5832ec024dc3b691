/** HEP3, in which capture servers such as Homer are sent messages: "HEP3", a length, and chunks of the generic vendor 0. */

import type { Packet } from './packet.js'

export interface HepIdentity {
  /** The number by which the capture server knows us. */
  readonly agent: number
  /** What the capture server may want for proof; sent in clear. */
  readonly password: string | undefined
}

/** Octets of a message, so that all fits into a datagram. */
const LARGEST = 65_000
const SIP = 1

export function hepPacket({ at, protocol, from, to, text }: Packet, callId: string, identity: HepIdentity): Uint8Array {
  const six = from.address.length === 16
  const micros = Math.round(at * 1000)
  const chunks = Buffer.concat([
    chunk(1, [six ? 10 : 2]),
    chunk(2, [protocol === 'UDP' ? 17 : 6]),
    chunk(six ? 5 : 3, from.address),
    chunk(six ? 6 : 4, to.address),
    chunk(7, uint16(from.port)),
    chunk(8, uint16(to.port)),
    chunk(9, uint32(Math.floor(micros / 1e6))),
    chunk(10, uint32(micros % 1e6)),
    chunk(11, [SIP]),
    chunk(12, uint32(identity.agent)),
    ...(identity.password === undefined ? [] : [chunk(14, Buffer.from(identity.password, 'utf8'))]),
    chunk(17, Buffer.from(callId.slice(0, 200), 'latin1')),
    chunk(15, Buffer.from(text.slice(0, LARGEST), 'latin1')),
  ])
  return Buffer.concat([Buffer.from('HEP3'), Buffer.from(uint16(chunks.length + 6)), chunks])
}

function chunk(type: number, value: Uint8Array | readonly number[]): Buffer {
  return Buffer.concat([Buffer.from([0, 0, ...uint16(type), ...uint16(value.length + 6)]), Buffer.from(value)])
}

function uint16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff]
}

function uint32(value: number): number[] {
  return [...uint16(value >>> 16), ...uint16(value)]
}
