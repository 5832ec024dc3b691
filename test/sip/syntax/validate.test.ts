import { expect } from 'chai'
import { explainMessage, formatExplanation } from '../../../apps/sip/syntax/explain.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { countParsed, newSyntaxCounters, sumSyntaxCounters } from '../../../apps/sip/syntax/syntax-counters.js'
import { type Capabilities, validateRequest, validateResponse } from '../../../apps/sip/syntax/validate.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { requestOf, responseOf } from './samples.js'

function as(
  method: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  uri: string = 'sip:bob@example.org',
): string {
  return optionsWith({ CSeq: `7 ${method}`, ...changes }).replace('OPTIONS sip:bob@example.org', `${method} ${uri}`)
}

function refusal(text: string, can: Capabilities = {}): unknown {
  const found = validateRequest(requestOf(text), can)
  return found && [found.status, found.reason]
}

describe('sip/syntax/validate', () => {
  it('lets a proper request pass', () => {
    expect(refusal(optionsWith())).to.equal(undefined)
    expect(
      refusal(as('INVITE', { Contact: '<sip:ann@h>' }), { methods: ['INVITE'], schemes: ['sip'], extensions: [] }),
    ).to.equal(undefined)
  })

  it('§8.1.1.8 M-13 INVITE, SUBSCRIBE and REFER have exactly one SIP Contact [3261-8.1.1.8-1]', () => {
    for (const method of ['INVITE', 'SUBSCRIBE', 'REFER']) {
      expect(refusal(as(method))).to.deep.equal([400, 'Not Exactly One Contact'])
      expect(refusal(as(method, { Contact: '<sip:a>, <sip:b>' }))).to.deep.equal([400, 'Not Exactly One Contact'])
      expect(refusal(as(method, { Contact: '<tel:+1>' }))).to.deep.equal([400, 'Contact Is Not a SIP URI'])
      expect(refusal(as(method, { Contact: '*' }))).to.deep.equal([400, 'Contact Is Not a SIP URI'])
    }
  })

  it('§8.1.1.8 UAC-08 a secure request has a secure Contact [3261-8.1.1.8-2]', () => {
    const insecure = [400, 'Contact Is Not a SIPS URI']
    expect(refusal(as('INVITE', { Contact: '<sip:a>' }, 'sips:bob@h'))).to.deep.equal(insecure)
    expect(refusal(as('INVITE', { Contact: '<sip:a>', Route: '<sips:p;lr>' }))).to.deep.equal(insecure)
    expect(refusal(as('INVITE', { Contact: '<sips:a>' }, 'sips:bob@h'))).to.equal(undefined)
  })

  it('drachtio#453 `Contact: None` and the rules of `Contact: *`', () => {
    expect(refusal(as('REGISTER', { Contact: 'None' }))).to.deep.equal([400, 'Malformed Contact'])
    expect(refusal(as('REGISTER', { Contact: '*' }))).to.deep.equal([400, 'Contact * Without Expires 0'])
    expect(refusal(as('REGISTER', { Contact: '*', Expires: '0' }))).to.equal(undefined)
    expect(refusal(as('REGISTER', { Contact: '*, <sip:a>', Expires: '0' }))).to.deep.equal([
      400,
      'Contact * Is Not Alone',
    ])
  })

  it('§8.2.1 §21.5.2 methods not served: 405 when they exist, 501 when not, with Allow', () => {
    const can = { methods: ['OPTIONS'] }
    expect(refusal(as('MESSAGE'), can)).to.deep.equal([405, 'Method Not Allowed'])
    expect(refusal(as('NEWMETHOD'), can)).to.deep.equal([501, 'Not Implemented'])
    expect(validateRequest(requestOf(as('MESSAGE')), can)?.headers).to.deep.equal({ Allow: ['OPTIONS'] })
  })

  it('§8.2.2.1 schemes not served are owed 416', () => {
    expect(refusal(as('OPTIONS', {}, 'nobodyKnowsThisScheme:x'), { schemes: ['sip', 'sips'] })).to.deep.equal([
      416,
      'Unsupported URI Scheme',
    ])
  })

  it('§8.2.2.3 §16.3 unknown option tags are owed 420 with Unsupported', () => {
    const text = optionsWith({ Require: 'a, 100rel', 'Proxy-Require': 'b' })
    expect(validateRequest(requestOf(text), { extensions: ['100REL'] })).to.deep.include({
      status: 420,
      headers: { Unsupported: ['a'] },
    })
    expect(validateRequest(requestOf(text), { extensions: [], role: 'proxy' })).to.deep.include({
      headers: { Unsupported: ['b'] },
    })
    expect(refusal(as('CANCEL', { Require: 'a' }), { extensions: [] })).to.equal(undefined)
  })

  it('§16.3 a proxy has no hops left at Max-Forwards 0, an endpoint does not mind', () => {
    expect(refusal(optionsWith({ 'Max-Forwards': '0' }), { role: 'proxy' })).to.deep.equal([483, 'Too Many Hops'])
    expect(refusal(optionsWith({ 'Max-Forwards': '0' }))).to.equal(undefined)
  })

  it('sofia-sip@42e1806 header fields in a Request-URI are refused and become no headers', () => {
    for (const uri of ['sip:h?Replaces=a&body=b', 'sip:h?']) {
      expect(refusal(as('OPTIONS', {}, uri))).to.deep.equal([400, 'Header Fields in Request-URI'])
      expect(requestOf(as('OPTIONS', {}, uri)).has('Replaces')).to.equal(false)
    }
  })

  it('§20.15 a body without a type is refused', () => {
    expect(refusal(optionsWith({}, 'x'))).to.deep.equal([400, 'Missing Content-Type'])
  })

  it('§18.1.2 a response whose Via or Contact cannot be read is of no use', () => {
    const text = optionsWith({ Contact: '<' }).replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n')
    expect(validateResponse(responseOf(text))).to.equal('Contact Is Malformed')
    expect(validateResponse(responseOf(text.replace('Contact: <', 'Contact: <sip:h>')))).to.equal(undefined)
    expect(validateResponse(responseOf(text.replace('Contact: <', 'Via: x')))).to.equal('Malformed Via')
  })
})

describe('sip/syntax/explain', () => {
  it('tells what was read, what is unknown and what is malformed', () => {
    const text = formatExplanation(explainMessage(optionsWith({ m: '<', 'X-Odd': '\x1b[31m', Allow: 'A, B' })))
    expect(text).to.include('request: OPTIONS sip:bob@example.org SIP/2.0\n')
    expect(text).to.include('  m: <   [Contact, MALFORMED]\n')
    expect(text).to.include('  X-Odd: \\x1b[31m   [unknown]\n')
    expect(text).to.include('  Allow: A, B   [2 values]\n')
    expect(text).to.include('flaw: Malformed Contact (400)\n')
  })

  it('tells the fault, the status owed and the answer', () => {
    const found = explainMessage(optionsWith({ CSeq: 'x' }))
    expect(found).to.deep.include({ verdict: 'request', flaws: [{ status: 400, reason: 'Malformed CSeq' }] })
    expect(formatExplanation(found)).to.include('answer:\n  SIP/2.0 400 Malformed CSeq\n')
    expect(explainMessage('OPTIONS sip: SIP/2.0\r\n\r\n')).to.deep.include({
      verdict: 'fault',
      summary: 'Malformed Request-URI',
      flaws: [{ status: 400, reason: 'Malformed Request-URI' }],
    })
    expect(explainMessage('\r\n').verdict).to.equal('keepalive')
    expect(formatExplanation(explainMessage('\x07')).startsWith('fault:')).to.equal(true)
  })
})

describe('sip/syntax/explain: a message with flaws', () => {
  it('is explained as a whole, with each flaw and the answer to the first', () => {
    const text = `${optionsWith({ CSeq: '7 INVITE' }).replace('To:', '<sip:lost>\r\nTo:').replace('Length: 0', 'Length: 9')}x`
    const found = formatExplanation(explainMessage(text))
    expect(found).to.include('request: OPTIONS sip:bob@example.org SIP/2.0\n')
    expect(found).to.include('  <sip:lost>   [NO HEADER]\n')
    expect(found).to.include('body: 1 octets\n')
    expect(found).to.include('flaw: Line Is Not a Header (400)\nflaw: Body Shorter Than Content-Length (400)\n')
    expect(found).to.include('flaw: CSeq Method Is Not the Request Method (400)\n')
    expect(found).to.include('answer:\n  SIP/2.0 400 Line Is Not a Header\n')
  })

  it('is dropped when it is a response: by the parser or because its Via or Contact cannot be used', () => {
    const ok = optionsWith().replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n')
    expect(explainMessage(ok).flaws).to.deep.equal([])
    for (const [text, reason] of [
      [ok.replace('Length: 0', 'Length: 9'), 'Body Shorter Than Content-Length'],
      [ok.replace('CSeq', 'Contact: <\r\nCSeq'), 'Contact Is Malformed'],
    ] as const) {
      const found = explainMessage(text)
      expect(found).to.deep.include({ verdict: 'response', flaws: [{ status: undefined, reason }], answer: undefined })
      expect(formatExplanation(found)).to.include(`flaw: ${reason} (dropped)\n`)
    }
  })
})

describe('sip/syntax/syntax-counters', () => {
  it('P6 X7 counts faults, limits passed, and what was tolerated', () => {
    const counters = newSyntaxCounters()
    const texts = [`\r\n${optionsWith()}`, `\r\n${optionsWith()}x`, optionsWith({ A: 'x'.repeat(70_000) }), '\r\n', 'x']
    for (const text of texts) countParsed(counters, parseMessage(text))
    const once = { leadingLines: 2, surplusOctets: 1 }
    expect(counters).to.deep.equal({ keepalives: 1, faults: 2, limits: { headerBytes: 1 }, tolerated: once })
    expect(sumSyntaxCounters([counters, newSyntaxCounters(), counters])).to.deep.equal({
      keepalives: 2,
      faults: 4,
      limits: { headerBytes: 2 },
      tolerated: { leadingLines: 4, surplusOctets: 2 },
    })
  })
})
