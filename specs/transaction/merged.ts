/** A request that has come here by two ways: §8.2.2.2. */

import { equal } from 'node:assert/strict'
import { response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'

const scenarios: readonly Scenario[] = [
  ...['INVITE', 'OPTIONS'].map(method =>
    scenario(
      `UAS-04 §8.2.2.2 an ${method} with the same From tag, Call-ID and CSeq, and another branch, gets 482 [3261-8.2.2.2-1] [3261-8.2.2.2-2]`,
      async stage => {
        const core = callee({ final: 486 })
        const bob = await stage.stack('bob', { cores: [core] })
        const alice = await stage.raw('alice')
        const first = alice.send(method, { to: bob })
        await alice.expect(response(486, { of: method }))
        if (method === 'INVITE') alice.send('ACK')
        const other = (first.source ?? '').replace(/branch=z9hG4bK/, 'branch=z9hG4bKother')
        alice.write(other)
        await alice.expect(response(482, { of: method }))
        if (method === 'INVITE') alice.write(other.replaceAll('INVITE', 'ACK'))
        equal(core.calls, 1)
      },
      { transport: 'udp' },
    ),
  ),

  scenario('§8.2.2.2 another CSeq, another From tag or another Call-ID is another request', async stage => {
    const core = callee({ final: 200 })
    const bob = await stage.stack('bob', { cores: [core] })
    const alice = await stage.raw('alice')
    const { source = '' } = alice.send('OPTIONS', { to: bob })
    await alice.expect(200)
    const others = [
      source.replace('CSeq: 1', 'CSeq: 2'),
      source.replace(/^(From: .*;tag=)/m, '$1other'),
      source.replace(/^(Call-ID: )/m, '$1other'),
    ]
    for (const [at, text] of others.entries()) {
      alice.write(text.replace('branch=z9hG4bK', `branch=z9hG4bK${at}`))
      await alice.expect(200)
    }
    equal(core.calls, 4)
  }),
]

export default scenarios
