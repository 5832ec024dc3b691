/** Calls over a network that loses, doubles and reorders: every one of them comes to an end that both sides know. */

import { type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'

const anyNetwork = { mode: 'virtual', profiles: ['clean', 'lossy', 'chaos'] } as const

function check(what: string, kind: string, ...allowed: readonly string[]): void {
  if (!allowed.includes(kind)) throw new Error(`${what} ended as ${kind}`)
}

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-37 a call that is answered and ended',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 2000, final: 200 })] })
      const alice = await stage.stack('alice')
      // Without session timers a callee whom no BYE reaches talks on for ever: the ninth comes through.
      stage.network.delay('BYE', 20, { nth: 9, from: alice.place.address })
      const outcome = await alice.stack.invite(bob.uri()).outcome
      check('the call', outcome.kind, 'answered', 'timeout')
      if (outcome.kind !== 'answered') return
      await stage.pause(3000)
      check('the BYE', (await outcome.dialog.bye()).kind, 'answered', 'rejected', 'timeout')
    },
    anyNetwork,
  ),
]

export default scenarios
