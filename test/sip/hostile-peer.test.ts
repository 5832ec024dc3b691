/** What a single peer could once do to a whole stack, and no longer can. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { response } from '../../apps/scenario/scenario.js'
import { type Core, SipStack } from '../../apps/sip/sip.js'
import { parseMessage } from '../../apps/sip/syntax/parse.js'
import type { Source } from '../../apps/sip/transport/flow.js'
import { stampReceived } from '../../apps/sip/transport/via-received.js'
import { passing } from '../scenario/passing.js'

const anybody: Core = { name: 'anybody', match: () => true }

function options(via: string): string {
  return `OPTIONS sip:a@b SIP/2.0\r\nVia: ${via}\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: ${via.length}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n`
}

describe('a hostile peer', () => {
  it('§17.1.3 cannot make a response match a server transaction, whatever it quotes as a branch', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [anybody] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob, headers: { Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx' } })
      await alice.expect(200)
      const sentBy = bob.uri().replace(/^.*@/, '').replace(/;.*$/, '')
      alice.write(
        `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${sentBy};branch="z9hG4bKx 192.0.2.1:5060"\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n`,
        bob,
      )
      await stage.pause(100)
      alice.send('OPTIONS', { to: bob })
      await alice.expect(response(200))
      expect(bob.errors()).to.deep.equal([])
    }))

  it('§18.2.2 cannot end our socket by asking for an answer to port 0', async () => {
    const entries: string[] = []
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: ({ text }) => entries.push(text) })
    stack.register(anybody)
    const port = Number(stack.listening[0]?.split(':').at(-1))
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    socket.send(options('SIP/2.0/UDP 127.0.0.1:0;branch=z9hG4bK1'), port, '127.0.0.1')
    socket.send(options(`SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK2`), port, '127.0.0.1')
    const [answer] = await once(socket, 'message')
    expect(String(answer)).to.match(/^SIP\/2.0 200 /)
    expect(entries).to.deep.equal([])
    socket.close()
    await stack.close()
  })

  it('§18.2.2 cannot end the process by asking for the answers to an INVITE at places that cannot be', async () => {
    const entries: string[] = []
    const log = ({ text }: { readonly text: string }): number => entries.push(text)
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], timers: { T1: 10 }, log })
    stack.register({ ...anybody, INVITE: invite => invite.reply(486) })
    const port = Number(stack.listening[0]?.split(':').at(-1))
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const invite = (via: string): void =>
      socket.send(
        options(via).replaceAll('OPTIONS', 'INVITE').replace('\r\n\r\n', '\r\nContact: <sip:c@d>\r\n\r\n'),
        port,
      )
    const places = ['127.0.0.1:0', 'h:9;maddr=255.255.255.255', 'h:9;maddr=h', 'h:9;maddr=0.0.0.0', 'h:9;maddr=[::1]']
    for (const [at, place] of places.entries()) {
      invite(`SIP/2.0/UDP ${place.replace(/(;|$)/, `;branch=z9hG4bKplace${at}$1`)}`)
    }
    invite(`SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bKlast`)
    const [answer] = await once(socket, 'message')
    expect(String(answer)).to.match(/^SIP\/2.0 486 /)
    // Each is repeated until Timer H.
    await new Promise(resolve => setTimeout(resolve, 800))
    expect(entries).to.deep.equal([])
    socket.close()
    await stack.close()
  })

  it('§18.2.1 on a link that is named in its address is stamped without that name', () => {
    const parsed = parseMessage(options('SIP/2.0/UDP host;branch=z9hG4bK1;rport'))
    if (parsed.kind !== 'ok' || parsed.message.kind !== 'request') throw new Error('not parsed')
    const source = { transport: 'UDP', address: 'fe80::1%eth0', port: 5062 } as Source
    expect(String(stampReceived(parsed.message, source).via))
      .to.match(/received=fe80::1(;|$)/)
      .and.to.contain('rport=5062')
  })
})
