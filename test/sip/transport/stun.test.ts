import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import fc from 'fast-check'
import { SipStack } from '../../../apps/sip/sip.js'
import { stunAnswer } from '../../../apps/sip/transport/stun.js'

/** RFC 5769 §2: the transaction id and the addresses of its vectors. */
const ID = 'b7e7a701bc34d686fa87dfae'

function request(attributes = ''): string {
  const length = (attributes.length / 2).toString(16).padStart(4, '0')
  return Buffer.from(`0001${length}2112a442${ID}${attributes}`, 'hex').toString('latin1')
}

function hex(text: string | undefined): string {
  return Buffer.from(text ?? '', 'latin1').toString('hex')
}

describe('RFC 5626 §8 STUN at the SIP port', () => {
  it('tells IPv4 clients where they are, masked [TRP-15]', () => {
    const mapped = '002000080001a147e112a643'
    expect(hex(stunAnswer(request(), '192.0.2.1', 32_853))).to.equal(`0101000c2112a442${ID}${mapped}`)
  })

  it('tells IPv6 clients where they are, masked [TRP-15]', () => {
    const mapped = '002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9'
    const answer = stunAnswer(request(), '2001:db8:1234:5678:11:2233:4455:6677', 32_853)
    expect(hex(answer)).to.equal(`010100182112a442${ID}${mapped}`)
  })

  it('RFC 8489 §6.3.1 says what it would have had to understand, and ignores what it need not', () => {
    expect(hex(stunAnswer(request('0024000400000001'), '192.0.2.1', 1))).to.match(/^0111.{36}000900150000041455/)
    expect(hex(stunAnswer(request('8022000174000000'), '192.0.2.1', 1))).to.match(/^0101/)
  })

  it('answers nothing else, whatever comes', () => {
    for (const text of [
      '',
      '\0',
      request().slice(0, 19),
      `${request()}x`,
      request('8022ffff'),
      request().replace('\x21', '\x22'),
    ]) {
      expect(stunAnswer(text, '192.0.2.1', 1)).to.equal(undefined)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), octets => {
        stunAnswer(request() + Buffer.from(octets).toString('latin1'), '::1', 1)
        stunAnswer(Buffer.from(octets).toString('latin1'), '127.0.0.1', 1)
      }),
      { seed: 1 },
    )
  })

  it('RFC 7983 §7 is told from SIP by its first octet [TRP-15]', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    stack.register({ name: 'anybody', match: () => true })
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const port = Number(stack.listening[0]?.split(':').at(-1))
    const say = async (text: string): Promise<string> => {
      const came = once(socket, 'message')
      socket.send(Buffer.from(text, 'latin1'), port, '127.0.0.1')
      const [data] = await came
      return Buffer.from(data).toString('latin1')
    }
    const sip = `OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n`
    expect(hex(await say(request()))).to.match(/^0101/)
    expect(await say(sip)).to.match(/^SIP\/2\.0 200 /)
    socket.close()
    await stack.close()
  })
})
