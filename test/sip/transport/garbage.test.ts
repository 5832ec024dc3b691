import { expect } from 'chai'
import { again, octets, type RawPeer, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

/** Looks at the To of requests as the demos do. */
const anybody: Core = {
  name: 'anybody',
  match: request => !String(request.uri).includes('absent') && request.to.uri.user !== 'absent',
}

/** A request that is right, to be spoiled. */
function options(via: string): string {
  return [
    'OPTIONS sip:bob@192.0.2.1 SIP/2.0',
    `Via: ${via};branch=z9hG4bKgarbage;rport`,
    'Max-Forwards: 70',
    'From: <sip:alice@192.0.2.2>;tag=1',
    'To: <sip:bob@192.0.2.1>',
    'Call-ID: garbage',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
}

const silent: readonly (readonly [string, (good: string) => string])[] = [
  ['nothing at all', () => ''],
  ['64 KB of zeros', () => '\0'.repeat(65_000)],
  ['64 KB of letters', () => 'x'.repeat(65_000)],
  ['line ends', () => '\r\n'],
  ['a keep-alive', () => '\r\n\r\n'],
  ['half a start line', () => 'OPTIONS sip:bo'],
  ['an HTTP request', () => 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n'],
  ['an HTTP response', () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['every octet there is', () => String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet))],
  ['a response that is broken', good => good.replace(/^.*/, 'SIP/2.0 200 OK').replace(/CSeq.*/, 'CSeq: x')],
  ['a response with an impossible status', good => good.replace(/^.*/, 'SIP/2.0 9999 No')],
  ['an ACK that is broken', good => good.replace(/OPTIONS/g, 'ACK').replace(/Call-ID.*\r\n/, '')],
  ['an ACK for nothing', good => good.replace(/OPTIONS/g, 'ACK')],
]

const refused: readonly (readonly [string, (good: string) => string, number])[] = [
  ['no Call-ID', good => good.replace(/Call-ID.*\r\n/, ''), 400],
  ['no From', good => good.replace(/From.*\r\n/, ''), 400],
  ['no To', good => good.replace(/To.*\r\n/, ''), 400],
  ['no CSeq', good => good.replace(/CSeq.*\r\n/, ''), 400],
  ['a CSeq that is no number', good => good.replace(/CSeq.*/, 'CSeq: one OPTIONS'), 400],
  ['a CSeq of another method', good => good.replace(/CSeq.*/, 'CSeq: 1 INFO'), 400],
  ['two To', good => good.replace(/(To.*\r\n)/, '$1$1'), 400],
  ['a From without a bracket', good => good.replace(/From.*/, 'From: <sip:alice'), 400],
  ['another version', good => good.replace('SIP/2.0\r\n', 'SIP/7.0\r\n'), 505],
  ['half a header', good => good.slice(0, good.indexOf('CSeq') + 6), 400],
  ['a Content-Length that is no number', good => good.replace(/Content-Length.*/, 'Content-Length: many'), 400],
]

/** What looks odd and is served all the same. */
const served: readonly (readonly [string, (good: string) => string, number])[] = [
  [
    'B-19 a Timestamp without a fraction',
    good => good.replace(/Content-Length/, 'Timestamp: 54\r\nContent-Length'),
    200,
  ],
  ['B-19 a method nobody knows', good => good.replace(/OPTIONS/g, 'FLY'), 501],
  ['B-20 To with a tel URI', good => good.replace(/To:.*/, 'To: <tel:+358-555-1234567>'), 200],
  ['B-20 To with an urn', good => good.replace(/To:.*/, 'To: <urn:service:sos>'), 200],
  ['§8.2.2.1 a scheme that no core serves', good => good.replace('sip:bob@192.0.2.1 ', 'unknown:absent '), 416],
  ['a user that no core serves', good => good.replace('sip:bob', 'sip:absent'), 404],
  ['a To tag of no dialog', good => good.replace(/To:.*/, 'To: <sip:bob@192.0.2.1>;tag=x'), 481],
  ['Require of what nobody supports', good => good.replace(/Content-Length/, 'Require: flying\r\nContent-Length'), 420],
  ['headers nobody knows', good => good.replace(/Content-Length/, 'X-More: \xfe\xff\r\nContent-Length'), 200],
]

async function afterwards(alice: RawPeer, stage: Stage): Promise<void> {
  await alice.silence(1000)
  const [bob] = stage.stackPeers
  if (bob === undefined) throw new Error('no stack')
  alice.send('OPTIONS', { to: bob })
  await alice.expect(200)
  expect(bob.errors()).to.deep.equal([])
}

describe('B-19 garbage', () => {
  describe('in a datagram', () => {
    for (const [what, spoil] of silent) {
      it(`${what}: no answer, and the next request is served`, () =>
        passing(async stage => {
          const bob = await stage.stack('bob', { cores: [anybody] })
          const alice = await stage.raw('alice')
          alice.write(spoil(options('SIP/2.0/UDP 192.0.2.2:5060')), bob)
          await afterwards(alice, stage)
        }))
    }

    for (const [what, spoil, status] of [...refused, ...served]) {
      it(`${what}: ${status}, and the next request is served`, () =>
        passing(async stage => {
          const bob = await stage.stack('bob', { cores: [anybody] })
          const alice = await stage.raw('alice')
          alice.write(spoil(options('SIP/2.0/UDP 192.0.2.2:5060')), bob)
          await alice.expect(octets(new RegExp(`^SIP/2.0 ${status} [^]*\\r\\nVia: [^\\r]*;received=192.0.2.2`)))
          await afterwards(alice, stage)
        }))
    }

    it('§18.3 a body that is shorter than Content-Length gets 400 [3261-18.3-3]', () =>
      passing(async stage => {
        const bob = await stage.stack('bob', { cores: [anybody] })
        const alice = await stage.raw('alice')
        alice.write(options('SIP/2.0/UDP 192.0.2.2:5060').replace('Length: 0', 'Length: 5'), bob)
        await alice.expect(400)
      }))

    it('§18.3 octets beyond Content-Length are discarded [3261-18.3-1]', () =>
      passing(async stage => {
        const bob = await stage.stack('bob', { cores: [anybody] })
        const alice = await stage.raw('alice')
        alice.write(`${options('SIP/2.0/UDP 192.0.2.2:5060')}and more`, bob)
        await alice.expect(200)
      }))

    it('§8.2.7 a 400 is stateless, with the same To tag for the same request [3261-8.2.7-5]', () =>
      passing(async stage => {
        const bob = await stage.stack('bob', { cores: [anybody] })
        const alice = await stage.raw('alice')
        const broken = options('SIP/2.0/UDP 192.0.2.2:5060').replace(/CSeq.*/, 'CSeq: x')
        alice.write(broken, bob)
        await alice.expect(octets(/^SIP\/2.0 400 [\s\S]*\r\nTo: [^\r]*;tag=/))
        alice.write(broken, bob)
        await alice.expect(again(octets(/^SIP\/2.0 400 /)))
        expect(await bob.stack.census()).to.include({ transactions: 0, asleep: 0 })
      }))

    it('never ends the socket, however much of it comes', () =>
      passing(async stage => {
        const bob = await stage.stack('bob', { cores: [anybody] })
        const alice = await stage.raw('alice')
        for (let at = 0; at < 2000; at++) alice.write(silent[at % silent.length]?.[1](String(at)) ?? '', bob)
        await afterwards(alice, stage)
      }))
  })

  describe('on a connection', () => {
    function overTcp(body: (stage: Stage, alice: RawPeer) => Promise<void>): Promise<unknown> {
      return passing(
        async stage => {
          await stage.stack('bob', { cores: [anybody] })
          await body(stage, await stage.raw('alice'))
        },
        { transport: 'tcp' },
      )
    }
    const good = options('SIP/2.0/TCP 192.0.2.2:5060')

    it('§18.3 a request without Content-Length gets 400, and the connection is closed [3261-18.3-4]', () =>
      overTcp(async (stage, alice) => {
        alice.write(good.replace(/Content-Length.*\r\n/, ''), stage.stackPeers[0])
        await alice.expect(response(400, { headers: { Via: /received=192\.0\.2\.2/ } }))
        await alice.closedWithin(100)
        await afterwards(alice, stage)
      }))

    for (const length of ['-1', 'x', '0\r\nContent-Length: 5', '99999999999']) {
      it(`§18.3 Content-Length ${JSON.stringify(length)}: what is owed is said, and the connection is closed`, () =>
        overTcp(async (stage, alice) => {
          alice.write(good.replace('Length: 0', `Length: ${length}`), stage.stackPeers[0])
          await alice.expect(length === '99999999999' ? 513 : 400)
          await alice.closedWithin(100)
          await afterwards(alice, stage)
        }))
    }

    for (const [what, garbage] of [
      ['an HTTP request', 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n'],
      ['64 KB of zeros', '\0'.repeat(65_536)],
      ['64 KB of letters', 'x'.repeat(65_536)],
      ['a response without Content-Length', 'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x\r\n\r\n'],
      ['headers without end', `OPTIONS sip:x SIP/2.0\r\n${'X-More: yes\r\n'.repeat(20_000)}`],
    ] as const) {
      it(`${what}: the connection is closed without an answer`, () =>
        overTcp(async (stage, alice) => {
          alice.write(garbage, stage.stackPeers[0])
          await alice.closedWithin(100)
          await afterwards(alice, stage)
        }))
    }

    it('half a header, and then nothing: it waits, and forgets it with the connection', () =>
      overTcp(async (stage, alice) => {
        alice.write(good.slice(0, 100), stage.stackPeers[0])
        await alice.silence(1000)
        alice.disconnect()
        await afterwards(alice, stage)
      }))

    it('RFC 5626 §4.4.1 a keep-alive is answered with CRLF, and requests may follow at once [TRP-14]', async () => {
      const { ladder } = await passing(
        async stage => {
          const bob = await stage.stack('bob', { cores: [anybody] })
          const alice = await stage.raw('alice')
          alice.write('\r\n\r\n', bob)
          alice.write(`\r\n\r\n${good}`)
          await alice.expect(200)
        },
        { transport: 'tcp' },
      )
      expect(ladder.match(/<-+ line ends -+/g)).to.have.length(2)
    })

    for (const [what, spoil, status] of [...refused.filter(([name]) => !/half|Length/.test(name)), ...served]) {
      it(`${what}: ${status}, and the connection goes on`, () =>
        overTcp(async (stage, alice) => {
          alice.write(spoil(good), stage.stackPeers[0])
          await alice.expect(octets(new RegExp(`^SIP/2.0 ${status} `)))
          await afterwards(alice, stage)
          expect(await stage.stackPeers[0]?.stack.census()).to.include({ connections: 1 })
        }))
    }
  })
})
