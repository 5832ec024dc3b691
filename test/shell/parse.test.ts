import { expect } from 'chai'
import { sipwright } from './program.js'

const options = [
  'OPTIONS sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  'Max-Forwards: 70',
  'From: <sip:alice@example.com>;tag=1',
  't: <sip:bob@example.com>',
  'Call-ID: 1',
  'CSeq: 1 OPTIONS',
  '',
  '',
]

describe('sipwright parse', () => {
  it('explains a message, and ends with 0', async () => {
    const { code, out } = await sipwright(['parse', '-'], options.join('\r\n'))
    expect(out)
      .to.match(/^request: OPTIONS sip:bob@example\.com SIP\/2\.0\n/)
      .and.to.include('[To]')
    expect(code).to.equal(0)
  })

  it('says what is owed for a bad one, and ends with 1', async () => {
    const bad = options.filter(line => !line.startsWith('CSeq'))
    const { code, out } = await sipwright(['parse', '-', '--json'], bad.join('\n'))
    expect(JSON.parse(out).flaws).to.deep.equal([{ status: 400, reason: 'Missing CSeq' }])
    expect(code).to.equal(1)
  })

  it('shows the whole of a message as it was printed in a book, with all that is wrong', async () => {
    const printed = [...options.slice(0, -2), 'Content-Length: ...', '<sip:cut.example.com>', '', 'some of a body']
    const { code, out } = await sipwright(['parse', '-'], printed.join('\n'))
    expect(out).to.include('  <sip:cut.example.com>   [NO HEADER]\nbody: 14 octets\ntolerated: lineEnds\n')
    expect(out).to.include('flaw: Line Is Not a Header (400)\nflaw: Malformed Content-Length (400)\n')
    expect(code).to.equal(1)
  })

  it('ends with 3 when there is no such file', async () => {
    const { code, out, err } = await sipwright(['parse', './no-such-file'])
    expect(err).to.match(/^sipwright parse: cannot read \.\/no-such-file: .*\n$/)
    expect({ code, out }).to.deep.equal({ code: 3, out: '' })
  })
})
