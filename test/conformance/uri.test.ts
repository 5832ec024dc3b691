import { expect } from 'chai'
import { literalTarget } from '../../apps/sip/location/target.js'
import { createRequest } from '../../apps/sip/syntax/request.js'
import { createUri, formatUri, parseUri, toUri as uri } from '../../apps/sip/syntax/uri.js'
import { uriEquals } from '../../apps/sip/syntax/uri-equality.js'
import { requestFromUri } from '../../apps/sip/syntax/uri-request.js'

describe('§19.1 the sentences on URIs', () => {
  it('§19.1.1 a sips URI over UDP goes nowhere [3261-19.1.1-5]', () => {
    expect(literalTarget(uri('sips:192.0.2.1;transport=udp'))).to.equal(undefined)
    expect(literalTarget(uri('sips:192.0.2.1;transport=tcp'))?.transport).to.equal('TLS')
  })

  it('§19.1.2 what a telephone number may not hold in a user part is escaped [3261-19.1.2-5]', () => {
    const built = createUri({ user: '+1-201"5#5', host: 'h', params: { user: 'phone' } })
    expect(formatUri(built)).to.equal('sip:+1-201%225%235@h;user=phone')
  })

  it('SYN-19 §19.1.2 an escape in a host is no host [3261-19.1.2-6]', () => {
    expect(parseUri('sip:alice@%65xample.com')).to.equal(undefined)
  })

  it('SYN-18 §19.1.4 headers in any order must be there in both and match [3261-19.1.4-1]', () => {
    expect(uriEquals(uri('sip:a@h?b=1&c=2'), uri('sip:a@h?c=2&b=1'))).to.equal(true)
    expect(uriEquals(uri('sip:a@h?b=1'), uri('sip:a@h'))).to.equal(false)
    expect(uriEquals(uri('sip:a@h?Subject=x'), uri('sip:a@h?Subject=y'))).to.equal(false)
  })

  it('§19.1.5 transport, maddr, ttl and user stay in the Request-URI of the request made from it [3261-19.1.5-1]', () => {
    const text = 'sip:bob@h;transport=udp;maddr=224.2.0.1;ttl=1;user=phone'
    expect(formatUri(requestFromUri(uri(`${text};method=INVITE?Subject=x`)).uri)).to.equal(text)
  })

  it('§19.1.5 headers that would make a malformed request make none [3261-19.1.5-10]', () => {
    const asked = requestFromUri(uri('sip:bob@h?Subject=a%0D%0AVia:%20x'))
    const parts = { from: 'sip:alice@h', to: 'sip:bob@h', callId: 'x', cseq: 1, headers: asked.headers }
    expect(() => createRequest('OPTIONS', asked.uri, parts)).to.throw(TypeError)
  })
  it('§19.1.5 a URI cannot make us require an extension that we may not support [3261-19.1.5-12]', () => {
    const asked = requestFromUri(uri('sip:bob@h?Require=odd&proxy-require=odder&Subject=x'))
    expect(asked.headers).to.deep.equal({ Subject: ['x'] })
    expect(asked.refused).to.deep.equal(['Require', 'proxy-require'])
  })
})
