/** Connections and sizes: §18.1.1, §18.2.2, §18.3. */

import { equal } from 'node:assert/strict'
import { response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'
import { ended, placed } from '../callers.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'TRP-04 TRP-12 §18 §18.1.1 a connection to the same place serves the next request too, and stays for longer than a transaction lasts [3261-18-1] [3261-18-2] [3261-18.1.1-14]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      for (let i = 0; i < 3; i++) {
        const outcome = alice.stack.request('OPTIONS', bob.uri())
        await bob.expect('OPTIONS')
        bob.send(200)
        await outcome
        await stage.pause(33_000)
      }
      equal((await alice.stack.census()).connections, 1)
      await stage.pause(1_200_000)
    },
    { mode: 'virtual', transport: 'tcp' },
  ),

  scenario(
    'TRP-08 §18.2.2 the response goes over the connection of its request; is it gone, over a new one to sent-by [3261-18.2.2-2] [3261-18.2.2-3]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ after: 1000, final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      alice.send('OPTIONS', { to: bob })
      await alice.silence(500)
      alice.disconnect()
      await alice.expect(200)
    },
    { mode: 'virtual', transport: 'tcp' },
  ),

  scenario(
    'TRP-13 §17.1.4 a connection that breaks ends the client transactions on it, and no others [3261-17.1.4-1] [3261-18.4-3]',
    async stage => {
      const { alice, bob, call } = await placed(stage)
      const carol = await stage.raw('carol')
      const other = alice.stack.request('OPTIONS', carol.uri())
      await carol.expect('OPTIONS')
      stage.network.cut(bob.place.address)
      equal(await ended(call), 'transportError')
      carol.send(200)
      equal((await other).kind, 'answered')
    },
    { mode: 'virtual', transport: 'tcp' },
  ),

  scenario(
    'TRP-02 §18.1.1 a message as large as a datagram can be is taken and answered [3261-18.1.1-3]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob, body: `v=0\r\n${'x'.repeat(65_000)}` })
      await alice.expect(response(200, { of: 'OPTIONS' }))
    },
  ),

  scenario(
    'SYN-16 §18.3 messages in one chunk, and one cut at every octet, are the same messages [3261-18.3-4]',
    async stage => {
      const core = callee({ final: 200 })
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const texts = [1, 2, 3].map(() => alice.compose('OPTIONS', { to: bob }))
      alice.write(texts.join(''), bob)
      await alice.expect(200, 200, 200)
      stage.network.fragment(1)
      alice.write(alice.compose('OPTIONS', { to: bob }), bob)
      await alice.expect(200)
      equal(core.calls, 4)
    },
    { mode: 'virtual', transport: 'tcp' },
  ),
]

export default scenarios
