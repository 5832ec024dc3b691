import { expect } from 'chai'
import fc from 'fast-check'
import { parseTel } from '../../../apps/sip/syntax/tel-uri.js'
import { createUri, formatUri, parseUri, toUri } from '../../../apps/sip/syntax/uri.js'
import { addressOfRecord, uriEquals } from '../../../apps/sip/syntax/uri-equality.js'
import { requestFromUri } from '../../../apps/sip/syntax/uri-request.js'

describe('sip/syntax/uri', () => {
  it('§19.1.1 reads every component', () => {
    const uri = toUri('sips:al%69ce;day=tue:pa%3Ass@[2001:db8::1]:5061;transport=TLS;lr?Subject=a%20b&Priority=urgent')
    expect([uri.scheme, uri.user, uri.password, uri.host, uri.port]).to.deep.equal([
      'sips',
      'alice;day=tue',
      'pa:ss',
      '2001:db8::1',
      5061,
    ])
    expect([uri.params.get('Transport'), uri.params.get('lr'), uri.isLooseRouter]).to.deep.equal(['TLS', '', true])
    expect(uri.headers).to.deep.equal([
      ['Subject', 'a b'],
      ['Priority', 'urgent'],
    ])
  })

  it('§19.1.2 a parsed URI is written as it was, escapes and all; B-21 three headers stay three', () => {
    for (const text of [
      'sip:a%6Cice@EXAMPLE.com;X=%41?a=1&b=2&c=%2F',
      'SIP:bob@h',
      'sip:+1-212-555-1212:1234@gateway.com;user=phone',
      'tel:+1-201-555-0123',
      'urn:service:sos',
      'sip:h?',
      'sip:user;par=u%40example.net@example.com',
    ]) {
      expect(formatUri(toUri(text))).to.equal(text)
    }
    expect(toUri('sip:h?a=1&b=2&c=3').headers).to.have.length(3)
  })

  it('RFC 4475 §3.1.1.4 %00 does not shorten a user part', () => {
    expect(toUri('sip:null-%00-null@example.com').user).to.equal('null-\0-null')
  })

  it('§19.1.2 escapes are decoded once', () => {
    expect(toUri('sip:h;p=value%25%34%31').params.get('p')).to.equal('value%41')
  })

  it('§19.1.1 refuses what is no URI [3261-19.1.1-1] [3261-19.1.1-4] [3261-19.1.2-2]', () => {
    for (const text of [
      '',
      'sip:',
      'sip:@host',
      'sip:user@',
      'sip:user@host:',
      'sip:user@host:99999',
      'sip:2001:db8::10',
      'sip:[2001:db8::10',
      'sip:[zz]',
      'sip:[1]',
      'sip:a b@host',
      'sip:host;',
      'sip:host;;lr',
      'sip:host;lr;LR',
      'sip:host;=x',
      'sip:%@host',
      'sip:user%4',
      'sip:user%zz@host',
      'sip:host;p=%',
      'sip:host?a',
      'sip:a@b@c',
      '/',
      'nocolon',
      ':x',
      'tel:',
      'http:a<b>',
    ]) {
      expect(parseUri(text), text).to.equal(undefined)
    }
  })

  it('RFC 5954 §4.1 three colons are read and never written', () => {
    const uri = toUri('sip:[2001:db8:::192.0.2.1]')
    expect(uri.host).to.equal('2001:db8:::192.0.2.1')
    expect(formatUri(uri.with({ port: 5060 }))).to.equal('sip:[2001:db8::192.0.2.1]:5060')
  })

  it('§19.1.2 builders escape what a component cannot hold [3261-19.1.2-1] [3261-19.1.2-3] [3261-19.1.2-4]', () => {
    const uri = createUri({ user: 'a@b c', host: '::1', params: { x: 'é;' }, headers: { Subject: 'a&b' } })
    expect(formatUri(uri)).to.equal('sip:a%40b%20c@[::1];x=%C3%A9%3B?Subject=a%26b')
    expect(toUri(formatUri(uri)).user).to.equal('a@b c')
    expect(toUri(formatUri(uri)).params.get('x')).to.equal('é;')
  })

  it('builders throw TypeError for illegal hosts, ports and schemes', () => {
    expect(() => createUri({ host: 'a b' })).to.throw(TypeError)
    expect(() => createUri({ host: 'a\r\nb' })).to.throw(TypeError)
    expect(() => createUri({ host: 'a', port: 70_000 })).to.throw(TypeError)
    expect(() => createUri({ host: 'a', scheme: 'http' })).to.throw(TypeError)
    expect(() => toUri('nonsense')).to.throw(TypeError)
    expect(() => toUri('tel:+1').with({ port: 1 })).to.throw(TypeError)
  })

  it('what is built can be read again: any user, password and parameter', () => {
    const name = fc.string({ minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.string(), fc.string(), name, fc.string({ minLength: 1 }), (user, password, param, value) => {
        const well = [user, password, param, value].every(text => !/\p{Surrogate}/u.test(text))
        fc.pre(well && user !== '')
        const uri = createUri({ user, password, host: 'h', params: { [param]: value } })
        const again = toUri(formatUri(uri))
        expect(again.user).to.equal(user)
        expect(again.password).to.equal(password === '' ? undefined : password)
        expect(again.params.size).to.equal(1)
        expect(again.params.getRaw(uri.params.rawEntries().next().value?.[0] ?? '')).to.equal(
          uri.params.rawEntries().next().value?.[1],
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('sip/syntax/uri-equality', () => {
  const equal: readonly (readonly [string, string])[] = [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=off'],
    ['tel:+1-201-555-0123', 'tel:+12015550123'],
    ['tel:7042;phone-context=Example.com', 'tel:7042;phone-context=example.com'],
    ['urn:service:sos', 'URN:service:sos'],
  ]
  const different: readonly (readonly [string, string])[] = [
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
    ['sip:biloxi.com', 'sip:bob@biloxi.com'],
    ['sip:bob@biloxi.com', 'sip:bob:pw@biloxi.com'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;user=ip'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;ttl=1'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;method=INVITE'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;maddr=192.0.2.1'],
    ['sip:a%3Bb@h', 'sip:a;b@h'],
    ['tel:+12015550123', 'tel:+12015550124'],
    ['tel:7042;phone-context=a.com', 'tel:7042;phone-context=b.com'],
  ]
  for (const [one, other] of equal) {
    it(`§19.1.4 ${one} is ${other}`, () => {
      expect(uriEquals(toUri(one), toUri(other))).to.equal(true)
      expect(uriEquals(toUri(other), toUri(one))).to.equal(true)
    })
  }
  for (const [one, other] of different) {
    it(`§19.1.4 ${one} is not ${other}`, () => {
      expect(uriEquals(toUri(one), toUri(other))).to.equal(false)
      expect(uriEquals(toUri(other), toUri(one))).to.equal(false)
    })
  }

  it('§10.3 item 5: the key of an address-of-record has no parameters and no escapes', () => {
    expect(addressOfRecord(toUri('sip:%62ob@EXAMPLE.com;transport=tcp'))).to.equal('sip:bob@example.com')
  })
})

describe('sip/syntax/tel-uri', () => {
  it('RFC 3966 §3 reads global and local numbers', () => {
    expect(parseTel(toUri('tel:+1-201-555-0123;ext=12'))).to.include({ number: '+12015550123', isGlobal: true })
    expect(parseTel(toUri('tel:7042;phone-context=example.com'))).to.include({ number: '7042', isGlobal: false })
  })

  it('RFC 3966 §5.1.5 a local number needs a context', () => {
    expect(parseTel(toUri('tel:7042'))).to.equal(undefined)
    expect(parseTel(toUri('tel:+x'))).to.equal(undefined)
    expect(parseTel(toUri('sip:7042@h'))).to.equal(undefined)
  })
})

describe('sip/syntax/uri-request', () => {
  it('§19.1.5 takes method, headers and body out of the Request-URI [3261-19.1.5-2] [3261-19.1.5-3] [3261-19.1.5-4]', () => {
    const asked = requestFromUri(toUri('sip:bob@h;method=MESSAGE;transport=tcp?Subject=hi&body=a%0D%0Ab'))
    expect(asked).to.deep.include({ method: 'MESSAGE', headers: { Subject: ['hi'] }, body: 'a\r\nb', refused: [] })
    expect(formatUri(asked.uri)).to.equal('sip:bob@h;transport=tcp')
  })

  it('§19.1.5 dangerous headers are not honoured, in long or compact form [3261-19.1.5-6] [3261-19.1.5-7] [3261-19.1.5-8]', () => {
    const asked = requestFromUri(toUri('sip:h?From=x&v=y&Call-ID=z&Route=r&Record-Route=s&CSeq=1&m=c&Replaces=1'))
    expect(asked.refused).to.deep.equal(['From', 'v', 'Call-ID', 'Route', 'Record-Route', 'CSeq', 'm'])
    expect(asked.headers).to.deep.equal({ Replaces: ['1'] })
  })

  it('§19.1.5 nor are those by which a Refer-To would have us say that we are somebody else [3261-19.1.5-8]', () => {
    const claims = ['P-Asserted-Identity', 'P-Preferred-Identity', 'Remote-Party-ID', 'Identity', 'Referred-By', 'b']
    const asked = requestFromUri(toUri(`sip:h?${claims.map(name => `${name}=sip:boss`).join('&')}`))
    expect(asked.refused).to.deep.equal(claims)
    expect(asked.headers).to.deep.equal({})
  })
})
