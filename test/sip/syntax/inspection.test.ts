import { inspect } from 'node:util'
import { expect } from 'chai'
import { createPart } from '../../../apps/sip/syntax/mime.js'
import { requestOf, responseOf } from './samples.js'

const lines = [
  'Via: SIP/2.0/UDP h:5070;branch=z9hG4bK1',
  'Max-Forwards: 70',
  'From: "A\\\u001b" <sip:a@h>;tag=1',
  'To: <sip:b@h>',
  'Call-ID: 1',
  'CSeq: 1 MESSAGE',
  'Content-Length: 2',
]

describe('sip/syntax/inspection', () => {
  const request = requestOf(['MESSAGE sip:b@h SIP/2.0', ...lines, '', 'hi'].join('\r\n'))

  it('shows a message as it is written, and not how it is read', () => {
    expect(inspect(request).replace(/\s+/g, ' ')).to.equal(
      inspect({ startLine: 'MESSAGE sip:b@h SIP/2.0', lines, body: 'hi' }).replace(/\s+/g, ' '),
    )
    const response = responseOf(['SIP/2.0 200 OK', ...lines, '', 'hi'].join('\r\n'))
    expect(inspect({ response })).to.match(/^\{\s+response: \{\s+startLine: 'SIP\/2\.0 200 OK',/)
  })

  it('shows a value of a header alone, without the message that it stands in', () => {
    expect(inspect(request.uri)).to.equal("'sip:b@h'")
    expect(inspect(request.to)).to.equal("'<sip:b@h>'")
    expect(inspect(request.via)).to.equal("'SIP/2.0/UDP h:5070;branch=z9hG4bK1'")
  })

  it('shows a part of a body as it is written, too', () => {
    const part = createPart('text/plain', 'hi', { Subject: 'x' })
    const shown = inspect({ lines: ['Content-Type: text/plain', 'Subject: x'], body: 'hi' })
    expect(inspect(part).replace(/\s+/g, ' ')).to.equal(shown.replace(/\s+/g, ' '))
  })

  it('escapes what a terminal must not get', () => {
    expect(inspect(request.from)).to.equal(`'"A\\\\\\x1B" <sip:a@h>;tag=1'`)
    expect(inspect(request)).to.not.include('\u001b')
  })
})
