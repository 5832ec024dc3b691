import { expect } from 'chai'
import { faultResponse } from '../../../apps/sip/syntax/fault-response.js'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import { standardGrammar } from '../../../apps/sip/syntax/grammar.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { countParsed, newSyntaxCounters } from '../../../apps/sip/syntax/syntax-counters.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { faultOf, lines, requestOf, responseOf } from './samples.js'

const head = (start: string): string => optionsWith().replace('OPTIONS sip:bob@example.org SIP/2.0', start)

const ringing = head('SIP/2.0 180 Ringing')

describe('sip/syntax/parse', () => {
  it('§7.1 reads a request', () => {
    const request = requestOf(optionsWith({}, 'x\0\xff'))
    expect([request.kind, request.method, String(request.uri), request.body]).to.deep.equal([
      'request',
      'OPTIONS',
      'sip:bob@example.org',
      'x\0\xff',
    ])
    expect([request.callId, request.from.tag, request.to.tag, request.via.branch]).to.deep.equal([
      'c1@192.0.2.1',
      'f1',
      undefined,
      'z9hG4bKabc',
    ])
    expect(request.cseq).to.deep.equal({ number: 7, method: 'OPTIONS' })
  })

  it('§7.2 reads a response, with or without a phrase', () => {
    expect(responseOf(ringing)).to.include({ status: 180, reason: 'Ringing' })
    expect(responseOf(head('SIP/2.0 180 '))).to.include({ status: 180, reason: '' })
    expect(responseOf(head('SIP/2.0 180'))).to.include({ status: 180, reason: '' })
  })

  it('§7.2 a Status-Code is three digits, 100 to 699', () => {
    for (const code of ['1e2', '0x9', '+99', ' 99', '99', '099', '1234', '2O0', '700', '6.0', '']) {
      expect(faultOf(head(`SIP/2.0 ${code} OK`)).status, code).to.equal(undefined)
    }
    expect([100, 699].map(code => responseOf(head(`SIP/2.0 ${code} OK`)).status)).to.deep.equal([100, 699])
  })

  it('P8 an untouched message is written as it came, octet for octet', () => {
    for (const text of [
      optionsWith({ 'x ': ' \t a\r\n  b' }, '\0\xff'),
      ringing,
      optionsWith().replaceAll('\r\n', '\n'),
    ]) {
      const parsed = parseMessage(text)
      expect(parsed.kind === 'ok' && formatMessage(parsed.message)).to.equal(text)
    }
  })

  it('§7.1 P7 methods are case-sensitive tokens, and any token is one', () => {
    const text = optionsWith({ CSeq: '7 options' }).replace('OPTIONS sip', 'options sip')
    expect(requestOf(text).method).to.equal('options')
  })

  it('§7.1 SYN-11 the version compares without case and is sent as SIP/2.0 [3261-7.1-3]', () => {
    const parsed = parseMessage(head('OPTIONS sip:h sip/2.0'))
    expect(parsed.kind === 'ok' && parsed.tolerated).to.deep.equal(['versionCase'])
    const request = requestOf(head('OPTIONS sip:h sip/2.0'))
    expect(formatMessage(request.append('A', 'b')).startsWith('OPTIONS sip:h SIP/2.0\r\n')).to.equal(true)
  })

  it('§21.5.6 SYN-11 another version is owed 505', () => {
    expect(faultOf(head('OPTIONS sip:h SIP/7.0'))).to.include({ status: 505, reason: 'Version Not Supported' })
    expect(faultOf(head('SIP/3.0 200 OK')).status).to.equal(undefined)
  })

  it('§7.5 SYN-12 line ends before the start line are skipped; alone they are a keep-alive', () => {
    const parsed = parseMessage(`\r\n\r\n${optionsWith()}`)
    expect(parsed.kind === 'ok' && parsed.tolerated).to.deep.equal(['leadingLines'])
    for (const text of ['', '\r\n', '\r\n\r\n', '\n\n\r']) expect(parseMessage(text).kind).to.equal('keepalive')
  })

  it('§18.3 SYN-13 octets past Content-Length are dropped; without one the body is the rest [3261-18.3-1]', () => {
    const request = requestOf(`${optionsWith({}, 'body')}surplus`)
    expect(request.body).to.equal('body')
    expect(formatMessage(request)).to.equal(optionsWith({}, 'body'))
    expect(requestOf(optionsWith({}, 'body').replace(/Content-Length: 4\r\n/, '')).body).to.equal('body')
  })

  it('§18.3 SYN-14 a body shorter than Content-Length is owed 400; in a response nothing [3261-18.3-2] [3261-18.3-3]', () => {
    expect(faultOf(optionsWith({}, 'body').slice(0, -1)).status).to.equal(400)
    expect(faultOf(ringing.replace('Length: 0', 'Length: 1')).status).to.equal(undefined)
  })

  it('CVE-2023-28097 Content-Length that is no number of octets', () => {
    const bad = [
      '2147483609',
      '2147483648',
      '4294967296',
      '9007199254740993',
      '-1',
      '+5',
      '5;x',
      '',
      '0x5',
      '1e3',
      '5 5',
      '٣',
    ]
    for (const value of bad) {
      expect(faultOf(optionsWith({}, 'body').replace('Length: 4', `Length: ${value}`)).status, value).to.equal(400)
    }
    expect(requestOf(optionsWith({}, 'body').replace('Length: 4', 'Length:   4  ')).body).to.equal('body')
  })

  it('RFC 4475 §3.3.9 two Content-Lengths that differ are a fault, and that agree are tolerated', () => {
    expect(faultOf(optionsWith({ l: '3' }, 'body')).reason).to.equal('Conflicting Content-Length')
    const parsed = parseMessage(optionsWith({ l: '4' }, 'body'))
    expect(parsed.kind === 'ok' && parsed.tolerated).to.deep.equal(['repeatedContentLength'])
    const request = requestOf(optionsWith({ l: '4' }, 'body')).with({ body: 'other' })
    expect(formatMessage(request).match(/^(l|Content-Length):/gm)).to.have.length(1)
  })

  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    it(`§8.1.1 SYN-25 a request without ${name} is owed 400, a response nothing`, () => {
      expect(faultOf(optionsWith({ [name]: undefined }))).to.include({ status: 400, reason: `Missing ${name}` })
      const response = optionsWith({ [name]: undefined }).replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n')
      expect(faultOf(response).status).to.equal(undefined)
    })
  }

  for (const name of ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards']) {
    it(`§7.3.1 SYN-24 two ${name} are owed 400`, () => {
      const request = optionsWith({ [name.toLowerCase()]: name === 'Max-Forwards' ? '1' : '<sip:x>' })
      expect(faultOf(request)).to.include({ status: 400, reason: `Repeated ${name}` })
    })
  }

  it('SYN-27 routing headers that cannot be read are owed 400', () => {
    const bad: readonly (readonly [string, string])[] = [
      ['Via', 'SIP/2.0/UDP h;;'],
      ['From', '/'],
      ['To', '"unclosed <sip:h>'],
      ['Call-ID', 'a b'],
      ['Call-ID', ''],
      ['CSeq', '1'],
      ['CSeq', 'x OPTIONS'],
      ['CSeq', '2147483648 OPTIONS'],
      ['CSeq', '7  '],
      ['CSeq', '7OPTIONS'],
      ['Max-Forwards', '256'],
      ['Max-Forwards', '-1'],
      ['Max-Forwards', 'x'],
    ]
    for (const [name, value] of bad) {
      expect(faultOf(optionsWith({ [name]: value })), `${name}: ${value}`).to.include({
        status: 400,
        reason: `Malformed ${name}`,
      })
    }
  })

  it('§8.1.1.5 SYN-23 a CSeq with another method is owed 400, or 501 when the method is unknown [3261-8.1.1.5-1]', () => {
    expect(faultOf(optionsWith({ CSeq: '1 INVITE' })).status).to.equal(400)
    expect(faultOf(optionsWith({ CSeq: '1 INVITE' }).replace('OPTIONS sip', 'NEWMETHOD sip')).status).to.equal(501)
  })

  it('§17.1.1.3 a broken ACK is owed nothing', () => {
    const ack = optionsWith({ CSeq: '7 ACK', To: '/' }).replace('OPTIONS sip', 'ACK sip')
    expect(faultOf(ack)).to.include({ status: undefined, method: 'ACK' })
  })

  it('§7.1 start lines that are none [3261-7.1-1]', () => {
    for (const start of [
      'OPTIONS',
      'OPTIONS sip:h',
      'OPTIONS  SIP/2.0',
      'OPTIONS  sip:h SIP/2.0',
      'OPTIONS sip:h  SIP/2.0',
      'OPTIONS sip:h SIP/2.0 ',
      'OPTIONS <sip:h> SIP/2.0',
      'OPT(IONS sip:h SIP/2.0',
      'OPTIONS sip:h SIP/2',
      'OPTIONS sip:2001:db8::1 SIP/2.0',
      'SIP/2.0 99 x',
      'SIP/2.0 700 x',
      'SIP/2.0 2000 OK',
      'SIP/2.0 2x0 OK',
      'SIP/2.0',
      'GET / HTTP/1.1',
      ' OPTIONS sip:h SIP/2.0',
    ]) {
      expect(parseMessage(head(start)).kind, start).to.equal('fault')
    }
  })

  it('P6 kamailio#2044 LF alone ends lines, also mixed with CRLF; strict refuses it', () => {
    const body = 'a\nb\r\nc'
    const mixed = optionsWith({ 'X-A': '1', 'X-B': '2' }, body).replace('X-A: 1\r\n', 'X-A: 1\n')
    const all = optionsWith({ 'X-A': '1', 'X-B': '2' }, body).replace(/^[\s\S]*?\r\n\r\n/, found =>
      found.replaceAll('\r\n', '\n'),
    )
    for (const text of [mixed, all]) {
      const parsed = parseMessage(text)
      expect(parsed.kind === 'ok' && parsed.tolerated).to.deep.equal(['lineEnds'])
      const request = requestOf(text)
      expect([request.get('X-A'), request.get('X-B'), request.body]).to.deep.equal(['1', '2', body])
      expect(formatMessage(request.append('X-C', '3'))).to.match(/^([^\r\n]+\r\n)+\r\na\nb\r\nc$/)
      const strict = parseMessage(text, { strict: true })
      expect(strict.kind === 'fault' && strict.fault.status).to.equal(400)
    }
  })

  it('a CR alone ends no line: it is refused', () => {
    expect(faultOf(optionsWith({ A: '1\rRoute: <sip:x>' })).reason).to.equal('CR Without LF')
  })

  it('lines that are no headers are owed 400, and the others are still read', () => {
    const fault = faultOf(
      lines('OPTIONS sip:h SIP/2.0', 'nonsense', ': x', ' folded nothing', 'Via: SIP/2.0/UDP h', ''),
    )
    expect(fault).to.include({ status: 400, reason: 'Line Is Not a Header' })
    expect(fault.fields.map(field => field.name)).to.deep.equal(['', '', 'Via'])
  })

  it('a header section without its empty line is tolerated, and one cut off is not', () => {
    const parsed = parseMessage(optionsWith().slice(0, -2))
    expect(parsed.kind === 'ok' && parsed.tolerated).to.deep.equal(['noEmptyLine'])
    expect(faultOf(optionsWith().slice(0, -6)).reason).to.equal('Header Section Cut Off')
  })

  it('OpenSIPS@a880e1faee white space is no message and no crash', () => {
    for (const text of [' ', ' \r\n', '\t\r\n\r\n', ' \r\n \r\n', '\0', '\xff'.repeat(100)]) {
      expect(faultOf(text).status).to.equal(undefined)
    }
  })

  it('X7 limits: each is owed its status and names itself', () => {
    const grammar = standardGrammar.withLimits({ startLine: 100, headerBytes: 500, headerCount: 12, body: 10 })
    const limitOf = (text: string): unknown => {
      const parsed = parseMessage(text, { grammar })
      return parsed.kind === 'fault' ? [parsed.fault.status, parsed.fault.limit] : parsed.kind
    }
    expect(limitOf(optionsWith())).to.equal('ok')
    expect(limitOf(head(`OPTIONS sip:${'u'.repeat(100)}@h SIP/2.0`))).to.deep.equal([414, 'startLine'])
    expect(limitOf(optionsWith({ A: 'a'.repeat(500) }))).to.deep.equal([513, 'headerBytes'])
    expect(limitOf(optionsWith({ A: '1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1' }))).to.deep.equal([
      513,
      'headerCount',
    ])
    expect(limitOf(optionsWith({}, 'x'.repeat(11)))).to.deep.equal([513, 'body'])
  })

  it('X7 limits: values of a line and parameters of a value', () => {
    const grammar = standardGrammar.withLimits({ values: 3, params: 2 })
    const parsed = parseMessage(optionsWith({ Allow: 'A,B,C,D', Contact: '<sip:h>;a;b;c', Route: '<sip:h;a;b;c>' }), {
      grammar,
    })
    expect(
      parsed.kind === 'ok' && ['Allow', 'Contact', 'Route'].map(name => parsed.message.isMalformed(name)),
    ).to.deep.equal([true, true, true])
  })

  it('X7 limits: values and parameters of a routing header are counted by name', () => {
    const grammar = standardGrammar.withLimits({ values: 3, params: 2, headerCount: 12 })
    const counters = newSyntaxCounters()
    const count = (changes: Readonly<Record<string, string>>): void =>
      countParsed(counters, parseMessage(optionsWith(changes), { grammar }))
    count({ Via: 'SIP/2.0/UDP a, SIP/2.0/UDP b, SIP/2.0/UDP c' })
    count({ Via: 'SIP/2.0/UDP a, SIP/2.0/UDP b, SIP/2.0/UDP c, SIP/2.0/UDP d' })
    count({ From: '<sip:h>;tag=1;a=2;b=3' })
    count({ To: '<sip:h>;a;b;c' })
    count({ To: '<sip:h>;a;a' })
    count({ A: '1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1' })
    count({ To: '<sip:h;a;b;c>' })
    count({ To: '<sip:h?a=1&b=2&c=3>' })
    const bob = optionsWith().replace('sip:bob@example.org', 'sip:bob@example.org;a;b;c')
    countParsed(counters, parseMessage(bob, { grammar }))
    expect([counters.faults, counters.limits]).to.deep.equal([8, { values: 1, params: 5, headerCount: 1 }])
  })
})

describe('sip/syntax/routing-fault', () => {
  it('§7.3.2 Max-Forwards in a response says nothing, whatever it says and however often [3261-7.3.2-1]', () => {
    const once = ringing.replace('CSeq: 7', 'Max-Forwards: many\r\nCSeq: 7')
    const twice = ringing.replace('CSeq: 7', 'Max-Forwards: 1\r\nMax-Forwards: 2\r\nCSeq: 7')
    for (const text of [once, twice]) expect(responseOf(text).has('Max-Forwards')).to.equal(true)
    expect(faultOf(optionsWith({ 'Max-Forwards': 'many' })).reason).to.equal('Malformed Max-Forwards')
    expect(faultOf(optionsWith({ 'max-forwards': '2' })).reason).to.equal('Repeated Max-Forwards')
  })
})

describe('sip/syntax/fault-response', () => {
  it('§8.2.6.2 repeats what can be read, with a To tag that stays the same', () => {
    const text = optionsWith({ 'Max-Forwards': 'x', Subject: 'not repeated' })
    const response = faultResponse(faultOf(text))
    const again = faultResponse(faultOf(text))
    expect(response && formatMessage(response)).to.equal(again && formatMessage(again))
    expect(response && formatMessage(response)).to.match(
      /^SIP\/2.0 400 Malformed Max-Forwards\r\nVia: SIP\/2.0\/UDP 192.0.2.1:5060;branch=z9hG4bKabc;rport\r\nFrom: "Ann" <sip:ann@example.com>;tag=f1\r\nTo: <sip:bob@example.org>;tag=\w{7}\r\nCall-ID: c1@192.0.2.1\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n$/,
    )
  })

  it('CVE-2018-14767 two To headers, and tags without a value', () => {
    for (const to of ['<sip:a>;tag=', '<sip:a>;tag', '<sip:a>;tag=;', '']) {
      const parsed = parseMessage(optionsWith({ To: to, t: '<sip:b>' }))
      const response = parsed.kind === 'fault' ? faultResponse(parsed.fault) : undefined
      expect(response?.fields.filter(field => field.header.name === 'To')).to.have.length(1)
    }
  })

  it('CVE-2018-16657 a Via that cannot be read is answered as far as it goes, or not at all', () => {
    expect(faultResponse(faultOf(optionsWith({ Via: 'SIP/2.0/UDP 192.0.2.15;;,;,,' })))?.via.host).to.equal(
      '192.0.2.15',
    )
    for (const via of ['', 'x', 'SIP/2.0/UDP', ';;;', 'SIP/2.0/UDP [']) {
      expect(faultResponse(faultOf(optionsWith({ Via: via }))), via).to.equal(undefined)
    }
    expect(faultResponse(faultOf(optionsWith({ Via: undefined })))).to.equal(undefined)
  })

  it('nothing is answered to responses and ACKs', () => {
    expect(faultResponse(faultOf(ringing.replace('CSeq: 7', 'CSeq: x')))).to.equal(undefined)
    expect(faultResponse(faultOf(optionsWith().replace('OPTIONS sip', 'ACK sip')))).to.equal(undefined)
  })
})
