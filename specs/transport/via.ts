/** Via, and the ways of responses: §8.1.1.7, §18.1, §18.2, RFC 3581. */

import { equal, match, notEqual } from 'node:assert/strict'
import { request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'
import { ended, placed } from '../callers.js'

const ok = callee({ final: 200 })

const scenarios: readonly Scenario[] = [
  scenario(
    'TRP-03 NAT-01 §8.1.1.7 §18.1.1 our Via: SIP/2.0, the transport used, where we listen, a branch of its own, rport without a value [3261-8.1.1.7-1] [3261-8.1.1.7-2] [3261-8.1.1.7-3] [3261-8.1.1.7-4] [3261-8.1.1.7-5] [3261-18.1.1-6] [3261-18-3] [3581-3-1]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const { address, port } = alice.place
      const branches: (string | undefined)[] = []
      for (const method of ['OPTIONS', 'INFO']) {
        const outcome = alice.stack.request(method, bob.uri())
        const [came] = await bob.expect(method)
        const via = came.raw('Via').join()
        match(via, new RegExp(`^SIP/2\\.0/${stage.transport.toUpperCase()} ${address}:${port};branch=z9hG4bK`))
        match(via, /;rport(;|$)/)
        branches.push(came.via.branch)
        bob.send(200)
        await outcome
      }
      notEqual(branches[0], branches[1])
    },
  ),

  scenario(
    'TRP-05 NAT-04 §18.1.1 a response comes back where the request came from, and belongs to it [3261-18.1.1-8] [3261-18.1.2-2] [3261-18.1.2-3] [3581-3-2]',
    async stage => {
      const { bob, call } = await placed(stage)
      bob.send(486)
      await bob.expect('ACK')
      equal(await ended(call), 'rejected')
    },
  ),

  scenario(
    'TRP-05 NAT-04 §18.1.1 RFC 3263 §5 a response may come from anywhere to the place in our sent-by, over a connection of its own too [3261-18.1.1-9] [3261-18.1.1-10] [3261-18.1.1-11] [3261-18.1.1-12] [3581-3-3]',
    async stage => {
      const { alice, bob, call } = await placed(stage)
      const carol = await stage.raw('carol')
      carol.write(bob.compose(486), alice)
      await bob.expect('ACK')
      equal(await ended(call), 'rejected')
    },
  ),

  scenario('TRP-06 §18.1.2 a response whose sent-by is not ours is discarded [3261-18.1.2-1]', async stage => {
    const { bob, call, invite } = await placed(stage)
    const via = invite.raw('Via').join()
    bob.send(486, { for: invite, headers: { Via: via.replace(/ [^;]+;/, ' 203.0.113.1:5060;') } })
    await bob.silence(200)
    bob.send(603, { for: invite })
    await bob.expect('ACK')
    const outcome = await call.outcome
    equal(outcome.kind === 'rejected' && outcome.response.status, 603)
  }),

  scenario(
    'TRP-07 TRP-09 §18.2.1 a sent-by that is a name or another address gets received, and the response goes there [3261-18.2.1-4] [3261-18.2.1-5] [3261-18.2.1-6] [3261-18.2.2-1] [3261-18.2.2-7]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [ok] })
      const alice = await stage.raw('alice')
      const { address, port } = alice.place
      for (const host of ['client.example.com', '203.0.113.9']) {
        const Via = `SIP/2.0/${stage.transport.toUpperCase()} ${host}:${port};branch=z9hG4bK${host.length}`
        alice.send('OPTIONS', { to: bob, headers: { Via } })
        await alice.expect(response(200, { headers: { Via: `${Via};received=${address}` } }))
      }
    },
  ),

  scenario(
    'TRP-09 §18.2.2 a sent-by that tells the truth: the response goes there, and nothing is added [3261-18.2.2-9]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [ok] })
      const alice = await stage.raw('alice')
      const { address, port } = alice.place
      const Via = `SIP/2.0/${stage.transport.toUpperCase()} ${address}:${port};branch=z9hG4bKtrue`
      alice.send('OPTIONS', { to: bob, headers: { Via } })
      await alice.expect(response(200, { headers: { Via } }))
    },
  ),

  scenario(
    'NAT-02 NAT-03 RFC 3581 §4 rport: filled in with received, even where both say what sent-by says, and the response goes there [3581-4-1] [3581-4-2] [3581-4-3] [3581-4-4]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [ok] })
      const alice = await stage.raw('alice', { sentBy: '10.0.0.1:5080' })
      const { address, port } = alice.place
      alice.send('OPTIONS', { to: bob })
      await alice.expect(
        response(200, {
          headers: { Via: via => via.includes(`;received=${address}`) && via.includes(`;rport=${port}`) },
        }),
      )
    },
    { transport: 'udp' },
  ),

  scenario(
    'NAT-05 §18.2.2 without rport the response goes to the port in sent-by, not to the one that the request came from',
    async stage => {
      const bob = await stage.stack('bob', { cores: [ok] })
      const alice = await stage.raw('alice')
      const other = await stage.raw('other', { beside: alice, port: 5070 })
      const Via = `SIP/2.0/UDP ${other.place.address}:5070;branch=z9hG4bKport`
      alice.send('OPTIONS', { to: bob, headers: { Via } })
      await other.expect(200)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'NAT-08 RFC 3581 §4 a value that rport brings along is replaced by the truth, once; maddr says where the response goes all the same [3261-18.2.2-5] [3261-7.3.1-5]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [ok] })
      const alice = await stage.raw('alice')
      const other = await stage.raw('other')
      const via = `SIP/2.0/UDP ${alice.place.address}:5060;branch=z9hG4bK`
      alice.send('OPTIONS', { to: bob, headers: { Via: `${via}1;rport=9;received=203.0.113.1` } })
      await alice.expect(
        response(200, { headers: { Via: value => value === `${via}1;rport=5060;received=${alice.place.address}` } }),
      )
      alice.send('OPTIONS', { to: bob, headers: { Via: `${via}2;maddr=${other.place.address};rport` } })
      await other.expect(200)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'CAN-12 §9.1 the CANCEL and the ACK go where the INVITE went [3261-9.1-10] [3263-4-2] [3263-4-3] [3263-4.4-1]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180, { headers: { Contact: '<sip:elsewhere@203.0.113.7>' } })
      await stage.pause(200)
      call.cancel()
      const [cancel] = await bob.expect(request('CANCEL', { headers: { Via: invite.raw('Via').join() } }))
      bob.send(200, { for: cancel })
      bob.send(487, { for: invite })
      await bob.expect('ACK')
      equal(await ended(call), 'cancelled')
    },
  ),
]

export default scenarios
