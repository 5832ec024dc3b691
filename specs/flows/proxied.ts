/** The flows of RFC 3665 that have proxies and redirect servers, with our stack as the caller: a raw peer plays all of them. */

import { deepEqual, equal, match } from 'node:assert/strict'
import { again, type RawPeer, request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { type Credentials, type Reply, ZoneResolver } from '../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy } from '../callers.js'

const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\n'
const answer = 'v=0\r\no=- 2 2 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 3456 RTP/AVP 0\r\n'

/** The record-route of two proxies, the one next to the callee first. */
function twoProxies(peer: RawPeer): { readonly 'Record-Route': string[]; readonly Contact: string } {
  return {
    'Record-Route': [`<${peer.uri('ss2')};lr>`, `<${peer.uri('ss1')};lr>`],
    Contact: `<${peer.uri('bob')}>`,
  }
}

function challenge(realm: string): string {
  return `Digest realm="${realm}", nonce="${realm}-1", algorithm=MD5, qop="auth"`
}

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-07 INV-04 RFC 3665 §3.2 through two proxies: ACK and BYE go by them to the callee, each with a branch of its own [3261-13.2.2.4-3]',
    async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(proxy.uri('bob-at-home'), { body: offer })
      const [invite] = await proxy.expect('INVITE')
      proxy.send(100)
      proxy.send(180, { headers: twoProxies(proxy) })
      const ok = proxy.send(200, { headers: twoProxies(proxy), body: answer })
      const Route = `<${proxy.uri('ss1')};lr>, <${proxy.uri('ss2')};lr>`
      const inside = { Route, To: ok.raw('To')[0] ?? '', 'Call-ID': invite.callId }
      const [ack] = await proxy.expect(
        request('ACK', { uri: proxy.uri('bob'), headers: { ...inside, CSeq: `${invite.cseq.number} ACK` } }),
      )
      const dialog = await dialogOf(call)
      const over = dialog.bye()
      const [bye] = await proxy.expect(request('BYE', { uri: proxy.uri('bob'), headers: inside }))
      equal(new Set([invite, ack, bye].map(({ via }) => via.branch)).size, 3)
      proxy.send(200)
      equal((await over).kind, 'answered')
    },
  ),

  scenario(
    'FLW-08 RFC 3665 §3.3 two proxies ask for passwords, one after the other: both get theirs, and so does the ACK [3261-13.2.2.4-4]',
    async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const passwords: Readonly<Record<string, Credentials>> = {
        'a.example': { username: 'alice', password: 'one' },
        'b.example': { username: 'alice', password: 'two' },
      }
      const call = alice.stack.invite(proxy.uri('bob'), { body: offer, auth: realm => passwords[realm] })
      const [first] = await proxy.expect(request('INVITE', { headers: { 'Proxy-Authorization': false } }))
      proxy.send(407, { headers: { 'Proxy-Authenticate': challenge('a.example') } })
      const [, second] = await proxy.expect(
        'ACK',
        request('INVITE', { headers: { 'Proxy-Authorization': /realm="a\.example"/, 'Call-ID': first.callId } }),
      )
      proxy.send(100, { for: second })
      proxy.send(407, { for: second, headers: { 'Proxy-Authenticate': challenge('b.example') } })
      const both = (value: string): boolean =>
        value.includes('realm="a.example"') && value.includes('realm="b.example"')
      const [, third] = await proxy.expect(
        'ACK',
        request('INVITE', { headers: { 'Proxy-Authorization': both, 'Call-ID': first.callId }, body: offer }),
      )
      equal(second.cseq.number, first.cseq.number + 1)
      equal(third.cseq.number, first.cseq.number + 2)
      equal(third.from.tag, first.from.tag)
      proxy.send(200, { for: third, headers: twoProxies(proxy), body: answer })
      // §13.2.2.4: the ACK has the credentials of the INVITE.
      await proxy.expect(request('ACK', { headers: { 'Proxy-Authorization': both } }))
      await hungUp(proxy, await dialogOf(call))
    },
  ),

  scenario(
    'FLW-09 RFC 3665 §3.4 the first proxy is silent: after 64*T1 the call goes by the second [3261-8.1.2-8]',
    async stage => {
      const [one, two] = [await stage.raw('one'), await stage.raw('two')]
      const found = (reply: Extract<Reply, { kind: 'found' }>['answer']): Reply => ({
        ...{ kind: 'found', ttl: 3600, also: [], answer: reply },
      })
      const records = [one, two].map(({ name, place }, priority) => {
        return { priority, weight: 0, port: place.port, target: `${name}.test` }
      })
      const resolver = new ZoneResolver(
        {
          'SRV _sip._udp.example.test': found({ type: 'SRV', records }),
          'A one.test': found({ type: 'A', addresses: [one.place.address] }),
          'A two.test': found({ type: 'A', addresses: [two.place.address] }),
        },
        stage.network.clock,
      )
      const alice = await stage.stack('alice', { resolver })
      const call = alice.stack.invite('sip:bob@example.test', { body: offer })
      const [lost] = await one.expect('INVITE')
      const [invite] = await two.within(33_000).expect('INVITE')
      equal(one.times(lost).length, 7)
      equal(invite.callId, lost.callId)
      two.send(100)
      two.send(200, { headers: twoProxies(two), body: answer })
      await two.expect('ACK')
      await hungUp(two, await dialogOf(call))
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario('FLW-11 RFC 3665 §3.6 a redirection, and a call without an offer: the answer is in the ACK', async stage => {
    const [server, bob] = [await stage.raw('server'), await stage.raw('bob')]
    const alice = await stage.stack('alice')
    const offers: string[] = []
    const call = alice.stack.invite(server.uri('bob'), {
      redirects: 1,
      answer: given => {
        offers.push(given)
        return answer
      },
    })
    const [first] = await server.expect(request('INVITE', { body: '' }))
    server.send(302, { headers: { Contact: `<${bob.uri()}>` } })
    await server.expect('ACK')
    const headers = { 'Call-ID': first.callId, CSeq: `${first.cseq.number + 1} INVITE`, To: first.raw('To')[0] ?? '' }
    await bob.expect(request('INVITE', { uri: bob.uri(), headers }))
    bob.send(180)
    bob.send(200, { body: offer })
    await bob.expect(request('ACK', { body: answer, headers: { 'Content-Type': 'application/sdp' } }))
    equal(offers.join(), offer)
    await hungUp(bob, await dialogOf(call))
  }),

  scenario('FLW-15 RFC 3665 §3.10 the callee is silent: the proxy says 480 in the end', async stage => {
    const proxy = await stage.raw('proxy')
    const alice = await stage.stack('alice')
    const call = alice.stack.invite(proxy.uri('bob'), { body: offer })
    const [invite] = await proxy.expect('INVITE')
    proxy.send(100)
    await proxy.silence(1500)
    proxy.send(480)
    await proxy.expect(request('ACK', { headers: { Via: invite.raw('Via')[0] ?? '' } }))
    const outcome = await call.outcome
    equal(outcome.kind === 'rejected' && outcome.response.status, 480)
  }),

  scenario(
    'FLW-07 RFC 3665 §3.2 our answer to a call that came by two proxies has all Via and Record-Route, in order [3261-8.2.6.2-4]',
    async stage => {
      const bob = await stage.stack('bob', {
        cores: [{ name: 'taking', match: () => true, INVITE: incoming => incoming.reply(200, { body: answer }) }],
      })
      const proxy = await stage.raw('proxy')
      const { address, port } = proxy.place
      const transport = stage.transport.toUpperCase()
      const Via = [
        `SIP/2.0/${transport} ${address}:${port};branch=z9hG4bK721e4.1;rport`,
        'SIP/2.0/UDP ss1.atlanta.example.com:5060;branch=z9hG4bK2d4790.1;received=192.0.2.111',
        'SIP/2.0/UDP client.atlanta.example.com:5060;branch=z9hG4bK74bf9;received=192.0.2.101',
      ]
      const routes = [`<${proxy.uri('ss2')};lr>`, `<${proxy.uri('ss1')};lr>`]
      proxy.send('INVITE', { to: bob, headers: { Via, 'Record-Route': routes, 'Max-Forwards': '68' }, body: offer })
      const [ok] = await proxy.expect(response(200, { headers: { 'Record-Route': routes.join(', ') }, body: answer }))
      equal(ok.raw('Via').length, 3)
      match(ok.raw('Via')[0] ?? '', /branch=z9hG4bK721e4\.1/)
      equal(ok.raw('Via').slice(1).join(), Via.slice(1).join())
      proxy.send('ACK')
      await hungUpBy(proxy)
    },
  ),

  scenario(
    'INV-05 §13.2.2.4 a 2xx that comes again long after is acknowledged again, with the same ACK [3261-13.2.2.4-7]',
    async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(proxy.uri('bob'), { body: offer })
      await proxy.expect('INVITE')
      const ok = proxy.send(200, { body: answer })
      await proxy.expect('ACK')
      await stage.pause(31_000)
      proxy.repeat(ok)
      await proxy.expect(again('ACK'))
      await hungUp(proxy, await dialogOf(call))
    },
    { mode: 'virtual' },
  ),

  ...[481, 408, undefined].map(status =>
    scenario(
      `INV-20 §15.1.1 a BYE that gets ${status ?? 'nothing'} ends the call all the same [3261-15.1.1-2]`,
      async stage => {
        const proxy = await stage.raw('proxy')
        const alice = await stage.stack('alice')
        const call = alice.stack.invite(proxy.uri('bob'), { body: offer })
        await proxy.expect('INVITE')
        proxy.send(200, { body: answer })
        await proxy.expect('ACK')
        const dialog = await dialogOf(call)
        const bye = dialog.bye()
        await proxy.expect('BYE')
        if (status !== undefined) proxy.send(status)
        equal((await bye).kind, status === undefined ? 'timeout' : 'rejected')
        equal(await dialog.ended, 'local')
      },
      { mode: 'virtual' },
    ),
  ),

  scenario(
    'INV-07 INV-08 §13.3.1.4 nobody acknowledges our 2xx: it comes again after T1, doubled up to T2, over every transport, and after 64*T1 a BYE ends the call [3261-13.3.1.4-4]',
    async stage => {
      const bob = await stage.stack('bob', {
        cores: [{ name: 'taking', match: () => true, INVITE: incoming => incoming.reply(200, { body: answer }) }],
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, body: offer })
      const [ok] = await alice.expect(200)
      await alice.within(33_000).expect(request('BYE', { headers: { To: /;tag=/, 'Call-ID': ok.callId } }))
      alice.send(200)
      deepEqual(alice.times(ok), [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    },
    { mode: 'virtual' },
  ),
]

export default scenarios
