/** Answers of the DNS as octets, hostile ones too: RFC 1035 §4.1. */

import { expect } from 'chai'
import { Packet } from 'dns2'
import fc from 'fast-check'
import { SeededRandom } from '../../../apps/scenario/seeded-random.js'
import { type DnsMessage, isName, readMessage, writeQuery } from '../../../apps/sip/location/dns-message.js'
import { ipv6Text } from '../../../apps/sip/location/dns-record.js'
import { replyOf } from '../../../apps/sip/location/dns-reply.js'
import { a, aaaa, answerFrom, cname, naptr, srv } from './name-server.js'

const question = { type: 'NAPTR', name: 'example.test' } as const
const zone = {
  'example.test': [naptr(1, 2, 'SIP+D2U', '_sip._udp.example.test'), naptr(1, 3, 'SIP+D2T', '_sip._tcp.example.test')],
  '_sip._udp.example.test': [srv(1, 2, 5060, 'one.test')],
  'one.test': [a('192.0.2.1'), aaaa('2001:db8::1')],
  'alias.test': [cname('one.test')],
}

function answerTo(type: 'A' | 'AAAA' | 'SRV' | 'NAPTR', name: string): string {
  const request = Packet.parse(Buffer.from(writeQuery(7, { type, name }, true), 'latin1'))
  return answerFrom(zone, request, 30).toBuffer().toString('latin1')
}

const header = (questions: number, answers: number): string =>
  `\0\x07\x80\0\0${String.fromCharCode(questions)}\0${String.fromCharCode(answers)}\0\0\0\0`

describe('DNS messages', () => {
  it('RFC 1035 §4.1 are read as they were written', () => {
    const message = readMessage(answerTo('NAPTR', 'example.test'))
    expect(message).to.deep.include({ id: 7, isAnswer: true, isTruncated: false, rcode: 0 })
    expect(message?.answers.map(({ data }) => data.kind)).to.deep.equal(['NAPTR', 'NAPTR'])
  })

  it('RFC 1035 §4.1.4 a pointer that leads forward or round is a fault', () => {
    for (const name of ['\xc0\x0c', '\xc0\x0d\xc0\x0c', '\x01a\xc0\x0c', '\xc0\xff', '\x40a\0', '\x80']) {
      expect(readMessage(`${header(1, 0)}${name}\0\x01\0\x01`), JSON.stringify(name)).to.equal(undefined)
    }
  })

  it('RFC 1035 §3.1 a name of more than 255 octets is a fault', () => {
    const long = `${`\x3f${'a'.repeat(63)}`.repeat(4)}\0`
    expect(readMessage(`${header(1, 0)}${long}\0\x01\0\x01`)).to.equal(undefined)
  })

  it('RFC 1035 §3.2.1 a length that leads beyond its record, or beyond the message, is a fault', () => {
    for (const rdata of ['\xff\xff\x7f\0\0\x01', '\0\x05\x7f\0\0\x01\0', '\0\x03\x7f\0\0\x01', '\0\x04\x7f']) {
      expect(readMessage(`${header(0, 1)}\0\0\x01\0\x01\0\0\0\x01${rdata}`), JSON.stringify(rdata)).to.equal(undefined)
    }
    expect(readMessage(`${header(0, 1)}\0\0\x01\0\x01\0\0\0\x01\0\x04\x7f\0\0\x01`)).not.to.equal(undefined)
  })

  it('promises of thousands of records are a fault before any is read', () => {
    expect(readMessage(`\0\x07\x80\0\0\0\xff\xff\xff\xff\xff\xff${'\0'.repeat(60_000)}`)).to.equal(undefined)
  })

  it('RFC 1035 §5.1 a dot or an octet inside a label cannot be taken for a name of ours', () => {
    const message = readMessage(`${header(1, 0)}\x0bone.test\0\x01\x02\0\0\x01\0\x01`)
    expect(message?.question?.name).to.equal('one\\046test\\000\\001\\002')
  })

  it('RFC 5952 §4 addresses have one form', () => {
    const forms: readonly (readonly [number[], string])[] = [
      [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
      [[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
      [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'],
      [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], '2001:db8:0:1:1:1:1:1'],
      [[0x10, 0, 0, 0x10, 0, 0, 0, 0x20], '10:0:0:10::20'],
      [[0xfe80, 0, 0, 0, 0, 0, 0, 0], 'fe80::'],
    ]
    for (const [groups, text] of forms) expect(ipv6Text(groups)).to.equal(text)
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xabcd), { minLength: 8, maxLength: 8 }), groups => {
        expect(ipv6Text(groups)).to.equal(
          new URL(`http://[${groups.map(g => g.toString(16)).join(':')}]`).hostname.slice(1, -1),
        )
      }),
      { seed: 1 },
    )
  })

  it('names that the DNS cannot have are told apart', () => {
    expect(['a', 'a.b.', '_sip._udp.x', `${'a'.repeat(63)}.b`].filter(name => !isName(name))).to.deep.equal([])
    expect(['', '.', 'a..b', 'a'.repeat(64), 'a b', `${'x.'.repeat(127)}xx`].filter(isName)).to.deep.equal([])
  })

  it('LOC-20 100,000 random and mutated answers throw nothing and take no time', () => {
    const random = new SeededRandom(5)
    const seeds = [
      answerTo('NAPTR', 'example.test'),
      answerTo('SRV', '_sip._udp.example.test'),
      answerTo('A', 'alias.test'),
      answerTo('AAAA', 'nobody.test'),
    ]
    const kinds = new Set<string>()
    const started = process.cpuUsage()
    for (let run = 0; run < 100_000; run++) {
      const text = run % 10 === 0 ? noise(random) : mutated(seeds[run % 4] ?? '', random)
      const message: DnsMessage | undefined = readMessage(text)
      kinds.add(message === undefined ? 'malformed' : replyOf(question, message).kind)
    }
    expect([...kinds]).to.include.members(['malformed', 'found', 'failed', 'nodata', 'nxdomain'])
    expect(process.cpuUsage(started).user, 'µs').to.be.lessThan(10_000_000)
  })

  it('LOC-20 the most expensive message there is takes little time', () => {
    // 65,535 octets: pointers that lead back one by one, and as many records as are read whose names begin at the last.
    const chain = `\0\x07\x80\0\0\0\x02\0\0\0\0\0`
    let body = '\x01a\0'
    let last = 12
    while (chain.length + body.length < 16_000) {
      const at = chain.length + body.length
      body += String.fromCharCode(0xc0 | (last >> 8), last & 255)
      last = at
    }
    const records =
      `${String.fromCharCode(0xc0 | (last >> 8), last & 255)}\0\x01\0\x01\0\0\0\x01\0\x04\x7f\0\0\x01`.repeat(512)
    // The first record's data is the chain itself.
    const first = `\0\0\x63\0\x01\0\0\0\x01${String.fromCharCode(body.length >> 8, body.length & 255)}`
    const started = process.cpuUsage()
    readMessage(`${chain}${first}${body}${records}`)
    expect(process.cpuUsage(started).user, 'µs').to.be.lessThan(500_000)
  })
})

function mutated(text: string, random: SeededRandom): string {
  let result = text
  for (let changes = random.uint32() % 4; changes >= 0; changes--) {
    const at = random.uint32() % (result.length + 1)
    const octet = String.fromCharCode(random.uint32() & 255)
    const kind = random.uint32() % 4
    if (kind === 0) result = result.slice(0, at)
    else if (kind === 1) result = result.slice(0, at) + octet + result.slice(at)
    else result = result.slice(0, at) + octet + result.slice(at + 1)
  }
  return result
}

function noise(random: SeededRandom): string {
  return Array.from({ length: random.uint32() % 200 }, () => String.fromCharCode(random.uint32() & 255)).join('')
}
