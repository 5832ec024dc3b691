/** Non-INVITE client transaction: §17.1.2, seen by the server. */

import { deepEqual, equal } from 'node:assert/strict'
import type { RawPeer, Stage } from '../../apps/scenario/scenario.js'
import { type Scenario, scenario } from '../../apps/scenario/scenario.js'
import type { Outcome, Request } from '../../apps/sip/sip.js'

interface Asked {
  readonly bob: RawPeer
  readonly options: Request
  readonly outcome: Promise<Outcome>
  readonly began: number
}

async function asked(stage: Stage): Promise<Asked> {
  const bob = await stage.raw('bob')
  const alice = await stage.stack('alice')
  const began = stage.now
  const outcome = alice.stack.request('OPTIONS', bob.uri())
  const [options] = await bob.expect('OPTIONS')
  return { bob, options, outcome, began }
}

const scenarios: readonly Scenario[] = [
  scenario(
    'TCN-01 TCN-05 §17.1.2.2 Timer E: the request is repeated after T1, doubled up to T2, over UDP only [3261-17.1.2.2-2] [3261-17.1.2.2-3]',
    async stage => {
      const { bob, options, outcome } = await asked(stage)
      equal((await outcome).kind, 'timeout')
      const repeated = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
      deepEqual(bob.times(options), stage.transport === 'udp' ? repeated : [0])
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TCN-02 §17.1.2.2 after a provisional response it is repeated every T2 [3261-17.1.2.2-5] [3261-17.1.2.2-7]',
    async stage => {
      const { bob, options, outcome } = await asked(stage)
      bob.send(100)
      await stage.pause(10_000)
      bob.send(200)
      equal((await outcome).kind, 'answered')
      deepEqual(bob.times(options), stage.transport === 'udp' ? [0, 500, 4500, 8500] : [0])
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TCN-03 §17.1.2.2 Timer F: it has timed out after 64*T1, answered provisionally or not [3261-17.1.2.2-1] [3261-17.1.2.2-4] [3261-17.1.2.2-8]',
    async stage => {
      const { bob, outcome, began } = await asked(stage)
      await stage.pause(20_000)
      bob.send(100)
      equal((await outcome).kind, 'timeout')
      equal(stage.now - began, 32_000)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'TCN-04 §17.1.2.2 Timer K: one final response counts, later ones are absorbed for T4 [3261-17.1.2.2-6] [3261-17.1.2.2-10] [3261-17.1.2.2-11]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      bob.send(404, { for: options })
      bob.send(200, { for: options })
      equal((await outcome).kind, 'rejected')
      const asleep = stage.transport === 'udp' ? 1 : 0
      await stage.pause(4900)
      deepEqual((await alice.stack.census()).asleep, asleep)
      await stage.pause(200)
      deepEqual((await alice.stack.census()).asleep, 0)
      bob.send(200, { for: options })
      await bob.silence(100)
    },
    { mode: 'virtual' },
  ),
]

export default scenarios
