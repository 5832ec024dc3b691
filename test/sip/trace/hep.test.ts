import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { SipStack } from '../../../apps/sip/sip.js'
import { hepPacket } from '../../../apps/sip/trace/hep.js'

/** The chunks of a HEP3 packet by type; all are of vendor 0. */
function chunks(packet: Uint8Array): Map<number, Buffer> {
  const all = Buffer.from(packet)
  expect(all.toString('latin1', 0, 4)).to.equal('HEP3')
  expect(all.readUInt16BE(4)).to.equal(all.length)
  const found = new Map<number, Buffer>()
  for (let place = 6; place < all.length; place += all.readUInt16BE(place + 4)) {
    expect(all.readUInt16BE(place)).to.equal(0)
    found.set(all.readUInt16BE(place + 2), all.subarray(place + 6, place + all.readUInt16BE(place + 4)))
  }
  return found
}

describe('HEP3', () => {
  it('says what went from where to where, when, and who tells of it', () => {
    const from = { address: [192, 0, 2, 1], port: 5060 }
    const to = { address: [192, 0, 2, 2], port: 65_535 }
    const packet = { at: 1_700_000_000_123.456, protocol: 'TCP', from, to, text: 'INVITE\xff' } as const
    const found = chunks(hepPacket(packet, 'call', { agent: 2001, password: 'pässword' }))
    const hex = Object.fromEntries([...found].map(([type, value]) => [type, value.toString('hex')]))
    expect(hex).to.deep.equal({
      ...{ 1: '02', 2: '06', 3: 'c0000201', 4: 'c0000202', 7: '13c4', 8: 'ffff' },
      ...{ 9: '6553f100', 10: (123_456).toString(16).padStart(8, '0'), 11: '01', 12: '000007d1' },
      ...{ 14: Buffer.from('pässword').toString('hex'), 15: '494e56495445ff', 17: '63616c6c' },
    })
  })

  it('says so of IPv6, without proof when there is none', () => {
    const end = { address: [...new Array<number>(15).fill(0), 1], port: 5060 }
    const found = chunks(
      hepPacket({ at: 0, protocol: 'UDP', from: end, to: end, text: 'x' }, '1', { agent: 1, password: undefined }),
    )
    expect([...found.keys()]).to.deep.equal([1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 17, 15])
    expect(found.get(1)?.toString('hex')).to.equal('0a')
    expect(found.get(5)?.toString('hex')).to.equal('00000000000000000000000000000001')
  })

  it('fits into a datagram, however long the message is', () => {
    const end = { address: [127, 0, 0, 1], port: 5060 }
    const packet = { at: 0, protocol: 'TCP', from: end, to: end, text: 'x'.repeat(100_000) } as const
    expect(hepPacket(packet, 'c'.repeat(1000), { agent: 1, password: undefined }).length).to.be.below(65_507)
  })

  describe('of a stack', () => {
    let server: Socket
    let stack: SipStack | undefined

    beforeEach(async () => {
      server = createSocket('udp4')
      server.bind(0, '127.0.0.1')
      await once(server, 'listening')
    })
    afterEach(async () => {
      await stack?.close()
      server.close()
    })

    for (const redact of [false, true]) {
      it(`goes to the capture server, ${redact ? 'redacted' : 'as it is'}`, async () => {
        const hep = { to: `127.0.0.1:${server.address().port}`, agent: 7, redact }
        stack = await SipStack.start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], trace: { hep } })
        stack.register({ name: 'anybody', match: () => true })
        const got: Map<number, Buffer>[] = []
        server.on('message', packet => got.push(chunks(packet)))
        const headers = { Authorization: 'Digest username="a", response="0123"' }
        const [, place = ''] = /^tcp:(.*)$/.exec(stack.listening[1] ?? '') ?? []
        await stack.request('OPTIONS', `sip:${place};transport=tcp`, { headers })
        while (got.length < 4) await once(server, 'message')
        expect(got.map(each => each.get(15)?.toString('latin1').split(' ')[0])).to.deep.equal([
          ...['OPTIONS', 'OPTIONS', 'SIP/2.0', 'SIP/2.0'],
        ])
        expect(got.every(each => each.get(12)?.readUInt32BE() === 7 && each.get(2)?.readUInt8() === 6)).to.equal(true)
        expect(got[0]?.get(15)?.toString('latin1')).to.include(redact ? 'response="xxxx"' : 'response="0123"')
        expect(new Set(got.map(each => each.get(17)?.toString('latin1'))).size).to.equal(1)
      })
    }
  })
})
