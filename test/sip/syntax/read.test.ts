import { expect } from 'chai'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import type { Message } from '../../../apps/sip/syntax/message.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { readMessage } from '../../../apps/sip/syntax/read.js'
import { as, broken, optionsWith } from '../../../shell/torture-set.js'

function reading(text: string): { message: Message; flaws: readonly unknown[] } {
  const found = readMessage(text)
  if (found.kind !== 'ok') return expect.fail(`no message but ${found.kind}`)
  return { message: found.message, flaws: found.flaws.map(({ status, reason }) => [status, reason]) }
}

/** All that a message says, but for the length of its body, which is written anew. */
function contentOf(message: Message): unknown {
  const { limits } = message.grammar
  const fields = message.fields.filter(({ header }) => header.name !== 'Content-Length')
  return [
    message.startLine,
    fields.map(field => [field.name, field.raw, field.values(limits).map(String)]),
    message.body,
  ]
}

/** Messages as they are found in print and in captures, and what is wrong with them. */
const printed: readonly (readonly [title: string, text: string, flaws: readonly (readonly [number, string])[]])[] = [
  ['nothing wrong', optionsWith({}, 'body'), []],
  [
    'a body that was left out',
    `${as('INVITE sip:h SIP/2.0').replace('Content-Length: 0', 'Content-Length: 142')}v=0 ...`,
    [[400, 'Body Shorter Than Content-Length']],
  ],
  [
    'a length that nobody counted',
    `${as('INVITE sip:h SIP/2.0').replace('Content-Length: 0', 'Content-Length: ...')}v=0\r\n`,
    [[400, 'Malformed Content-Length']],
  ],
  ['lengths that differ', `${optionsWith({ l: '3' })}four`, [[400, 'Conflicting Content-Length']]],
  [
    'a line that lost its blank and is no continuation any more',
    optionsWith({ 'Record-Route': '<sip:a;lr>,\r\n<sip:b;lr>' }),
    [[400, 'Line Is Not a Header']],
  ],
  ['markup between the lines', optionsWith({ A: '1\r\n</allOneLine>\r\nB: 2' }), [[400, 'Line Is Not a Header']]],
  [
    'a CSeq copied from another message',
    as('ACK sip:h SIP/2.0', { CSeq: '1 INVITE' }).replace(/^ACK/, 'BYE'),
    [[400, 'CSeq Method Is Not the Request Method']],
  ],
  [
    'the CSeq of a method that nobody knows',
    as('NEW sip:h SIP/2.0', { CSeq: '1 INVITE' }),
    [[501, 'CSeq Method Is Not the Request Method']],
  ],
  [
    'addresses without a scheme, and headers that are missing',
    optionsWith({ To: 'Bob <bob@h>', From: '<ann@h>', 'Call-ID': undefined, 'Max-Forwards': 'x' }),
    [
      [400, 'Missing Call-ID'],
      [400, 'Malformed Max-Forwards'],
      [400, 'Malformed From'],
      [400, 'Malformed To'],
    ],
  ],
  ['the end of the headers cut off', optionsWith().slice(0, -8), [[400, 'Header Section Cut Off']]],
]

describe('sip/syntax/read', () => {
  for (const [title, text, flaws] of printed) {
    it(`reads and writes ${title}`, () => {
      const found = reading(text)
      expect(found.flaws).to.deep.equal(flaws)
      expect(formatMessage(found.message)).to.equal(text)
      const again = reading(formatMessage(found.message.append('X-New', '1')))
      expect(contentOf(again.message.remove('X-New'))).to.deep.equal(contentOf(found.message))
    })
  }

  it('what is received is taken without a flaw or answered with the status of the first [3261-18.3-3]', () => {
    for (const [, text, flaws] of printed) {
      const parsed = parseMessage(text)
      const [flaw] = flaws
      expect(parsed.kind === 'fault' ? [parsed.fault.status, parsed.fault.reason] : undefined).to.deep.equal(flaw)
    }
  })

  it('every broken torture message with a start line is read, with the status that it is owed', () => {
    let read = 0
    for (const [title, text, status = 400] of broken) {
      const found = readMessage(text)
      if (found.kind !== 'ok') continue
      read++
      expect(found.flaws[0]?.status, title).to.equal(status)
      expect(formatMessage(found.message), title).to.equal(text)
    }
    expect(read).to.be.greaterThan(10)
  })

  it('§17.1.1.3 the flaws of responses and ACKs are owed nothing', () => {
    const response = optionsWith({ To: '<' }).replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n')
    expect(reading(response).flaws).to.deep.equal([[undefined, 'Malformed To']])
    expect(reading(as('ACK sip:h SIP/2.0', { To: '<' })).flaws).to.deep.equal([[undefined, 'Malformed To']])
  })

  it('a line that is no header is nobody’s', () => {
    const { message } = reading(optionsWith({ A: '1\r\nno header\r\n: none' }))
    const lost = message.fields.filter(({ name }) => name === '')
    expect(lost.map(({ raw }) => raw)).to.deep.equal(['no header', ': none'])
    expect(lost.every(field => field.isMalformed(message.grammar.limits))).to.equal(true)
    expect(() => message.has('')).to.throw(TypeError)
  })

  it('a text without a start line is no message', () => {
    for (const text of ['', '\r\n', 'x', 'GET / HTTP/1.1\r\n\r\n', 'OPTIONS sip: SIP/2.0\r\n\r\n']) {
      expect(readMessage(text).kind).to.equal(text.trim() === '' ? 'keepalive' : 'fault')
    }
  })
})
