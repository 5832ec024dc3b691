import { expect } from 'chai'
import { echo, greeting } from '../../apps/echo/echo.js'
import { maybe, request, response, type Stage } from '../../apps/scenario/scenario.js'
import { passing } from '../scenario/passing.js'

const text = { 'Content-Type': 'text/plain' }

async function speaking(stage: Stage) {
  const lines: string[] = []
  const server = await stage.stack('echo')
  server.stack.register(echo(server.stack, line => lines.push(line)))
  return { server, alice: await stage.raw('alice'), lines }
}

function offer(way: string): string {
  return [
    'v=0',
    'o=alice 7 3 IN IP4 192.0.2.1',
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    `a=${way}`,
    '',
  ].join('\r\n')
}

describe('the echo demo', () => {
  it('says what to dial', () => {
    expect(greeting('127.0.0.1:5060')).to.include('<sip:echo@127.0.0.1:5060>')
  })

  const sendsBack = async (transport: 'udp' | 'tcp'): Promise<void> => {
    await passing(
      async stage => {
        const { server, alice, lines } = await speaking(stage)
        const headers = { ...text, From: '"Alice" <sip:alice@elsewhere.example>;tag=1' }
        alice.send('MESSAGE', { to: server, headers, body: 'Hello\u001b[2J' })
        const [, back] = await alice.expect(200, request('MESSAGE', { headers: { 'Content-Type': 'text/plain' } }))
        expect(back.body).to.equal('Hello\u001b[2J')
        expect(String(back.uri.user)).to.equal('alice')
        expect(String(back.from.uri)).to.equal(server.uri())
        expect(String(back.to.uri)).to.equal('sip:alice@elsewhere.example')
        alice.send(200)
        expect(lines).to.deep.equal(['ECHO: sip:alice@elsewhere.example says: Hello\\u{1b}[2J'])
      },
      { transport },
    )
  }

  it('RFC 3428 §7 sends a message back to where it came from, as it was', () => sendsBack('udp'))

  it('§18.2.2 sends a message back to where its sender listens, when it came over a connection', () => sendsBack('tcp'))

  it('does not answer another echo for ever', () =>
    passing(async stage => {
      const { server, alice } = await speaking(stage)
      alice.send('MESSAGE', { to: server, headers: { ...text, From: '<sip:echo@192.0.2.9>;tag=1' }, body: 'Hello' })
      await alice.expect(200)
      await alice.silence(2000)
    }))

  it('RFC 3264 §6.1 takes a call, and gives its media back, each way turned round', () =>
    passing(async stage => {
      const { server, alice } = await speaking(stage)
      const answers: string[] = []
      alice.send('INVITE', { to: server, body: offer('sendonly') })
      const [accepted] = await alice.expect(200, maybe(100))
      answers.push(accepted.body)
      alice.send('ACK')
      alice.send('INVITE', { body: offer('recvonly') })
      const [changed] = await alice.expect(200, maybe(100))
      answers.push(changed.body)
      alice.send('ACK')
      expect(answers).to.deep.equal([
        offer('recvonly').replace('o=alice', 'o=echo'),
        offer('sendonly').replace('o=alice', 'o=echo'),
      ])
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    }))

  it('RFC 3264 §5 §13.2.1 makes an offer of its own in a call without one', () =>
    passing(async stage => {
      const { server, alice } = await speaking(stage)
      alice.send('INVITE', { to: server, body: '' })
      const [accepted] = await alice.expect(200, maybe(100))
      expect(accepted.body).to.match(/^v=0\r\n.*a=inactive\r\n$/s)
      alice.send('ACK', { headers: { 'Content-Type': 'application/sdp' }, body: offer('inactive') })
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    }))

  it('RFC 3428 §2 sends back inside a call what was said inside it', () =>
    passing(async stage => {
      const { server, alice } = await speaking(stage)
      alice.send('INVITE', { to: server, body: offer('sendrecv') })
      await alice.expect(200, maybe(100))
      alice.send('ACK')
      alice.send('MESSAGE', { headers: text, body: 'inside' })
      const [, back] = await alice.expect(response(200, { of: 'MESSAGE' }), 'MESSAGE')
      expect(back.body).to.equal('inside')
      expect(back.to.tag).to.not.equal(undefined)
      alice.send(200)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    }))
})
