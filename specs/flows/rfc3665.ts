/** The flows of RFC 3665 that need no proxy, each with our stack as caller and as callee. */

import { equal } from 'node:assert/strict'
import { request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { callee } from '../callees.js'
import { cancelled, ended, placed } from '../callers.js'

const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\n'

const scenarios: readonly Scenario[] = [
  scenario('FLW-06 RFC 3665 §3.1 a call rings, is answered, and the callee hangs up; we call', async stage => {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    const call = alice.stack.invite(bob.uri(), { body: offer })
    await bob.expect(request('INVITE', { body: offer }))
    bob.send(180)
    await stage.pause(300)
    bob.send(200, { body: offer })
    await bob.expect('ACK')
    const outcome = await call.outcome
    if (outcome.kind !== 'answered') throw new Error(`the call ended as ${outcome.kind}`)
    equal(outcome.response.body, offer)
    await stage.pause(300)
    bob.send('BYE')
    await bob.expect(response(200, { of: 'BYE' }))
    equal(await outcome.dialog.ended, 'remote')
  }),

  scenario('FLW-06 RFC 3665 §3.1 a call rings, is answered, and the caller hangs up; we are called', async stage => {
    const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 300, final: 200 })] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob, body: offer })
    await alice.expect(response(180, { headers: { To: /;tag=/, Contact: true } }))
    await alice.expect(response(200, { headers: { To: /;tag=/, Contact: true } }))
    alice.send('ACK')
    await stage.pause(300)
    alice.send('BYE')
    await alice.expect(response(200, { of: 'BYE' }))
  }),

  scenario('FLW-13 RFC 3665 §3.8 nobody answers, the caller gives up; we call', async stage => {
    const { bob, call, invite } = await placed(stage)
    bob.send(180)
    await stage.pause(300)
    call.cancel()
    await cancelled(bob, invite)
    equal(await ended(call), 'cancelled')
  }),

  scenario('FLW-13 RFC 3665 §3.8 nobody answers, the caller gives up; we are called', async stage => {
    const bob = await stage.stack('bob', { cores: [callee({ first: 180 })] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob })
    await alice.expect(180)
    alice.send('CANCEL')
    await alice.expect(response(200, { of: 'CANCEL' }), 487)
    alice.send('ACK')
    await alice.silence(600)
  }),

  ...[
    { id: 'FLW-14 RFC 3665 §3.9 the callee is busy', status: 486 },
    { id: 'FLW-16 RFC 3665 §3.11 the callee is not there', status: 480 },
  ].flatMap(({ id, status }) => [
    scenario(`${id}: ${status}; we call`, async stage => {
      const { bob, call } = await placed(stage)
      bob.send(status)
      await bob.expect('ACK')
      const outcome = await call.outcome
      equal(outcome.kind === 'rejected' && outcome.response.status, status)
    }),
    scenario(`${id}: ${status}; we are called`, async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: status })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(response(status, { headers: { To: /;tag=/ } }))
      alice.send('ACK')
      await alice.silence(600)
    }),
  ]),
]

export default scenarios
