/** CANCEL: §9. */

import { equal, throws } from 'node:assert/strict'
import { maybe, request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { hungUpBy, placed } from '../callers.js'
import { answering, answeringAfter } from './answering.js'

const scenarios: readonly Scenario[] = [
  scenario('cancel_487: §9.2 CANCEL of a ringing call gets 200, and the INVITE 487 [3261-9.2-2]', async stage => {
    const bob = await stage.stack('bob', { cores: [answeringAfter(2000)] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob })
    await alice.expect(180)
    await alice.silence(500)
    alice.send('CANCEL')
    await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
    alice.send('ACK')
    // Nothing comes at the time when it would have been answered.
    await alice.silence(3000)
  }),

  scenario(
    'cancel_487: §9.1 our CANCEL has the branch of its INVITE; its 487 ends the call [3261-9.1-2] [3261-9.1-3]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      await bob.silence(500)
      call.cancel()
      const [cancel] = await bob.expect(
        request('CANCEL', {
          uri: String(invite.uri),
          headers: {
            Via: invite.raw('Via')[0] ?? '',
            CSeq: `${invite.cseq.number} CANCEL`,
            To: invite.raw('To')[0] ?? '',
          },
        }),
      )
      bob.send(200, { for: cancel })
      bob.send(487, { for: invite })
      await bob.expect(request('ACK', { headers: { Via: invite.raw('Via')[0] ?? '' } }))
      const { kind } = await call.outcome
      if (kind !== 'cancelled') throw new Error(`the call ended as ${kind}`)
    },
  ),

  scenario('cancel_481: §9.2 CANCEL of an unknown request gets 481 [3261-9.2-1]', async stage => {
    const bob = await stage.stack('bob', { cores: [answering] })
    const alice = await stage.raw('alice')
    alice.send('CANCEL', { to: bob })
    await alice.expect(481)
  }),

  scenario('cancel_200: CAN-09 §9.2 CANCEL after the 200 changes nothing', async stage => {
    const bob = await stage.stack('bob', { cores: [answering] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob })
    await alice.expect(200)
    alice.send('CANCEL')
    await alice.expect(response(200, { of: 'CANCEL' }))
    alice.send('ACK')
    await alice.silence(1000)
    await hungUpBy(alice)
  }),

  scenario(
    'cancel_200: §15 our call that is answered while we cancel it is acknowledged and ended with BYE [3261-13.2.2.4-8]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      await bob.silence(500)
      call.cancel()
      const [cancel] = await bob.expect('CANCEL')
      bob.send(200, { for: invite })
      bob.send(200, { for: cancel })
      const [, bye] = await bob.expect('ACK', 'BYE', maybe('CANCEL'))
      bob.send(200, { for: bye })
      const { kind } = await call.outcome
      if (kind !== 'cancelled') throw new Error(`the call ended as ${kind}`)
    },
  ),

  scenario(
    'CAN-04 §9.1 only a call is cancelled: a MESSAGE without answer is given up in silence [3261-9.1-1]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      throws(() => void alice.stack.request('CANCEL', bob.uri()), TypeError)
      const sent = alice.stack.request('MESSAGE', bob.uri())
      await bob.expect('MESSAGE')
      equal((await sent).kind, 'timeout')
      await bob.silence(5000)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'CAN-11 §22.1 a CANCEL is never asked for a password, whatever it is about [3261-22.1-7] [3261-22.1-8]',
    async stage => {
      const authenticate = { realm: 'example.com', lookup: () => 'secret' }
      const bob = await stage.stack('bob', { cores: [{ ...answeringAfter(2000), authenticate }] })
      const alice = await stage.raw('alice')
      alice.send('CANCEL', { to: bob })
      await alice.expect(response(481, { headers: { 'WWW-Authenticate': false } }))
      const invite = alice.send('INVITE', { to: bob })
      await alice.expect(response(401, { headers: { 'WWW-Authenticate': /realm="example\.com"/ } }))
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL', headers: { 'Call-ID': invite.callId } }))
      alice.send('ACK')
      await alice.silence(1000)
    },
  ),

  scenario(
    'CAN-11 §22.1 a call that was let in with a password is cancelled without one [3261-22.1-8] [3261-22.1-9]',
    async stage => {
      const authenticate = { realm: 'example.com', lookup: () => 'secret' }
      const bob = await stage.stack('bob', { cores: [{ ...answeringAfter(2000), authenticate }] })
      const alice = await stage.stack('alice')
      const auth = { username: 'alice', password: 'secret' }
      const call = alice.stack.invite(bob.uri(), { auth, from: 'sip:alice@example.com' })
      await stage.pause(500)
      call.cancel()
      equal((await call.outcome).kind, 'cancelled')
    },
  ),
]

export default scenarios
