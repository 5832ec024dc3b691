/** Requests outside a dialog: §8.1. */

import { equal, match, notEqual } from 'node:assert/strict'
import { request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'
import { placed } from '../callers.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'UA-2 UAC-01 UAC-02 UAC-03 UAC-05 UAC-06 §8.1.1 what we ask with: To is the Request-URI and has no tag, From has a new one, Max-Forwards is 70, Call-ID is new [3261-8.1.1.1-1] [3261-8.1.1.2-1] [3261-8.1.1.2-3] [3261-8.1.1.3-1] [3261-8.1.1.3-2] [3261-8.1.1.4-3] [3261-8.1.1.6-1]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const callIds: string[] = []
      const tags: (string | undefined)[] = []
      for (const method of ['OPTIONS', 'MESSAGE']) {
        const outcome = alice.stack.request(method, bob.uri())
        const headers = {
          Via: true,
          CSeq: new RegExp(`^\\d+ ${method}$`),
          To: `<${bob.uri()}>`,
          From: /^"Anonymous" <sip:[^>]+@anonymous\.invalid>;tag=\w+$/,
          'Max-Forwards': '70',
        }
        const [came] = await bob.expect(request(method, { uri: bob.uri(), headers }))
        equal(came.cseq.number < 2 ** 31, true)
        callIds.push(came.callId)
        tags.push(came.from.tag)
        bob.send(200)
        await outcome
      }
      notEqual(callIds[0], callIds[1])
      notEqual(tags[0], tags[1])
    },
  ),

  scenario(
    'INV-01 §8.1.1.8 §12.1.2 §13.2.1 an INVITE has one Contact that others reach us at, and says what we allow [3261-12.1.2-1] [3261-13.2.1-1]',
    async stage => {
      const { alice, bob, call, invite } = await placed(stage)
      equal(invite.getAll('Contact').length, 1)
      match(invite.raw('Allow').join(), /\bACK\b.*\bCANCEL\b.*\bBYE\b/)
      match(invite.raw('Supported').join(), /\b100rel\b.*\btimer\b/)
      const { host, port } = invite.get('Contact')?.uri ?? {}
      equal(`${host}:${port}`, `${alice.place.address}:${alice.place.port}`)
      bob.send(486)
      await bob.expect('ACK')
      await call.outcome
    },
  ),

  scenario('§8.2.2.3 Require of a CANCEL and of an ACK is ignored [3261-8.2.2.3-4]', async stage => {
    const bob = await stage.stack('bob', { cores: [callee({ first: 180 })] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob })
    await alice.expect(180)
    alice.send('CANCEL', { headers: { Require: 'odd', 'Proxy-Require': 'odder' } })
    await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
    alice.send('ACK', { headers: { Require: 'odd' } })
    await alice.silence(2000)
  }),

  scenario(
    '§8.1.1.4 §12.2.1.1 Call-ID and From stay the same in a call, for both sides [3261-8.1.1.4-1]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(200)
      await bob.expect(request('ACK', { headers: { 'Call-ID': invite.callId } }))
      bob.send('BYE')
      await bob.expect(response(200, { of: 'BYE', headers: { 'Call-ID': invite.callId } }))
      const outcome = await call.outcome
      if (outcome.kind === 'answered') equal(outcome.response.callId, invite.callId)
    },
  ),
]

export default scenarios
