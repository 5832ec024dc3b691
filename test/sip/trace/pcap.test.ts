import { expect } from 'chai'
import type { TraceMessage } from '../../../apps/sip/sip.js'
import { packetOf } from '../../../apps/sip/trace/packet.js'
import { pcap } from '../../../apps/sip/trace/pcap.js'

const options = 'OPTIONS sip:b@192.0.2.1 SIP/2.0\r\n\r\n'

function message(parts: Partial<TraceMessage> = {}): TraceMessage {
  return {
    ...{ kind: 'message', direction: 'in', seq: 0, at: 0, flow: 1, transport: 'UDP', callId: '1', octets: 0 },
    local: { address: '192.0.2.1', port: 5060 },
    remote: { address: '192.0.2.2', port: 5070 },
    text: options,
    ...parts,
  }
}

/** The packets in a capture file. */
function packets(file: Uint8Array): { readonly at: number; readonly octets: Buffer }[] {
  const all = Buffer.from(file)
  const found: { at: number; octets: Buffer }[] = []
  for (let place = 24; place < all.length; ) {
    const length = all.readUInt32LE(place + 8)
    expect(all.readUInt32LE(place + 12)).to.equal(length)
    const at = all.readUInt32LE(place) * 1000 + all.readUInt32LE(place + 4) / 1000
    found.push({ at, octets: all.subarray(place + 16, place + 16 + length) })
    place += 16 + length
  }
  return found
}

/** RFC 1071: over what is sent with its checksum it is all ones. */
function sum(...parts: readonly Buffer[]): number {
  const octets = Buffer.concat(parts)
  let total = 0
  for (let at = 0; at < octets.length; at += 2) total += octets.readUInt8(at) * 256 + (octets[at + 1] ?? 0)
  return total % 0xffff
}

function pseudo(packet: Buffer): Buffer[] {
  const six = packet.readUInt8(0) === 0x60
  const segment = packet.subarray(six ? 40 : 20)
  const addresses = six ? packet.subarray(8, 40) : packet.subarray(12, 20)
  const protocol = packet.readUInt8(six ? 6 : 9)
  return [addresses, Buffer.from([0, protocol, segment.length >> 8, segment.length & 255]), segment]
}

describe('a capture file', () => {
  it('has IP packets without a link layer, with microseconds', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678) + 0.25
    const file = Buffer.from(pcap([packetOf(message({ at }))]))
    expect(file.readUInt32LE(0)).to.equal(0xa1b2c3d4)
    expect(file.readUInt32LE(20)).to.equal(101)
    const [packet] = packets(file)
    expect(packet?.at).to.be.closeTo(at, 0.001)
    expect(packet?.octets.subarray(28).toString('latin1')).to.equal(options)
  })

  it('goes from the peer to us, or from us to the peer', () => {
    const [there, back] = packets(pcap([packetOf(message()), packetOf(message({ direction: 'out' }))]))
    expect([...(there?.octets.subarray(12, 24) ?? [])]).to.deep.equal([
      ...[192, 0, 2, 2, 192, 0, 2, 1],
      ...[5070 >> 8, 5070 & 255, 5060 >> 8, 5060 & 255],
    ])
    expect([...(back?.octets.subarray(12, 24) ?? [])]).to.deep.equal([
      ...[192, 0, 2, 1, 192, 0, 2, 2],
      ...[5060 >> 8, 5060 & 255, 5070 >> 8, 5070 & 255],
    ])
  })

  const addresses: [string, number[]][] = [
    ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['2001:db8::192.0.2.1', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1]],
    ['fe80::1:2%eth0', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]],
    ['1:2:3:4:5:6:7:ffff', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 255, 255]],
  ]
  for (const [address, octets] of addresses) {
    it(`writes ${address}`, () => {
      const [packet] = packets(pcap([packetOf(message({ remote: { address, port: 1 }, local: { address, port: 2 } }))]))
      expect([...(packet?.octets.subarray(8, 24) ?? [])]).to.deep.equal(octets)
      expect([...(packet?.octets.subarray(24, 40) ?? [])]).to.deep.equal(octets)
    })
  }

  it('RFC 1071 has true checksums, of both families and both protocols', () => {
    const six = { local: { address: '2001:db8::1', port: 5060 }, remote: { address: '2001:db8::2', port: 5061 } }
    const all = [{}, { transport: 'TCP' }, six, { ...six, transport: 'TLS' }, { text: `${options}!` }] as const
    for (const { octets } of packets(pcap(all.map(parts => packetOf(message(parts)))))) {
      expect(sum(...pseudo(octets))).to.equal(0)
      if (octets.readUInt8(0) === 0x45) expect(sum(octets.subarray(0, 20))).to.equal(0)
    }
  })

  it('numbers what goes over a connection, in pieces where it is too long for a packet', () => {
    const long = `MESSAGE sip:b@192.0.2.1 SIP/2.0\r\n\r\n${'x'.repeat(100_000)}`
    const tls = { transport: 'TLS' } as const
    const all = [message({ ...tls, text: long }), message({ ...tls, direction: 'out' }), message(tls)]
    const segments = packets(pcap(all.map(packetOf))).map(({ octets }) => octets.subarray(20))
    expect(segments.map(each => [each.readUInt32BE(4), each.readUInt32BE(8)])).to.deep.equal([
      [1, 1],
      [65_001, 1],
      [1, long.length + 1],
      [long.length + 1, options.length + 1],
    ])
    const text = segments.slice(0, 2).map(each => each.subarray(20).toString('latin1'))
    expect(text.join('')).to.equal(long)
  })

  it('has messages of WebSocket as datagrams, since port 80 is HTTP to all programs', () => {
    const [packet] = packets(pcap([packetOf(message({ transport: 'WS' }))]))
    expect(packet?.octets.readUInt8(9)).to.equal(17)
  })
})
