/** Other endings over a network that loses, doubles and reorders: every one is known to both sides. */

import { type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'

const anyNetwork = { mode: 'virtual', profiles: ['clean', 'lossy', 'chaos'] } as const

function check(what: string, kind: string, ...allowed: readonly string[]): void {
  if (!allowed.includes(kind)) throw new Error(`${what} ended as ${kind}`)
}

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-37 a call that is refused',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 1000, final: 486 })] })
      const alice = await stage.stack('alice')
      const { kind } = await alice.stack.invite(bob.uri()).outcome
      check('the call', kind, 'rejected', 'timeout')
    },
    anyNetwork,
  ),

  scenario(
    'FLW-37 a call that is cancelled',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 60_000, final: 486 })] })
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(bob.uri())
      await stage.pause(2000)
      call.cancel()
      check('the call', (await call.outcome).kind, 'cancelled', 'timeout', 'rejected')
    },
    anyNetwork,
  ),

  scenario(
    'FLW-37 a request outside calls',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.stack('alice')
      check('OPTIONS', (await alice.stack.request('OPTIONS', bob.uri())).kind, 'answered', 'timeout')
    },
    anyNetwork,
  ),
]

export default scenarios
