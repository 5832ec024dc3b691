import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { SipStack } from '../../../apps/sip/sip.js'

describe('§18.4 a listener that is closed while requests wait that went by it', () => {
  const open: { close(): unknown }[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()))
  })

  async function peer(): Promise<{ readonly socket: Socket; readonly uri: string }> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    open.push({ close: () => socket.close() })
    return { socket, uri: `sip:bob@127.0.0.1:${socket.address().port}` }
  }

  /** As long as it waits for an answer. */
  async function received(socket: Socket, method: string): Promise<string> {
    for (;;) {
      const [data, from] = await once(socket, 'message')
      const text = String(data)
      if (!text.startsWith(method)) continue
      if (method === 'INVITE') {
        const lines = text.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
        const tagged = lines.map(line => (line.startsWith('To:') ? `${line};tag=1` : line))
        socket.send(`SIP/2.0 180 Ringing\r\n${tagged.join('\r\n')}\r\n\r\n`, Number(from.port), '127.0.0.1')
      }
      return text
    }
  }

  for (const threads of [0, 1]) {
    it(`is a transport error for them at once, with threads: ${threads} [3261-17.1.4-1] [3261-18.4-3]`, async () => {
      const { socket, uri } = await peer()
      const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads })
      open.push(stack)
      const asked = stack.request('OPTIONS', uri)
      await received(socket, 'OPTIONS')
      const call = stack.invite(uri)
      const ringing = call.responses[Symbol.asyncIterator]().next()
      await received(socket, 'INVITE')
      await ringing
      const [place = ''] = stack.listening
      const other = await stack.listen('udp:127.0.0.1:0')
      expect(await stack.unlisten(place)).to.equal(true)
      for (const outcome of [await asked, await call.outcome]) {
        expect(outcome).to.deep.equal({ kind: 'transportError', reason: 'the listener was closed' })
      }
      const again = stack.request('OPTIONS', uri)
      expect(await received(socket, 'OPTIONS')).to.contain(`Via: SIP/2.0/UDP ${other.slice('udp:'.length)}`)
      expect(await stack.unlisten(other)).to.equal(true)
      expect(await again).to.deep.equal({ kind: 'transportError', reason: 'the listener was closed' })
      expect((await stack.census()).transactions).to.equal(0)
    })
  }
})
