/** A call from its INVITE to its BYE: §13, §15. */

import { again, request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { dialogOf, hungUp, hungUpBy, placed } from '../callers.js'
import { answering } from './answering.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'invite_200: §13.3.1.4 INVITE gets 200, ACK ends its retransmission, BYE gets 200 [3261-13.3.1.4-1]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [answering] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, body: 'v=0\r\n' })
      await alice.expect(
        response(200, { headers: { To: /;tag=/, Contact: /<sip:/, Allow: true, 'Content-Type': 'application/sdp' } }),
      )
      alice.send('ACK')
      await alice.silence(1000)
      await hungUpBy(alice)
    },
  ),

  scenario(
    'invite_200: §13.2.2.4 our INVITE is acknowledged, a repeated 2xx with the same ACK [3261-13.2.2.4-2] [3261-13.2.2.4-7]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(bob.uri(), { body: 'v=0\r\n' })
      await bob.expect(request('INVITE', { headers: { Contact: /<sip:/, 'Content-Type': 'application/sdp' } }))
      bob.send(180)
      const ok = bob.send(200)
      await bob.expect(
        request('ACK', { uri: bob.uri(), headers: { To: ok.raw('To')[0] ?? '', Via: /;branch=z9hG4bK/ } }),
      )
      bob.repeat(ok)
      await bob.expect(again('ACK'))
      await hungUp(bob, await dialogOf(call), { uri: bob.uri() })
    },
  ),

  scenario('invite_bye: §15.1.2 a BYE from the callee ends our call [3261-15.1.2-3] [3261-15.1.2-4]', async stage => {
    const { bob, call } = await placed(stage)
    bob.send(200)
    await bob.expect('ACK')
    await hungUpBy(bob)
    const outcome = await call.outcome
    const ended = outcome.kind === 'answered' ? await outcome.dialog.ended : outcome.kind
    if (ended !== 'remote') throw new Error(`the call ended as ${ended}`)
  }),
]

export default scenarios
