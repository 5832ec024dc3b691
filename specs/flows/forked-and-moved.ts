/** Flows of RFC 3665 and RFC 3261 §16.7 in which the other side turns out to be somewhere else, or several. */

import { deepEqual, equal } from 'node:assert/strict'
import { again, type RawPeer, request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import type { Call, Incoming, Request } from '../../apps/sip/sip.js'

const sdp = (address: string, version = 1): string =>
  `v=0\r\no=- 1 ${version} IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\n`
const [offer, answer] = [sdp('192.0.2.1'), sdp('192.0.2.2')]

async function answered(call: Call) {
  const outcome = await call.outcome
  if (outcome.kind !== 'answered') throw new Error(`the call ended as ${outcome.kind}`)
  return outcome
}

/** Answers as one of those a proxy has forked to. */
function branch(proxy: RawPeer, invite: Request, tag: string) {
  const To = `${invite.raw('To').join()};tag=${tag}`
  return (status: number, body = '') => proxy.send(status, { for: invite, headers: { To }, body })
}

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-10 RFC 3665 §3.5 a call by a preloaded Route through a gateway that answers for itself, with other SDP, and sets no Record-Route',
    async stage => {
      const gateway = await stage.raw('gateway')
      const alice = await stage.stack('alice')
      const Route = `<${gateway.uri('alg')};lr>`
      const call = alice.stack.invite('sip:bob@biloxi.example.com', { headers: { Route }, body: offer })
      await gateway.expect(request('INVITE', { uri: 'sip:bob@biloxi.example.com', headers: { Route }, body: offer }))
      gateway.send(100)
      gateway.send(180)
      gateway.send(200, { headers: { Contact: `<${gateway.uri('alg')}>` }, body: answer })
      // §12.1.2: the route set is that of the 200, here empty; what was preloaded is for the first request only.
      await gateway.expect(request('ACK', { uri: gateway.uri('alg'), headers: { Route: false } }))
      const { dialog, response: ok } = await answered(call)
      equal(ok.body, answer)
      const bye = dialog.bye()
      await gateway.expect(request('BYE', { uri: gateway.uri('alg'), headers: { Route: false } }))
      gateway.send(200)
      equal((await bye).kind, 'answered')
    },
  ),

  scenario(
    'FLW-12 RFC 3665 §3.7 the callee moves to another address: our BYE goes there [3261-12.2.2-6]',
    async stage => {
      const [bob, elsewhere] = [await stage.raw('bob'), await stage.raw('elsewhere')]
      const alice = await stage.stack('alice')
      const moved = sdp('192.0.2.9', 2)
      const reINVITE = (change: Incoming): void => {
        equal(change.request.body, moved)
        change.reply(200, { body: sdp('192.0.2.1', 2) })
      }
      const call = alice.stack.invite(bob.uri(), { body: offer, handlers: { reINVITE } })
      await bob.expect('INVITE')
      bob.send(180)
      bob.send(200, { body: answer })
      await bob.expect('ACK')
      const { dialog } = await answered(call)
      bob.send('INVITE', { headers: { Contact: `<${elsewhere.uri('bob')}>` }, body: moved })
      await bob.expect(response(200, { body: sdp('192.0.2.1', 2) }))
      bob.send('ACK')
      await stage.pause(100)
      const bye = dialog.bye()
      await elsewhere.expect(request('BYE', { uri: elsewhere.uri('bob') }))
      elsewhere.send(200)
      equal((await bye).kind, 'answered')
    },
  ),

  scenario(
    'FLW-12 RFC 3665 §3.7 we move: the re-INVITE has our new Contact and SDP, and the BYE of the caller comes there [3261-12.2.1.1-16]',
    async stage => {
      const incoming: Incoming[] = []
      const bob = await stage.stack('bob', {
        cores: [
          {
            name: 'moving',
            match: () => true,
            INVITE: invite => {
              incoming.push(invite)
              invite.reply(200, { body: answer })
            },
          },
        ],
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, body: offer })
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(100)
      const { address, port } = bob.place
      const Contact = `<sip:moved@${address}:${port}>`
      const change = incoming[0]?.dialog?.reinvite({ headers: { Contact }, body: sdp('192.0.2.9', 2) })
      await alice.expect(request('INVITE', { headers: { Contact }, body: sdp('192.0.2.9', 2) }))
      alice.send(200, { body: sdp('192.0.2.1', 2) })
      await alice.expect('ACK')
      equal((await change)?.kind, 'answered')
      alice.send('BYE', { uri: `sip:moved@${address}:${port}` })
      await alice.expect(response(200, { of: 'BYE' }))
    },
  ),

  scenario(
    'FLW-38 INV-06 §13.2.2.4 a proxy forks to three, two answer in a race: the first is the call, the second is acknowledged and gets BYE [3261-13.2.2.4-1] [3261-13.2.2.4-2] [3261-13.2.2.4-8]',
    async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(proxy.uri('bob'), { body: offer })
      const [invite] = await proxy.expect('INVITE')
      const [one, two, three] = [1, 2, 3].map(index => branch(proxy, invite, `phone${index}`))
      proxy.send(100)
      one?.(180)
      two?.(183)
      three?.(180)
      await stage.pause(500)
      deepEqual(
        call.earlyDialogs.map(({ dialog }) => dialog.remoteTag),
        ['phone1', 'phone2', 'phone3'],
      )
      const first = two?.(200, answer)
      await proxy.expect(request('ACK', { headers: { To: /;tag=phone2/, CSeq: `${invite.cseq.number} ACK` } }))
      one?.(200, answer)
      const [, bye] = await proxy.expect(
        request('ACK', { headers: { To: /;tag=phone1/ } }),
        request('BYE', { headers: { To: /;tag=phone1/ } }),
      )
      proxy.send(200, { for: bye })
      if (first !== undefined) proxy.repeat(first)
      await proxy.expect(again('ACK'))
      const { dialog } = await answered(call)
      equal(dialog.dialog.remoteTag, 'phone2')
      const over = dialog.bye()
      await proxy.expect(request('BYE', { headers: { To: /;tag=phone2/ } }))
      proxy.send(200)
      equal((await over).kind, 'answered')
    },
    // Who rang and did not answer is forgotten after 64*T1 (§13.2.2.4).
    { mode: 'virtual' },
  ),
]

export default scenarios
