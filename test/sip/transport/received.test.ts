import { expect } from 'chai'
import { type RawPeer, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

const anybody: Core = { name: 'anybody', match: () => true }

/** Sends OPTIONS with this Via behind the transport, and expects the 200 with that one. */
async function optionsWith(stage: Stage, alice: RawPeer, via: string, stamped: string): Promise<void> {
  const bob = await stage.stack('bob', { cores: [anybody] })
  const protocol = `SIP/2.0/${stage.transport.toUpperCase()}`
  alice.send('OPTIONS', { to: bob, headers: { Via: `${protocol} ${via};branch=z9hG4bK1` } })
  await alice.expect(response(200, { headers: { Via: `${protocol} ${stamped}` } }))
}

describe('§18.2.1 the server transport', () => {
  it('receive_request_udp: a sent-by that is another address gets received [3261-18.2.1-5] [3261-18.2.1-6] [3261-18.2.2-7]', async () => {
    await passing(async stage => {
      const alice = await stage.raw('alice')
      await optionsWith(stage, alice, '203.0.113.9:5060', '203.0.113.9:5060;branch=z9hG4bK1;received=192.0.2.1')
    })
  })

  it('receive_request_udp2: a sent-by that is a name gets received [3261-18.2.1-4] [3261-18.2.1-5]', async () => {
    await passing(async stage => {
      const alice = await stage.raw('alice')
      await optionsWith(
        stage,
        alice,
        'client.example.com:5060',
        'client.example.com:5060;branch=z9hG4bK1;received=192.0.2.1',
      )
    })
  })

  it('a sent-by that tells the truth stays as it is', async () => {
    await passing(async stage => {
      const alice = await stage.raw('alice')
      await optionsWith(stage, alice, '192.0.2.1:5060', '192.0.2.1:5060;branch=z9hG4bK1')
    })
  })

  it('a received that the client brings along is replaced by the truth', async () => {
    await passing(async stage => {
      const alice = await stage.raw('alice')
      const via = 'client.example.com;received=203.0.113.66'
      const protocol = 'SIP/2.0/UDP'
      const bob = await stage.stack('bob', { cores: [anybody] })
      alice.send('OPTIONS', { to: bob, headers: { Via: `${protocol} ${via};branch=z9hG4bK1` } })
      await alice.expect(response(200, { headers: { Via: value => /;received=192\.0\.2\.1(;|$)/.test(value) } }))
    })
  })

  it('send_response_udp_default_port: without a port in sent-by the response goes to 5060 [3261-18.2.2-7]', async () => {
    await passing(async stage => {
      const alice = await stage.raw('alice', { port: 6000 })
      const other = await stage.raw('alice at 5060', { beside: alice, port: 5060 })
      const bob = await stage.stack('bob', { cores: [anybody] })
      alice.send('OPTIONS', { to: bob, headers: { Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1' } })
      await other.expect(200)
    })
  })

  it('a response goes to the port in sent-by, not to the one that the request came from [3261-18.2.2-7]', async () => {
    await passing(async stage => {
      const alice = await stage.raw('alice', { port: 6000 })
      const other = await stage.raw('alice at 7000', { beside: alice, port: 7000 })
      const bob = await stage.stack('bob', { cores: [anybody] })
      alice.send('OPTIONS', { to: bob, headers: { Via: 'SIP/2.0/UDP client.example.com:7000;branch=z9hG4bK1' } })
      await other.expect(200)
    })
  })

  it('RFC 3581 §4 rport gets the port that the request came from, received comes with it, and both say where the response goes [3581-4-1] [3581-4-2] [3581-4-3] [3581-4-4]', async () => {
    const { trace } = await passing(async stage => {
      const alice = await stage.raw('alice', { port: 6000 })
      await optionsWith(
        stage,
        alice,
        '192.0.2.1:5060;rport',
        '192.0.2.1:5060;rport=6000;branch=z9hG4bK1;received=192.0.2.1',
      )
    })
    expect(trace).to.contain('UDP bob > alice')
  })

  it('send_response_udp_maddr: maddr says where the response goes, at the port in sent-by [3261-18.2.2-5]', async () => {
    await passing(async stage => {
      const alice = await stage.raw('alice')
      const other = await stage.raw('other', { port: 5070 })
      const bob = await stage.stack('bob', { cores: [anybody] })
      alice.send('OPTIONS', { to: bob, headers: { Via: 'SIP/2.0/UDP 192.0.2.1:5070;maddr=192.0.2.2;branch=z9hG4bK1' } })
      await other.expect(200)
    })
  })
})

describe('§18.1.2 the client transport', () => {
  it('receive_response_udp: a response with our sent-by reaches its transaction [3261-18.1.2-2]', async () => {
    await passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      await bob.expect('OPTIONS')
      bob.send(200)
      expect((await outcome).kind).to.equal('answered')
    })
  })

  it('receive_response_udp_wrong: a response with another sent-by is discarded [3261-18.1.2-1]', async () => {
    for (const sentBy of ['203.0.113.9:5060', '192.0.2.2:5061', 'alice.example.com']) {
      await passing(async stage => {
        const bob = await stage.raw('bob')
        const alice = await stage.stack('alice')
        const outcome = alice.stack.request('OPTIONS', bob.uri())
        const [options] = await bob.expect('OPTIONS')
        bob.send(200, { headers: { Via: `SIP/2.0/UDP ${sentBy};branch=${options.via.branch}` } })
        await stage.pause(40_000)
        expect((await outcome).kind).to.equal('timeout')
      })
    }
  })

  it('§18.1.2 so is one that has but the host, or the port, of ours, after others that had both [3261-18.1.2-1]', async () => {
    await passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      const [{ via }] = await bob.expect('OPTIONS')
      const { host, port = 5060, branch } = via
      const answer = (status: number, sentBy: string): unknown =>
        bob.send(status, { headers: { Via: `SIP/2.0/UDP ${sentBy};branch=${branch}` } })
      answer(100, `${host}:${port}`)
      answer(404, `${host}:${port + 1}`)
      answer(404, `203.0.113.9:${port}`)
      answer(200, `${host}:${port}`)
      expect((await outcome).kind).to.equal('answered')
      expect(await alice.stack.counters()).to.include({ responses: 2, misdirected: 2 })
    })
  })

  it('§18.1.2 so is one with the sent-by of a listener that was closed meanwhile, however many had it before [3261-18.1.2-1]', async () => {
    await passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      bob.send(200)
      expect((await outcome).kind).to.equal('answered')
      const [old = ''] = alice.stack.listening
      const place = await alice.stack.listen(`udp:${alice.place.address}:5099`)
      expect(await alice.stack.unlisten(old)).to.equal(true)
      const later = alice.stack.request('OPTIONS', bob.uri())
      const [{ via }] = await bob.expect('OPTIONS')
      expect(`udp:${via.host}:${via.port}`).to.equal(place)
      bob.send(404, { headers: { Via: `SIP/2.0/UDP ${options.via.host}:${options.via.port};branch=${via.branch}` } })
      bob.send(200)
      expect((await later).kind).to.equal('answered')
      expect(await alice.stack.counters()).to.include({ responses: 2, misdirected: 1 })
    })
  })

  it('B-13 a response that belongs to no transaction is dropped, and what follows is served', async () => {
    for (const transport of ['udp', 'tcp'] as const) {
      await passing(
        async stage => {
          const bob = await stage.stack('bob', { cores: [anybody] })
          const alice = await stage.raw('alice')
          const { address, port } = bob.place
          const via = `SIP/2.0/${transport.toUpperCase()} ${address}:${port};branch=z9hG4bKnobody`
          const lines = `From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`
          alice.write(`SIP/2.0 200 OK\r\nVia: ${via}\r\n${lines}`, bob)
          alice.send('OPTIONS', { to: bob })
          await alice.expect(200)
        },
        { transport },
      )
    }
  })
})
