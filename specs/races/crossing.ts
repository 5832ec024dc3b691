/** Messages that cross: the flows of RFC 5407 without re-INVITE. */

import { equal } from 'node:assert/strict'
import { again, maybe, request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'
import { dialogOf, ended, hungUpBy, placed } from '../callers.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'RFC 5407 §3.1.1 the INVITE comes again after the 200 was sent: it is no second call [6026-7.1-1]',
    async stage => {
      const core = callee({ first: 180, after: 400, final: 200 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      stage.network.drop(180)
      stage.network.drop(200, { nth: 1 })
      const invite = alice.send('INVITE', { to: bob })
      await stage.pause(500)
      alice.repeat(invite)
      await alice.expect(200)
      alice.send('ACK')
      await alice.silence(2000)
      await hungUpBy(alice)
      equal(core.calls, 1)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'FLW-35 RFC 5407 §3.1.2 CANCEL crosses the 200, callee: it gets 200, and the call stands',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 500, final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      await stage.pause(498)
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'INVITE' }), maybe(response(200, { of: 'CANCEL' })))
      alice.send('ACK')
      await stage.pause(100)
      await hungUpBy(alice)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'FLW-35 CAN-06 RFC 5407 §3.1.2 CANCEL crosses the 200, caller: ACK, and BYE to end the call [3261-13.2.2.4-8]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      await stage.pause(500)
      call.cancel()
      bob.send(200, { for: invite })
      const [, bye, cancel] = await bob.expect('ACK', 'BYE', 'CANCEL')
      bob.send(481, { for: cancel })
      bob.send(200, { for: bye })
      equal(await ended(call), 'cancelled')
    },
  ),

  scenario(
    'FLW-35 RFC 5407 §3.1.3 a BYE of the early dialog crosses the 200: it ends the call, its ACK comes late [3261-15.1.2-3]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 500, final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      await stage.pause(498)
      const bye = alice.compose('BYE')
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.write(bye)
      await alice.expect(response(200, { of: 'BYE' }))
      alice.send('ACK')
      await alice.silence(1000)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'FLW-35 FLW-37 RFC 5407 §3.1.6 the ACK is lost and the BYE comes before it: the call ends, the 200 is repeated no longer [3261-15.1.2-3]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      stage.network.drop('ACK')
      alice.send('INVITE', { to: bob })
      const [ok] = await alice.expect(200)
      alice.send('ACK')
      await stage.pause(100)
      await hungUpBy(alice)
      await stage.pause(5000)
      equal(alice.times(ok).length, 1)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario('FLW-36 RFC 5407 §3.2.1 BYE crosses BYE: both are answered, and the call is over', async stage => {
    const { bob, call } = await placed(stage)
    bob.send(200)
    await bob.expect('ACK')
    const dialog = await dialogOf(call)
    const over = dialog.bye()
    bob.send('BYE')
    const [bye] = await bob.expect('BYE', response(200, { of: 'BYE' }))
    bob.send(200, { for: bye })
    equal((await over).kind, 'answered')
  }),

  ...['INVITE', 'UPDATE', 'INFO'].map(method =>
    scenario(
      `FLW-36 RFC 5407 §3.2.2 ${method} of the callee crosses our BYE: 481, and the BYE is answered`,
      async stage => {
        const { bob, call } = await placed(stage)
        bob.send(200)
        await bob.expect('ACK')
        const dialog = await dialogOf(call)
        const over = dialog.bye()
        bob.send(method)
        const [bye] = await bob.expect('BYE', response(481, { of: method }))
        bob.send(200, { for: bye })
        if (method === 'INVITE') bob.send('ACK')
        equal((await over).kind, 'answered')
        equal(await dialog.ended, 'local')
      },
    ),
  ),

  scenario(
    'RFC 5407 §3.2.4 the ACK comes when the call is over already: it is absorbed',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      const ack = alice.compose('ACK')
      await hungUpBy(alice)
      alice.write(ack)
      await alice.silence(1000)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'FLW-37 CAN-07 the 487 is lost: it comes again until its ACK, with the To tag of the 200 to the CANCEL [3261-9.2-2] [3261-9.2-3]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180 })] })
      const alice = await stage.raw('alice')
      stage.network.drop(487, { nth: 1 })
      alice.send('INVITE', { to: bob })
      const [ringing] = await alice.expect(180)
      alice.send('CANCEL')
      const [ok, refused] = await alice.expect(response(200, { of: 'CANCEL' }), 487)
      equal(ok.to.tag, ringing.to.tag)
      equal(refused.to.tag, ringing.to.tag)
      alice.send('ACK')
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'FLW-37 §13.3.1.4 the 200 is lost, the ACK is lost: both come again, and the call stands',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.stack('alice')
      stage.network.drop(200, { nth: 1 })
      stage.network.drop('ACK', { nth: 1 })
      const dialog = await dialogOf(alice.stack.invite(bob.uri()))
      await stage.pause(3000)
      equal((await dialog.bye()).kind, 'answered')
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'CAN-03 §9.1 a CANCEL waits for a provisional response, and is not sent at all after a final one [3261-9.1-7] [3261-9.1-8] [3261-9.1-9]',
    async stage => {
      const { bob, call } = await placed(stage)
      call.cancel()
      await bob.silence(300)
      bob.send(486)
      await bob.expect('ACK')
      await bob.silence(300)
      equal((await ended(call)) !== 'answered', true)
    },
  ),

  scenario(
    'CAN-05 §9.1 a cancelled call without a final response ends after 64*T1 [3261-9.1-11]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      await stage.pause(100)
      const asked = stage.now
      call.cancel()
      const [cancel] = await bob.expect(request('CANCEL', { headers: { CSeq: `${invite.cseq.number} CANCEL` } }))
      bob.send(200, { for: cancel })
      equal(await ended(call), 'cancelled')
      equal(stage.now - asked, 32_000)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'CAN-08 CAN-10 §9.2 a CANCEL with another branch cancels nothing: 481, and the call rings on [3261-9.2-1]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 1000, final: 486 })] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob })
      await alice.expect(180)
      const other = invite
        .raw('Via')
        .join()
        .replace(/branch=[^;]+/, 'branch=z9hG4bKother')
      alice.send('CANCEL', { headers: { Via: other } })
      await alice.expect(response(481, { of: 'CANCEL' }))
      await alice.expect(486)
      alice.send('ACK')
    },
  ),

  scenario('CAN-02 §9.1 a CANCEL has no Require [3261-9.1-6]', async stage => {
    const { bob, call, invite } = await placed(stage)
    bob.send(180)
    await stage.pause(200)
    call.cancel()
    const [cancel] = await bob.expect(request('CANCEL', { headers: { Require: false, 'Proxy-Require': false } }))
    bob.send(200, { for: cancel })
    const refusal = bob.send(487, { for: invite })
    await bob.expect('ACK')
    if (stage.transport === 'udp') {
      bob.repeat(refusal)
      await bob.expect(again('ACK'))
    }
    equal(await ended(call), 'cancelled')
  }),
]

export default scenarios
