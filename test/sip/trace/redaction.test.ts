import { expect } from 'chai'
import { redacted } from '../../../apps/sip/trace/redaction.js'

describe('a redacted message', () => {
  const secret = [
    'REGISTER sip:example.com SIP/2.0',
    'Authorization: Digest username="a", realm="r", nonce="n", uri="sip:r", response="6629fae49393a05397450978507c4ef1"',
    'Proxy-Authorization : Digest nonce="response=", response = "0123", qop=auth',
    'X-Other: response="stays"',
    'Content-Length: 73',
    '',
    'v=0',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:32',
  ].join('\r\n')

  it('has no digest of a password and no key of media, and no octet moves', () => {
    const text = redacted(secret)
    expect(text).to.have.length(secret.length)
    expect(text.split('\r\n')).to.deep.equal([
      'REGISTER sip:example.com SIP/2.0',
      `Authorization: Digest username="a", realm="r", nonce="n", uri="sip:r", response="${'x'.repeat(32)}"`,
      'Proxy-Authorization : Digest nonce="response=", response = "xxxx", qop=auth',
      'X-Other: response="stays"',
      'Content-Length: 73',
      '',
      'v=0',
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'x'.repeat(40)}|2^20|1:32`,
    ])
  })

  it('RFC 7616 is so when the header is folded', () => {
    const folded = 'Authorization: Digest username="a",\r\n response="abc"\r\n\r\n'
    expect(redacted(folded)).to.equal('Authorization: Digest username="a",\r\n response="xxx"\r\n\r\n')
  })
})
