/**
 * What any callee and any caller does, ours or not: `sipwright spec specs/ua/external.ts --target sip:USER@ADDRESS:PORT`,
 * and with `--called-at PORT` where it is the caller.
 */

import { maybe, request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { answering } from './answering.js'

const session = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\n'

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-06 RFC 3665 §3.1 a call is answered and ended by the caller',
    async stage => {
      const bob = await stage.stack('bob', { cores: [answering] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob, body: session })
      await alice.expect(
        maybe(100),
        maybe(180),
        response(200, { headers: { To: /;tag=/, Contact: /<sip:/, 'Call-ID': invite.callId } }),
      )
      alice.send('ACK')
      await stage.pause(200)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    },
    { external: 'callee' },
  ),

  scenario(
    'FLW-06 RFC 3665 §3.1 a call is placed and ended by the caller',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const call = alice.isOurs ? alice.stack.invite(bob.uri(), { body: session }) : undefined
      const [invite] = await bob
        .within(30_000)
        .expect(request('INVITE', { headers: { Via: /;branch=z9hG4bK/, From: /;tag=/, 'Max-Forwards': true } }))
      bob.send(180)
      await stage.pause(200)
      bob.send(200, { body: session })
      await bob.expect(request('ACK', { headers: { CSeq: `${invite.cseq.number} ACK`, To: /;tag=/ } }))
      const outcome = await call?.outcome
      if (outcome?.kind === 'answered') void outcome.dialog.bye()
      await bob.expect(request('BYE', { headers: { 'Call-ID': invite.callId, From: invite.raw('From')[0] ?? '' } }))
      bob.send(200)
    },
    { external: 'caller' },
  ),

  scenario(
    'FLW-14 RFC 3665 §3.9 a busy callee is told with an ACK that this is understood',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const call = alice.isOurs ? alice.stack.invite(bob.uri(), { body: session }) : undefined
      const [invite] = await bob.within(30_000).expect('INVITE')
      bob.send(100)
      bob.send(180)
      bob.send(486)
      await bob.expect(
        request('ACK', { headers: { Via: invite.raw('Via')[0] ?? '', CSeq: `${invite.cseq.number} ACK` } }),
      )
      await call?.outcome
    },
    { external: 'caller' },
  ),
]

export default scenarios
