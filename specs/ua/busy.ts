/** The busy demo: §21.1.2, §21.4.24. */

import busyCore from '../../apps/busy/busy.js'
import { maybe, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'

const scenarios: readonly Scenario[] = [
  scenario('busy: INV-11 §13.3.1.3 it rings at once and is busy after ten seconds [3261-13.3.1.3-1]', async stage => {
    const busy = await stage.stack('busy', { cores: [busyCore] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: busy })
    await alice.expect(response(180, { headers: { To: /;tag=/ } }), maybe(100))
    await alice.silence(9500)
    await alice.within(1000).expect(486)
    alice.send('ACK')
  }),

  scenario('busy: §9.2 a caller who gives up gets 487 [3261-9.2-2]', async stage => {
    const busy = await stage.stack('busy', { cores: [busyCore] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: busy })
    await alice.expect(180)
    await alice.silence(500)
    alice.send('CANCEL')
    await alice.expect(response(200, { of: 'CANCEL' }), 487)
    alice.send('ACK')
  }),
]

export default scenarios
