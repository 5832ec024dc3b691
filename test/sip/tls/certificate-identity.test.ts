import { expect } from 'chai'
import { isIdentity, sipIdentities } from '../../../apps/sip/transport/certificate-identity.js'

describe('RFC 5922 §7.1 the domains of a certificate [5922-7.1-3] [5922-7.1-4] [5922-7.1-5] [5922-7.1-6] [5922-7.1-7] [5922-7.2-1]', () => {
  const cases: readonly (readonly [names: string | undefined, expected: readonly string[], common?: string])[] = [
    ['URI:sip:example.com', ['example.com']],
    ['URI:SIP:example.com', ['example.com']],
    ['URI:sip:example.com:5061;transport=tls', ['example.com']],
    ['URI:sip:alice@example.com', []],
    ['URI:sips:example.com', []],
    ['URI:http://example.com', []],
    ['URI:sip:example.com, DNS:www.example.com', ['example.com']],
    ['URI:sips:example.com, DNS:www.example.com', ['www.example.com']],
    ['DNS:a.example.com, DNS:b.example.com', ['a.example.com', 'b.example.com']],
    ['DNS:example.com, IP Address:192.0.2.1', ['example.com', '192.0.2.1']],
    ['email:alice@example.com', []],
    ['DNS:"example.com\\u0000.evil.net"', []],
    ['DNS:"good.example.com, DNS:evil.example.com"', []],
    ['DNS:example.com', ['example.com'], 'other.example.com'],
    [undefined, ['common.example.com'], 'common.example.com'],
    [undefined, [], 'two words'],
  ]
  for (const [subjectaltname, expected, CN] of cases) {
    it(`${subjectaltname ?? 'none'}${CN === undefined ? '' : `, CN ${CN}`}`, () => {
      expect(sipIdentities({ subjectaltname, subject: CN === undefined ? {} : { CN } })).to.deep.equal(expected)
    })
  }

  it('§7.2 compares whole names without regard to case, and no wildcard [5922-7.2-2] [5922-7.2-4] [5922-7.2-5] [5922-7.2-6]', () => {
    expect(isIdentity('Example.COM', ['example.com'])).to.equal(true)
    expect(isIdentity('foo.example.com', ['example.com'])).to.equal(false)
    expect(isIdentity('foo.example.com', ['*.example.com', '.example.com'])).to.equal(false)
  })
})
