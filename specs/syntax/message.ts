/** What a message looks like on the wire, as sent and as read: §7. */

import { doesNotMatch, equal, match } from 'node:assert/strict'
import { request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import type { Core } from '../../apps/sip/sip.js'
import { callee } from '../callees.js'

/** Every line ended by CRLF, an empty line, and nothing after it. */
const lines = /^(?:[^\r\n]+\r\n)+\r\n$/

const scenarios: readonly Scenario[] = [
  scenario(
    'SYN-11 §7 what we send: SIP/2.0, every line ended by CRLF, the empty line even without a body, no chunks [3261-7-1] [3261-7-2] [3261-7.1-2] [3261-7.4.2-1]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      const [ok] = await alice.expect(response(200, { text: lines }))
      match(ok.source ?? '', /^SIP\/2\.0 200 /)
      doesNotMatch(ok.source ?? '', /Transfer-Encoding/i)
      const asked = bob.stack.request('OPTIONS', alice.uri())
      const [options] = await alice.expect(request('OPTIONS', { text: lines }))
      match(options.source ?? '', /^OPTIONS sip:\S+ SIP\/2\.0\r\n/)
      doesNotMatch(options.source ?? '', /Transfer-Encoding/i)
      alice.send(200)
      await asked
    },
  ),

  scenario(
    'SYN-07 SYN-09 §7.3 names in any case, compact names, folded lines, blanks around colons: the same request [3261-7.3.3-1]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      const { address, port } = alice.place
      const transport = stage.transport.toUpperCase()
      alice.write(
        [
          `OPTIONS ${bob.uri()} SIP/2.0`,
          `v : SIP/2.0/${transport} ${address}:${port}`,
          ' ;branch=z9hG4bKodd',
          `fRoM:<${alice.uri()}>;tag=1`,
          `t:\t<${bob.uri()}>`,
          'I: odd',
          'cseq:',
          ' 1',
          '\tOPTIONS',
          'max-FORWARDS: 70',
          'l:0',
          '',
          '',
        ].join('\r\n'),
        bob,
      )
      await alice.expect(response(200, { headers: { 'Call-ID': 'odd', CSeq: value => /^1\s+OPTIONS$/.test(value) } }))
    },
  ),

  scenario(
    'SYN-21 §25.1 display names come back as they were: quoted pairs, UTF-8, empty ones [3261-8.2.6.2-1]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      for (const name of ['"a \\"b\\" \\\\c"', '"J\xc3\xbcrgen; <sip:x@y>, z"', '""', 'Ann  de Vries ']) {
        const from = `${name}<${alice.uri()}>;tag=1`
        alice.send('OPTIONS', { to: bob, headers: { From: from } })
        await alice.expect(response(200, { headers: { From: from } }))
      }
    },
  ),

  scenario(
    'SYN-08 §7.3.1 lines of one list, and the same list on one line, mean the same, in their order [3261-7.3.1-2] [3261-7.3.1-4]',
    async stage => {
      const seen: string[] = []
      const listing: Core = {
        name: 'listing',
        match: () => true,
        OPTIONS: incoming => {
          seen.push(incoming.request.getAll('Allow').map(String).join('|'))
          incoming.reply(200)
        },
      }
      const bob = await stage.stack('bob', { cores: [listing] })
      const alice = await stage.raw('alice')
      for (const Allow of [['INVITE', 'ACK, BYE'], 'INVITE,ACK  , BYE']) {
        alice.send('OPTIONS', { to: bob, headers: { Allow } })
        await alice.expect(200)
      }
      equal(seen[0]?.split('|').length, 3)
      equal(seen[0], seen[1])
    },
  ),

  scenario('SYN-10 §7.3.2 headers that belong elsewhere, and unknown ones, are ignored [3261-7.3.2-1]', async stage => {
    const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
    const alice = await stage.raw('alice')
    const headers = { 'WWW-Authenticate': 'nonsense', Unsupported: 'all', 'Retry-After': 'x', 'X-Strange': ',;"' }
    alice.send('OPTIONS', { to: bob, headers })
    await alice.expect(200)
    const outcome = bob.stack.request('OPTIONS', alice.uri())
    await alice.expect('OPTIONS')
    alice.send(200, { headers: { 'Proxy-Require': 'all', Authorization: 'nonsense' } })
    equal((await outcome).kind, 'answered')
  }),

  scenario(
    'SYN-10 §19.1.1 parameters of the Request-URI that nobody knows are ignored [3261-19.1.1-8]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob, uri: `${bob.uri()};strange;other=%41` })
      await alice.expect(200)
    },
  ),

  scenario(
    'SYN-13 §7.4.1 a body goes out with its type and its length in octets, and with no encoding that it has not [3261-7.4.1-1] [3261-7.4.1-2]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(bob.uri(), { body: 'v=0\r\n' })
      await bob.expect(
        request('INVITE', {
          headers: { 'Content-Type': 'application/sdp', 'Content-Length': '5', 'Content-Encoding': false },
          body: 'v=0\r\n',
        }),
      )
      bob.send(486)
      await bob.expect('ACK')
      await call.outcome
    },
  ),

  scenario('SYN-11 §21.5.6 another version gets 505', async stage => {
    const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
    const alice = await stage.raw('alice')
    alice.write(alice.compose('OPTIONS', { to: bob }).replace(' SIP/2.0\r\n', ' SIP/7.0\r\n'), bob)
    await alice.expect(505)
  }),
]

export default scenarios
