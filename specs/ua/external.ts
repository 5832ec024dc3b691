/** What any callee does, ours or not: `sipwright spec specs/ua/external.ts --target sip:USER@ADDRESS:PORT`. */

import { maybe, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { answering } from './answering.js'

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-06 RFC 3665 §3.1 a call is answered and ended by the caller',
    async stage => {
      const bob = await stage.stack('bob', { cores: [answering] })
      const alice = await stage.raw('alice')
      const body =
        'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\n'
      const invite = alice.send('INVITE', { to: bob, body })
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
    { external: true },
  ),
]

export default scenarios
