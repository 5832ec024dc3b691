/** Non-INVITE server transaction: §17.2.2 with RFC 4320, seen by the client. */

import { deepEqual, equal } from 'node:assert/strict'
import { again, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'TSN-01 TSN-03 §17.2.2 a repeated request gets nothing before the final response, and that response ever after [3261-17.2.2-5] [3261-17.2.2-7] [3261-17.2.2-8]',
    async stage => {
      const core = callee({ after: 1000, final: 200 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const options = alice.send('OPTIONS', { to: bob })
      await alice.silence(500)
      alice.repeat(options)
      await alice.silence(400)
      await alice.expect(200)
      alice.repeat(options)
      await alice.expect(again(200))
      equal(core.calls, 1)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'TSN-02 §17.2.2 Timer J: after 64*T1, or at once on a stream, it is a new request [3261-17.2.2-6] [3261-17.2.2-9] [3261-17.2.2-10]',
    async stage => {
      const core = callee({ final: 200 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const options = alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      // Only its branch says that it is the same: it is none that has come by two ways (§8.2.2.2).
      const late = (options.source ?? '').replace(/^(From: .*;tag=)/m, '$1late')
      if (stage.transport === 'udp') {
        await stage.pause(31_900)
        alice.write(late)
        await alice.expect(again(200))
        equal(core.calls, 1)
        await stage.pause(200)
      }
      alice.write(late)
      await alice.expect(response(200, { headers: { From: /;tag=late/ } }))
      equal(core.calls, 2)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TSN-04 TSN-05 RFC 4320 §4 a silent user: 100 when Timer E would be T2, not before; no 408 ever [4320-3-1] [4320-3-2] [4320-3-3] [4320-3-4] [3261-17.2.2-1] [3261-17.2.2-2] [3261-17.2.2-4]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({})] })
      const alice = await stage.raw('alice')
      const options = alice.send('OPTIONS', { to: bob })
      await alice.silence(3490)
      const [trying] = await alice.within(30).expect(100)
      await stage.pause(1000)
      alice.repeat(options)
      await alice.expect(again(100))
      equal(alice.times(trying).length, 2)
      await alice.within(28_000).expect(500)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario(
    'TSN-05 RFC 4320 §4.2 a 408 of the user is not sent [4320-3-5]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 408 })] })
      const alice = await stage.raw('alice')
      const options = alice.send('OPTIONS', { to: bob })
      await alice.silence(2000)
      alice.repeat(options)
      await alice.silence(40_000)
      deepEqual((await bob.stack.census()).transactions, 0)
    },
    { mode: 'virtual', transport: 'udp' },
  ),
]

export default scenarios
