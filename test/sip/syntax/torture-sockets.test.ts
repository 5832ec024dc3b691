/** The torture messages as octets from a real socket: what the parser owes arrives at the sender, over UDP and TCP. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { SipStack } from '../../../apps/sip/sip.js'
import { broken, optionsWith, served } from '../../../shell/torture-set.js'

/** The first Via asks for the answer where it came from; a message whose Via is the twist has no use for that. */
function askingBack(text: string): string {
  return text.replace('Via: SIP/2.0/UDP 192.0.2.15;;', 'Via: SIP/2.0/UDP 127.0.0.1;;')
}

function statusOf(answer: string): number {
  return Number(/^SIP\/2\.0 (\d{3}) /.exec(answer)?.[1])
}

describe('RFC 4475 and RFC 5118 through sockets', () => {
  // One each, or the second copy of a request would be a retransmission of the first.
  let stacks: readonly SipStack[] = []
  let ports: readonly number[] = []

  before(async () => {
    stacks = await Promise.all(
      ['udp', 'tcp'].map(transport =>
        SipStack.start({ listen: [`${transport}:127.0.0.1:0`], limits: { message: 300 }, log: () => undefined }),
      ),
    )
    for (const stack of stacks) {
      stack.register({ name: 'any', match: () => true, OPTIONS: options => options.reply(200) })
    }
    ports = stacks.map(({ listening }) => Number(listening[0]?.split(':').at(-1)))
  })

  after(() => Promise.all(stacks.map(stack => stack.close())))

  async function overUdp(text: string): Promise<number> {
    const socket = createSocket('udp4')
    try {
      socket.send(Buffer.from(text, 'latin1'), ports[0] ?? 0, '127.0.0.1')
      const [answer] = await once(socket, 'message')
      return statusOf(String(answer))
    } finally {
      socket.close()
    }
  }

  async function overTcp(text: string): Promise<number> {
    const socket = connect(ports[1] ?? 0, '127.0.0.1')
    try {
      socket.write(Buffer.from(text.replace('SIP/2.0/UDP', 'SIP/2.0/TCP'), 'latin1'))
      const [answer] = await once(socket, 'data')
      return statusOf(String(answer))
    } finally {
      socket.destroy()
    }
  }

  for (const [at, [title, odd]] of served.entries()) {
    it(`${title}: served over UDP and TCP`, async () => {
      // A request of its own, not the one before once more (§17.2.3) or by another way (§8.2.2.2).
      const text = odd.replace('z9hG4bKabc', `z9hG4bK${at}`).replace('Call-ID: c1', `Call-ID: c${at}`)
      expect(await overUdp(text)).to.equal(200)
      expect(await overTcp(text)).to.equal(200)
    })
  }

  for (const [title, text, status = 400] of broken) {
    it(`${title}: answered over UDP and TCP`, async () => {
      // An answer to what asks for no rport goes to port 5060: only what came over a connection comes back for sure.
      if (text.includes(';rport')) expect(await overUdp(askingBack(text))).to.equal(status)
      // Over a stream this one waits for its body.
      if (!text.includes('Length: 9999')) expect(await overTcp(text)).to.equal(status)
    })
  }

  it('RFC 4475 §3.1.2.2 over TCP the rest of the body is waited for, and then the connection is closed', async () => {
    const socket = connect(ports[1] ?? 0, '127.0.0.1')
    let answer = ''
    socket.on('data', data => {
      answer += data
    })
    const sent = performance.now()
    socket.write(optionsWith({}, 'x').replace('Length: 1', 'Length: 9999').replace('/UDP', '/TCP'))
    await once(socket, 'end')
    expect(performance.now() - sent).to.be.within(200, 20_000)
    expect(answer).to.equal('')
    expect(await stacks[1]?.census()).to.include({ transactions: 0, servers: 0 })
  })
})
