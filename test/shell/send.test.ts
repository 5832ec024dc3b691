import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect } from 'chai'
import { SipStack } from '../../apps/sip/sip.js'
import { repaired } from '../../shell/repair.js'
import { sipwright } from './program.js'

const line = {
  target: { transport: 'UDP', address: '192.0.2.9', port: 5060, name: 'h' },
  local: '192.0.2.1:5999',
} as const

function options(via: string): string {
  return [
    'OPTIONS sip:bob@example.com SIP/2.0',
    `Via: ${via}`,
    'From: <sip:a@h>;tag=1',
    'To: <sip:b@h>',
    `Call-ID: ${via.slice(-1)}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

describe('sipwright send', () => {
  let stack: SipStack
  let ear: Socket
  const ports = { udp: 0, tcp: 0, ear: 0 }

  before(async () => {
    stack = await SipStack.start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], log: () => undefined })
    stack.register({ name: 'any', match: () => true, OPTIONS: each => each.reply(200) })
    const [udp, tcp] = stack.listening.map(place => Number(place.split(':').at(-1)))
    ear = createSocket('udp4').bind(0, '127.0.0.1')
    await once(ear, 'listening')
    Object.assign(ports, { udp, tcp, ear: ear.address().port })
  })

  after(async () => {
    ear.close()
    await stack.close()
  })

  it('sends octet for octet what it was given, right or wrong', async () => {
    const text = 'no SIP at all\n\n\r\n\t\x00\xff'
    const heard = once(ear, 'message')
    const end = sipwright(['send', '-', `sip:127.0.0.1:${ports.ear}`, '--timeout', '300'], text)
    // Standard input is UTF-8 here: what leaves is what the pipe held.
    expect(String((await heard)[0])).to.equal(text)
    expect(await end).to.include({ code: 1 })
  })

  it('shows what comes back over UDP and TCP, as data if asked to', async () => {
    const [udp, tcp] = await Promise.all([
      sipwright(
        ['send', '-', `sip:127.0.0.1:${ports.udp}`, '--timeout', '3s', '--json'],
        options('SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bKu'),
      ),
      sipwright(
        ['send', '-', `sip:127.0.0.1:${ports.tcp}`, '--timeout', '3s', '--transport', 'tcp'],
        options('SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKt'),
      ),
    ])
    const [, answer] = udp.out
      .trim()
      .split('\n')
      .map(each => JSON.parse(each))
    expect(answer).to.include({ event: 'received', place: `127.0.0.1:${ports.udp}` })
    expect(answer.text).to.match(/^SIP\/2\.0 200 OK\r\n/)
    expect(tcp.out).to.match(
      /^>>> to TCP 127\.0\.0\.1 port \d+, \d+ octets, .*\n(.*\n)*<<< from .*\nSIP\/2\.0 200 OK\n/,
    )
    expect([udp.code, tcp.code]).to.deep.equal([0, 0])
  })

  it('mends what was written by hand when it is asked to', async () => {
    const text = options('SIP/2.0/TCP pc33.example.com;branch=z9hG4bKf').replaceAll('\r\n', '\n')
    const plain = await sipwright(['send', '-', `sip:127.0.0.1:${ports.udp}`, '--timeout', '300'], text)
    expect(plain.code).to.equal(1)
    const other = text.replace('CSeq: 1', 'CSeq: 2')
    const fixed = await sipwright(['send', '-', `sip:127.0.0.1:${ports.udp}`, '--timeout', '3s', '--fix'], other)
    expect(fixed.out).to.include('SIP/2.0 200 OK')
    expect(fixed.code).to.equal(0)
  })

  it('gives up on a connection that does not come about', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const args = [`sip:127.0.0.1:${port}`, '--transport', 'tls', '--timeout', '300']
    const [send, load] = await Promise.all([sipwright(['send', '-', ...args], 'x'), sipwright(['load', ...args])])
    silent.close()
    expect(send.out).to.match(/^--- no connection to 127\.0\.0\.1:\d+ within 300 ms, at \d+ ms\n$/)
    expect(load.err).to.match(/^sipwright load: no connection to 127\.0\.0\.1:\d+ within 300 ms\n$/)
    expect([send.code, load.code]).to.deep.equal([1, 1])
  })

  it('says that nothing came back, and how it may', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    const args = ['send', '-', `sip:127.0.0.1:${silent.address().port}`, '--timeout', '50']
    const [bare, fixed] = await Promise.all([sipwright(args, 'x'), sipwright([...args, '--fix'], 'x')])
    silent.close()
    expect(bare.err).to.match(/^sipwright send: nothing came back within 50 ms: answers go .* --fix that is here\n$/)
    expect(fixed.err).to.equal('sipwright send: nothing came back within 50 ms\n')
    expect([bare.code, fixed.code]).to.deep.equal([1, 1])
  })

  it('ends with 3 for a file that cannot be read, and 1 for a place that refuses', async () => {
    const missing = await sipwright(['send', '/no/such/file', 'sip:127.0.0.1'])
    expect(missing).to.deep.include({ code: 3, out: '' })
    expect(missing.err).to.match(/^sipwright send: cannot read \/no\/such\/file: ENOENT.*\n$/)
    const refused = await sipwright(['send', '-', `sip:127.0.0.1:${ports.ear};transport=tcp`], 'x')
    expect(refused.out).to.include('ECONNREFUSED')
    expect(refused.code).to.equal(1)
  })
})

describe('a message that is mended', () => {
  it('§7 §18.3 has CR LF at the ends of its lines, and the length of its body', () => {
    const text = 'MESSAGE sip:b@h SIP/2.0\nl: 99\nCall-ID: 1\n\nfirst\nsecond'
    const [head = '', body] = repaired(text, line).split('\r\n\r\n')
    expect(body).to.equal('first\nsecond')
    expect(head.split('\r\n').slice(2)).to.deep.equal(['Call-ID: 1', 'Content-Length: 12'])
    expect(repaired('OPTIONS sip:h SIP/2.0', line)).to.match(/\r\nContent-Length: 0\r\n\r\n$/)
  })

  it('§18.1.1 has our Via in the place of its topmost one, and the others as they were', () => {
    const vias = (text: string): string[] =>
      repaired(`OPTIONS sip:h SIP/2.0\r\n${text}X: 1\r\n\r\n`, line).split('\r\n').slice(1, -3)
    const ours = /^Via: SIP\/2\.0\/UDP 192\.0\.2\.1:5999;rport;branch=z9hG4bK[0-9a-f]{16}$/
    const [first = '', second] = vias(
      'v: SIP/2.0/TCP a;x\r\n ;branch=1,SIP/2.0/UDP b;branch=2\r\nVia: SIP/2.0/UDP c\r\n',
    )
    const [top = '', ...rest] = first.split(',')
    expect(top).to.match(ours)
    expect([...rest, second]).to.deep.equal(['SIP/2.0/UDP b;branch=2', 'Via: SIP/2.0/UDP c'])
    expect(vias('')[0]).to.match(ours)
  })

  it('§8.2.6.2 keeps the Vias of a response', () => {
    const text = 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=1\r\nContent-Length: 0\r\n\r\n'
    expect(repaired(text, line)).to.equal(text)
  })
})
