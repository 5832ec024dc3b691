/** INVITE client transaction: §17.1.1 with RFC 6026 §7.2, seen by the server. */

import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { again, request, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { dialogOf, ended, hungUp, placed } from '../callers.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'TCI-01 TCI-03 §17.1.1.2 Timer A: the INVITE is repeated after T1, 3*T1, 7*T1 ..., over UDP only [3261-17.1.1.2-1] [3261-17.1.1.2-2] [3261-17.1.1.2-3] [3261-17.1.1.2-4] [3261-17.1.1.2-6] [3261-17.1.1.2-7] [3261-17.1.1.2-8]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      equal((await call.outcome).kind, 'timeout')
      deepEqual(bob.times(invite), stage.transport === 'udp' ? [0, 500, 1500, 3500, 7500, 15_500, 31_500] : [0])
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TCI-02 TCI-03 §17.1.1.2 Timer B: without any response the call has timed out after 64*T1 [3261-17.1.1.2-5] [3261-17.1.1.2-13]',
    async stage => {
      const { call, began } = await placed(stage)
      equal((await call.outcome).kind, 'timeout')
      equal(stage.now - began, 32_000)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TCI-04 §17.1.1.2 a provisional response ends the repetitions, and the call rings on, long after Timer B [3261-17.1.1.2-9] [3261-17.1.1.2-15] [3261-17.1.1.2-16] [3261-17.1.1.2-17]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      await stage.pause(80_000)
      bob.send(183)
      await stage.pause(80_000)
      // What is sent every 20 s holds the way through a NAT open: RFC 3581 §3.
      deepEqual(
        bob.times(invite).filter(at => at < 20_000),
        [0],
      )
      bob.send(486)
      await bob.expect('ACK')
      equal(await ended(call), 'rejected')
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TCI-05 §17.1.1.2 Timer D: for 32 s each repeated refusal gets the same ACK again, and the user hears of one [3261-17.1.1.2-18] [3261-17.1.1.2-19] [3261-17.1.1.2-21] [3261-17.1.1.2-22] [6026-7.3-5] [6026-7.3-6] [6026-7.3-8] [6026-7.3-9]',
    async stage => {
      const { bob, call } = await placed(stage)
      const refusal = bob.send(486)
      await bob.expect('ACK')
      equal(await ended(call), 'rejected')
      for (const wait of [500, 15_000, 16_400]) {
        await stage.pause(wait)
        bob.repeat(refusal)
        await bob.expect(again('ACK'))
      }
      await stage.pause(200)
      bob.repeat(refusal)
      await bob.silence(100)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'TCI-05 §17.1.1.3 the ACK of a refusal has one Via, that of the INVITE, and goes where the INVITE went, whatever Contact says [3261-17.1.1.2-20] [3261-17.1.1.3-2] [3261-17.1.1.3-3] [3261-17.1.1.3-4] [3261-17.1.1.3-5] [6026-7.3-7] [3263-4-2] [3263-4.4-1]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      const refusal = bob.send(404, { headers: { Contact: '<sip:elsewhere@203.0.113.7>' } })
      await bob.expect(
        request('ACK', {
          uri: String(invite.uri),
          headers: {
            Via: invite.raw('Via').join(),
            From: invite.raw('From').join(),
            To: refusal.raw('To').join(),
            'Call-ID': invite.callId,
            CSeq: `${invite.cseq.number} ACK`,
          },
        }),
      )
      equal(await ended(call), 'rejected')
    },
  ),

  scenario(
    'TCI-06 TRP-11 §17.1.4 an INVITE that cannot be sent ends as a transport error at once [3261-17.1.4-1] [3261-18.4-1]',
    async stage => {
      const alice = await stage.stack('alice')
      const bob = await stage.raw('bob')
      stage.network.refuse('INVITE')
      equal(await ended(alice.stack.invite(bob.uri())), 'transportError')
      equal(stage.now < 100, true)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'TCI-07 §17.1.3 a response belongs to the INVITE by its branch and the method of its CSeq: others change nothing',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      const via = invite.raw('Via').join()
      bob.send(486, { for: invite, headers: { Via: via.replace(/branch=[^;]+/, 'branch=z9hG4bKother') } })
      bob.send(486, { for: invite, headers: { CSeq: `${invite.cseq.number} OPTIONS` } })
      await bob.silence(200)
      bob.send(603, { for: invite })
      await bob.expect('ACK')
      const outcome = await call.outcome
      equal(outcome.kind === 'rejected' && outcome.response.status, 603)
    },
  ),

  scenario('SYN-22 §17.1.3 §7.3.1 the branch of a response compares without case', async stage => {
    const { bob, call, invite } = await placed(stage)
    const via = invite.raw('Via').join()
    bob.send(486, { for: invite, headers: { Via: via.replace(/branch=[^;]+/, branch => branch.toUpperCase()) } })
    await bob.expect('ACK')
    equal(await ended(call), 'rejected')
  }),

  scenario(
    'TCI-08 §17.1.1.1 T1 is what the stack was told: all else follows from it [3261-17.1.1.2-12]',
    async stage => {
      const { bob, call, invite, began } = await placed(stage, {}, { T1: 100 })
      equal((await call.outcome).kind, 'timeout')
      equal(stage.now - began, 6400)
      deepEqual(bob.times(invite), stage.transport === 'udp' ? [0, 100, 300, 700, 1500, 3100, 6300] : [0])
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TCI-09 §17.1.1.3 a second refusal with another To tag gets the ACK of the first',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      const first = bob.send(486)
      await bob.expect(request('ACK', { headers: { To: first.raw('To').join() } }))
      equal(await ended(call), 'rejected')
      bob.send(486, { for: invite, headers: { To: `<${invite.to.uri}>;tag=second` } })
      await bob.expect(again(request('ACK', { headers: { To: first.raw('To').join() } })))
    },
    { transport: 'udp' },
  ),

  scenario(
    'UA-4 UC-7 ACC-05 ACC-06 §17.1.1.3 RFC 6026 §7.2 a 2xx is acknowledged by the user, to its Contact, with the number of the INVITE and a branch of its own [3261-17.1.1.3-1] [3261-13.2.2.4-2] [6026-7.2-1] [6026-7.2-3] [6026-7.3-12] [6026-7.3-13]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(200, { headers: { Contact: `<${bob.uri('desk')}>` } })
      const [ack] = await bob.expect(request('ACK', { uri: bob.uri('desk') }))
      equal(ack.cseq.number, invite.cseq.number)
      notEqual(ack.via.branch, invite.via.branch)
      await hungUp(bob, await dialogOf(call))
    },
  ),

  scenario(
    'ACC-05 ACC-07 RFC 6026 §7.2 Timer M: for 64*T1 a 2xx reaches the user, later nobody [6026-7.2-2] [6026-7.3-25] [6026-7.3-26]',
    async stage => {
      const { bob, call } = await placed(stage)
      const ok = bob.send(200)
      await bob.expect('ACK')
      await stage.pause(31_900)
      bob.repeat(ok)
      await bob.expect(again('ACK'))
      await hungUp(bob, await dialogOf(call))
      await stage.pause(40_000)
      bob.repeat(ok)
      await bob.silence(1000)
    },
    { mode: 'virtual' },
  ),
]

export default scenarios
