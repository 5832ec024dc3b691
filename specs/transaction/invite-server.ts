/** INVITE server transaction: §17.2.1 with RFC 6026 §7.1, seen by the client. */

import { deepEqual, equal } from 'node:assert/strict'
import { again, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'TSI-01 §17.2.1 a silent user: 100 without a To tag within 200 ms, and no 100 before [3261-17.2.1-1] [3261-17.2.1-2]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({})] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.silence(190)
      await alice.within(30).expect(response(100, { headers: { To: value => !value.includes(';tag=') } }))
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TSI-02 §17.2.1 a repeated INVITE gets the latest provisional response again, and no second call [3261-17.2.1-3] [3261-17.2.1-4] [3261-17.2.1-5]',
    async stage => {
      const core = callee({ first: 180, after: 1000, final: 486 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob })
      await alice.expect(180)
      for (let i = 0; i < 3; i++) {
        alice.repeat(invite)
        await alice.expect(again(180))
      }
      await alice.expect(486)
      alice.send('ACK')
      equal(core.calls, 1)
    },
  ),

  scenario(
    'TSI-03 TSI-05 §17.2.1 Timers G and H: a refusal is repeated up to every T2 for 64*T1, over UDP only [3261-17.2.1-8] [3261-17.2.1-9] [3261-17.2.1-12]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 486 })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [refusal] = await alice.expect(486)
      await stage.pause(31_900)
      equal((await bob.stack.census()).transactions, 1)
      await stage.pause(200)
      equal((await bob.stack.census()).transactions, 0)
      const repeated = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
      deepEqual(alice.times(refusal), stage.transport === 'udp' ? repeated : [0])
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TSI-04 §17.2.1 Timer I: the ACK ends the repetitions, and for T4 further ACKs and INVITEs are absorbed [3261-17.2.1-11] [3261-17.2.1-13]',
    async stage => {
      const core = callee({ final: 486 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob })
      const [refusal] = await alice.expect(486)
      const ack = alice.send('ACK')
      await stage.pause(4000)
      alice.repeat(ack)
      alice.repeat(invite)
      await stage.pause(900)
      deepEqual(alice.times(refusal), [0])
      equal((await bob.stack.census()).asleep, 1)
      await stage.pause(200)
      equal((await bob.stack.census()).asleep, 0)
      equal(core.calls, 1)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'TSI-06 TSI-08 §17.2.3 the same branch from another sent-by is another call; the ACK belongs to its INVITE',
    async stage => {
      const core = callee({ final: 486 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      for (const sentBy of ['a.example.com', 'b.example.com', 'b.example.com:5062']) {
        const headers = { Via: `SIP/2.0/${stage.transport.toUpperCase()} ${sentBy};branch=z9hG4bKsame;rport` }
        alice.send('INVITE', { to: bob, headers })
        const [refusal] = await alice.expect(486)
        alice.send('ACK', { headers })
        await stage.pause(1000)
        deepEqual(alice.times(refusal), [0])
      }
      equal(core.calls, 3)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'TSI-07 §17.2.3 RFC 6026 §6 without the cookie an ACK belongs to the INVITE whose response has its To tag [6026-6-5]',
    async stage => {
      const core = callee({ final: 486 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const { address, port } = alice.place
      const headers = { Via: `SIP/2.0/UDP ${address}:${port}` }
      const invite = alice.send('INVITE', { to: bob, headers })
      const [refusal] = await alice.expect(486)
      alice.repeat(invite)
      await alice.expect(again(486))
      alice.send('ACK', { headers: { ...headers, To: `<${bob.uri()}>;tag=another` } })
      await stage.pause(600)
      equal(alice.times(refusal).length, 3)
      alice.send('ACK', { headers })
      await stage.pause(3000)
      equal(alice.times(refusal).length, 3)
      equal(core.calls, 1)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'ACC-01 ACC-02 ACC-03 RFC 6026 §7.1 once accepted a repeated INVITE is absorbed for 64*T1, the user repeats its 2xx until the ACK [3261-17.2.1-6] [6026-6-1] [6026-7.1-1] [6026-7.1-2] [6026-7.1-3] [6026-7.1-4] [6026-7.1-5] [6026-7.3-20]',
    async stage => {
      const core = callee({ final: 200 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob })
      const [ok] = await alice.expect(200)
      await stage.pause(400)
      alice.repeat(invite)
      await stage.pause(1200)
      deepEqual(alice.times(ok), [0, 500, 1500])
      alice.send('ACK')
      await stage.pause(20_000)
      alice.repeat(invite)
      await stage.pause(5000)
      equal(alice.times(ok).length, 3)
      equal((await bob.stack.census()).asleep, 1)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
      equal(core.calls, 1)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'ACC-03 RFC 6026 §7.1 an ACK for the 2xx that has the branch of its INVITE goes up to the user, too [6026-7.1-4]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob })
      const [ok] = await alice.expect(200)
      alice.send('ACK', { headers: { Via: invite.raw('Via') } })
      await stage.pause(5000)
      deepEqual(alice.times(ok), [0])
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    },
    { mode: 'virtual' },
  ),

  scenario(
    'ACC-04 RFC 6026 §7.1 a response that cannot be sent ends nothing: the next repetition of the INVITE gets it [6026-6-2] [6026-7.1-7] [6026-7.1-8] [6026-7.3-24]',
    async stage => {
      const core = callee({ final: 486 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      stage.network.refuse(486, { nth: 1 })
      const invite = alice.send('INVITE', { to: bob })
      await alice.silence(100)
      alice.repeat(invite)
      await alice.expect(486)
      alice.send('ACK')
      equal(core.calls, 1)
    },
    { mode: 'virtual', transport: 'udp' },
  ),
]

export default scenarios
