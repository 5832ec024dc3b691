/** What all commands that ask or call somebody take, and what they end with. */

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type Incoming, SipStack } from '../../apps/sip/sip.js'
import { dialler, targetUri } from '../../shell/dialler.js'
import { nagiosVerdict } from '../../shell/nagios.js'
import { pair } from '../sip/tls/certificates.js'
import { sipwright } from './program.js'

const authorityFile = fileURLToPath(new URL('../../../test/sip/tls/authority.cert.pem', import.meta.url))

describe('the commands of a client', () => {
  const heard: string[] = []
  let stack: SipStack
  let silent: Socket
  let place = ''
  let overTcp = ''
  let nobody = ''

  before(async () => {
    const answer = (incoming: Incoming): void => {
      heard.push(`${incoming.request.method} ${incoming.source.transport} ${incoming.request.from.uri}`)
      incoming.reply(incoming.request.uri.user === 'broken' ? 503 : 200)
    }
    stack = await SipStack.start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], log: () => undefined })
    stack.register({
      name: 'guarded',
      match: request => request.uri.user === 'guarded',
      authenticate: { realm: 'here', lookup: username => (username === 'alice' ? 'open:sesame' : undefined) },
      INVITE: answer,
      OPTIONS: answer,
      MESSAGE: answer,
    })
    stack.register({ name: 'any', priority: -1, match: () => true, INVITE: answer, OPTIONS: answer, MESSAGE: answer })
    place = stack.listening[0]?.slice('udp:'.length) ?? ''
    overTcp = stack.listening[1]?.slice('tcp:'.length) ?? ''
    silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    nobody = `127.0.0.1:${silent.address().port}`
  })

  beforeEach(() => {
    heard.length = 0
  })

  after(async () => {
    silent.close()
    await stack.close()
  })

  it('§22.2 §13.2.2.4 load and send prove who we are', async () => {
    const guarded = `sip:guarded@${place}`
    const auth = ['--auth', 'alice:open:sesame']
    for (const method of ['OPTIONS', 'INVITE']) {
      const load = ['load', guarded, '--method', method, '--count', '20', '--json']
      const { code, out } = await sipwright([...load, ...auth])
      expect(JSON.parse(out)).to.include({ done: 20, failed: 0 })
      expect(code).to.equal(0)
      expect(JSON.parse((await sipwright([...load, '--auth', 'alice:wrong'])).out).failures).to.deep.equal({
        '401 Unauthorized': 20,
      })
    }
    heard.length = 0
    const text = `INVITE ${guarded} SIP/2.0\r\nv: SIP/2.0/UDP x;rport;branch=z9hG4bK1\r\nf: <sip:x@y>;tag=1\r\nt: <${guarded}>\r\ni: ${Date.now()}\r\nMax-Forwards: 70\r\nCSeq: 7 INVITE\r\nm: <sip:x@y>\r\nAuthorization: Digest old\r\nl: 0\r\n\r\n`
    const send = await sipwright(
      ['send', '-', guarded, ...auth, '--from', 'sip:alice@z', '--timeout', '2s', '--json'],
      text,
    )
    const [first, , ack, second]: string[] = send.out
      .split('\n')
      .flatMap(line => (line === '' ? [] : JSON.parse(line).text))
    expect(first).to.equal(text.replace('sip:x@y>;tag', 'sip:alice@z>;tag'))
    expect(ack).to.match(/^ACK /)
    expect(second?.replace(/^Authorization: Digest username="alice".*\r\n/m, '')).to.equal(
      first?.replace('Authorization: Digest old\r\n', '').replace('CSeq: 7', 'CSeq: 8').replace('bK1', 'bK1.2'),
    )
    expect(heard[0]).to.equal('INVITE UDP sip:alice@z')
  }).timeout(120_000)

  for (const [command, ...more] of [
    ['ping'],
    ['options'],
    ['traceroute'],
    ['message', 'hello'],
    ['call', '--hold-for', '0'],
  ] as const) {
    it(`§22.2 ${command} proves who we are, with a password of the command line or of the environment`, async () => {
      const ask = (auth: string, password?: string) =>
        sipwright(
          [command, `sip:guarded@${place}`, ...more, '--auth', auth],
          '',
          password === undefined ? {} : { SIPWRIGHT_PASSWORD: password },
        )
      expect((await ask('alice:open:sesame')).code).to.equal(0)
      expect((await ask('alice', 'open:sesame')).code).to.equal(0)
      expect((await ask('alice', 'wrong')).out).to.include('401 Unauthorized')
      expect(heard.map(line => line.split(' ').at(-1))).to.deep.equal(Array(2).fill('sip:alice@127.0.0.1'))
    })

    it(`${command} goes over the transport, and as the one, that is asked for`, async () => {
      const { code } = await sipwright([
        command,
        `sip:bob@${overTcp}`,
        ...more,
        '--transport',
        'tcp',
        '--from',
        'sip:carol@example.com',
      ])
      expect(code).to.equal(0)
      expect(heard[0]).to.match(/^[A-Z]+ TCP sip:carol@example\.com$/)
    })

    it(`${command} ends with 1 when nobody answers in time, and says so as data`, async () => {
      const { code, out } = await sipwright([command, `sip:bob@${nobody}`, ...more, '--timeout', '50ms', '--json'])
      const last: unknown = JSON.parse(out.trim().split('\n').at(-1) ?? '')
      expect(JSON.stringify(last)).to.include('no answer within 50 ms')
      expect(code).to.equal(1)
    })
  }

  it('RFC 7118 goes over WebSocket', async () => {
    const web = await SipStack.start({ listen: ['ws:127.0.0.1:0'], log: () => undefined })
    web.register({ name: 'any', match: () => true, OPTIONS: options => options.reply(200) })
    try {
      const uri = `sip:${web.listening[0]?.slice('ws:'.length)}`
      expect((await sipwright(['ping', uri, '--transport', 'ws'])).out).to.match(/^200 OK/)
      const text = `OPTIONS ${uri} SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\nFrom: <sip:x@y>;tag=1\r\nTo: <${uri}>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n`
      const send = await sipwright(['send', '-', uri, '--transport', 'WS', '--timeout', '1s'], text)
      expect(send.out).to.match(/<<< from .*\nSIP\/2\.0 200 OK/)
    } finally {
      await web.close()
    }
  })

  it('has an address of ours in time, though the DNS says nothing', async () => {
    const resolver = { resolve: () => undefined, close: () => undefined }
    const late = await dialler(targetUri('sip:bob@example.com'), 20, resolver)
    expect(late.listening[0]).to.match(/^udp:127\.0\.0\.1:/)
    await late.close()
  })

  it('call says in words that nobody is there, and in data as what it ended', async () => {
    const [text, data] = await Promise.all(
      [[], ['--json']].map(more => sipwright(['call', 'sip:bob@127.0.0.1:9;transport=tcp', ...more])),
    )
    expect(text?.out).to.match(
      / ms {2}failed {5}no answer: connect ECONNREFUSED 127\.0\.0\.1:9 \(nobody listens there: /,
    )
    expect(JSON.parse(data?.out.trim().split('\n').at(-1) ?? '').event).to.equal('transportError')
    expect([text?.code, data?.code]).to.deep.equal([1, 1])
  })

  it('§26.3.2.1 goes over TLS, with an authority that the environment names', async () => {
    const secure = await SipStack.start({ listen: ['tls:127.0.0.1:0'], tls: pair('example'), log: () => undefined })
    secure.register({ name: 'any', match: () => true, OPTIONS: options => options.reply(200) })
    const ask = (env: NodeJS.ProcessEnv) =>
      sipwright(['ping', `sip:${secure.listening[0]?.slice('tls:'.length)}`, '--transport', 'tls'], '', env)
    try {
      expect((await ask({ NODE_EXTRA_CA_CERTS: authorityFile })).out).to.match(/^200 OK/)
      const { code, out } = await ask({})
      expect(out).to.match(/no answer: .*certificate/)
      expect(code).to.equal(1)
    } finally {
      await secure.close()
    }
  })

  it('ping --nagios prints one line, and ends with the codes of Nagios', async () => {
    const check = (...args: readonly string[]) => sipwright(['ping', '--nagios', ...args])
    const [fine, broken, none, wrong] = await Promise.all([
      check(`sip:bob@${place}`),
      check(`sip:broken@${place}`),
      check(`sip:bob@${nobody}`, '--timeout', '50'),
      check('bob'),
    ])
    expect(fine.out).to.match(/^SIP OK - 200 OK in [\d.]+ ms \| time=[\d.]+ms;;;0 lost=0;;;0;1\n$/)
    expect(broken.out).to.match(/^SIP CRITICAL - 503 Service Unavailable in .*\n$/)
    expect(none.out).to.equal('SIP CRITICAL - no answer within 50 ms\n')
    expect(wrong.out).to.match(/^SIP UNKNOWN - "bob" is no SIP URI.*\n$/)
    expect([fine.code, broken.code, none.code, wrong.code]).to.deep.equal([0, 2, 2, 3])
  })
})

describe('the verdict for Nagios', () => {
  const none = { warning: undefined, critical: undefined }
  const pong = (ms: number, status = 200) => ({ status, text: `${status}`, ms })

  it('is a warning above one limit, critical above the other', () => {
    const limits = { warning: 10, critical: 20 }
    expect([10, 10.1, 20.1].map(ms => nagiosVerdict([pong(ms)], limits).code)).to.deep.equal([0, 1, 2])
    expect(nagiosVerdict([pong(12.34)], limits).line).to.equal(
      'SIP WARNING - 200 in 12.3 ms | time=12.3ms;10;20;0 lost=0;;;0;1',
    )
  })

  it('is a warning when some are lost, and of what is left the worst counts', () => {
    const lost = { text: 'no answer | at all', ms: 0 }
    expect(nagiosVerdict([pong(1), lost], none)).to.deep.equal({
      line: 'SIP WARNING - 200 in 1.0 ms, 1 of 2 lost | time=1.0ms;;;0 lost=1;;;0;2',
      code: 1,
    })
    expect(nagiosVerdict([pong(1), pong(1, 404)], none).code).to.equal(0)
    expect(nagiosVerdict([pong(1), pong(1, 500)], none).code).to.equal(2)
    expect(nagiosVerdict([lost], none)).to.deep.equal({ line: 'SIP CRITICAL - no answer / at all', code: 2 })
  })
})
