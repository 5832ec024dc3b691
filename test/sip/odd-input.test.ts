/** What a stack says of the texts that it was sent: odd ones, broken ones, too large ones, over all of its threads. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { SipStack, type StackCounters } from '../../apps/sip/sip.js'
import { optionsWith } from '../../shell/torture-set.js'

const params = Array.from({ length: 200 }, (_, at) => `;p${at}`).join('')

/** Texts of ten calls, so that each thread gets some. */
const texts = Array.from({ length: 10 }, (_, at) => [
  `\r\n${optionsWith({ 'Call-ID': `odd${at}` })}`,
  optionsWith({ 'Call-ID': `broken${at}`, CSeq: 'x' }),
  optionsWith({ 'Call-ID': `many${at}`, To: `<sip:bob@example.org>${params}` }),
]).flat()

/** Each ends its connection: what follows cannot be found. */
const streams: readonly string[] = [
  '\x16\x03\x01 a handshake of TLS',
  '\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  'x'.repeat(10_000),
  optionsWith({ Subject: 'x'.repeat(70_000) }),
  optionsWith().replace('Content-Length', 'X'),
  optionsWith().replace('Length: 0', 'Length: 9999999'),
]

const oddities = ({ keepalives, faults, limits, tolerated }: StackCounters): object => {
  return { keepalives, faults, limits, tolerated }
}

describe('stack.counters()', () => {
  for (const threads of [0, 2]) {
    it(`P6 X7 counts what was tolerated and what was refused, with ${threads} threads`, async () => {
      const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads, log: () => undefined })
      const socket = createSocket('udp4')
      try {
        const nothing = { keepalives: 0, faults: 0, limits: {}, tolerated: {} }
        expect(oddities(await stack.counters())).to.deep.equal(nothing)
        for (const text of texts) socket.send(text, Number(stack.listening[0]?.split(':').at(-1)), '127.0.0.1')
        const all = { ...nothing, faults: 20, limits: { params: 10 }, tolerated: { leadingLines: 10 } }
        let counted = oddities(await stack.counters())
        for (let tries = 0; tries < 100 && JSON.stringify(counted) !== JSON.stringify(all); tries++) {
          await new Promise(resolve => setTimeout(resolve, 20))
          counted = oddities(await stack.counters())
        }
        expect(counted).to.deep.equal(all)
      } finally {
        socket.close()
        await stack.close()
      }
    })

    it(`P6 X7 counts streams that cannot be cut into messages, with ${threads} threads`, async () => {
      const stack = await SipStack.start({ listen: ['tcp:127.0.0.1:0'], threads, log: () => undefined })
      try {
        for (const text of streams) {
          const socket = connect(Number(stack.listening[0]?.split(':').at(-1)), '127.0.0.1')
          socket.on('error', () => undefined).resume()
          socket.write(Buffer.from(text, 'latin1'))
          await once(socket, 'close')
        }
        expect(oddities(await stack.counters())).to.deep.equal({
          ...{ keepalives: 1, faults: streams.length, tolerated: {} },
          limits: { headerBytes: 1, startLine: 1, body: 1 },
        })
      } finally {
        await stack.close()
      }
    })
  }
})
