import { expect } from 'chai'
import fc from 'fast-check'
import { Address } from '../../../apps/sip/syntax/address.js'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import { standardGrammar } from '../../../apps/sip/syntax/grammar.js'
import { authenticationInfo, challenge, credentials } from '../../../apps/sip/syntax/header/auth.js'
import { token } from '../../../apps/sip/syntax/header/plain.js'
import { defineHeader } from '../../../apps/sip/syntax/header.js'
import { covers, mediaType } from '../../../apps/sip/syntax/media-type.js'
import { parameterised } from '../../../apps/sip/syntax/parameterised.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { Via } from '../../../apps/sip/syntax/via.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { requestOf } from './samples.js'

const route = '<sip:a;lr>, <sip:b;lr>'

/** Addresses and Via values are stretches of text: they are the same when that is. */
const plain = (value: unknown): unknown => (value instanceof Address || value instanceof Via ? String(value) : value)

describe('sip/syntax/headers', () => {
  it('§7.3.1 §7.3.3 SYN-07 names match in any case and in compact form [3261-7.3.3-1]', () => {
    const request = requestOf(optionsWith({ m: '<sip:c>', sUbJeCt: 'x', SUPPORTED: 'a', k: 'b' }))
    expect(String(request.get('Contact'))).to.equal('<sip:c>')
    expect(String(request.get('m'))).to.equal('<sip:c>')
    expect(request.get('subject')).to.equal('x')
    expect(request.getAll('Supported')).to.deep.equal(['a', 'b'])
    expect(request.remove('K').has('supported')).to.equal(false)
  })

  it('§7.3.1 SYN-08 a comma list and repeated lines are the same list in the same order [3261-7.3.1-4]', () => {
    const list = requestOf(optionsWith({ Route: '<sip:a;lr>, <sip:b;lr> ,<sip:c>', route: '<sip:d>' }))
    expect(list.getAll('Route').map(String)).to.deep.equal(['<sip:a;lr>', '<sip:b;lr>', '<sip:c>', '<sip:d>'])
    expect([list.get('Route'), list.last('Route')].map(String)).to.deep.equal(['<sip:a;lr>', '<sip:d>'])
  })

  it('§7.3.1 SYN-08 challenges and credentials are never split at commas [3261-7.3.1-3]', () => {
    const request = requestOf(optionsWith({ Authorization: 'Digest a="1", b="2"', authorization: 'Digest a="3"' }))
    expect(request.getAll('Authorization').map(({ params }) => params.get('a'))).to.deep.equal(['1', '3'])
  })

  it('§7.3.1 SYN-09 a folded line reads as one with a blank', () => {
    const request = requestOf(
      optionsWith({ Subject: 'I know\r\n   you are\t\r\n\tthere', Route: '<sip:a;lr>,\r\n <sip:b>' }),
    )
    expect(request.get('Subject')).to.equal('I know you are there')
    expect(request.getAll('Route')).to.have.length(2)
  })

  it('§7.3.2 P1 unknown headers keep their count, order, case and octets', () => {
    const text = optionsWith({ 'x-A': '1,  2', 'X-b': '\xff\xfe', 'X-a': '3' })
    const request = requestOf(text)
    expect(request.getAll('X-A')).to.deep.equal(['1,  2', '3'])
    expect(formatMessage(request.remove('Route').append('Y', 'z'))).to.include(
      'x-A: 1,  2\r\nX-b: \xff\xfe\r\nX-a: 3\r\n',
    )
  })

  it('CVE-2020-28361 a blank before the colon hides no header', () => {
    const request = requestOf(optionsWith({ 'X-Secret ': '1', 'P-Asserted-Identity\t ': '<sip:evil>' }))
    expect(request.remove('x-secret').has('X-Secret')).to.equal(false)
    expect(request.has('P-Asserted-Identity')).to.equal(true)
    expect(formatMessage(request.remove('P-Asserted-Identity'))).not.to.include('evil')
  })

  it('OpenSIPS@3989e5e4f5 a name that begins a known one is another name', () => {
    const request = requestOf(optionsWith({ 'Content-L': '9', Vi: 'x', 'Contact-X': 'y' }))
    expect(request.get('Content-L')).to.equal('9')
    expect(request.getAll('Via')).to.have.length(1)
    expect(request.has('Contact')).to.equal(false)
  })

  it('a message is not changed by changing it', () => {
    const request = requestOf(optionsWith({ Route: route }))
    const before = formatMessage(request)
    request.set('Route', '<sip:x>').remove('From').append('A', 'b').removeFirst('Route').prepend('Via', 'SIP/2.0/UDP h')
    expect(formatMessage(request)).to.equal(before)
  })

  it('set replaces all lines where the first stood', () => {
    const request = requestOf(optionsWith({ 'X-A': '1', 'X-B': '2', 'x-a': '3' })).set('X-A', ['x', 'y'])
    expect(request.fields.slice(6).map(field => field.line)).to.deep.equal([
      'X-A: x\r\n',
      'X-A: y\r\n',
      'X-B: 2\r\n',
      'Content-Length: 0\r\n',
    ])
  })

  it('prepend and append put values before the first and after the last', () => {
    const request = requestOf(optionsWith({ Route: route, 'X-A': '1' }))
      .prepend('Route', '<sip:0;lr>')
      .append('Route', '<sip:9>')
    expect(request.getAll('Route').map(String)).to.deep.equal(['<sip:0;lr>', '<sip:a;lr>', '<sip:b;lr>', '<sip:9>'])
    expect(request.prepend('Record-Route', '<sip:r;lr>').fields[1]?.line).to.equal('Record-Route: <sip:r;lr>\r\n')
  })

  it('removeFirst, removeLast, updateFirst and updateLast are exact over comma lists', () => {
    const request = requestOf(optionsWith({ Route: '<sip:a;lr;x=%41>,<sip:b>', route: '<sip:c>' }))
    const list = (changed: typeof request): readonly string[] => changed.getAll('Route').map(String)
    expect(list(request.removeFirst('Route'))).to.deep.equal(['<sip:b>', '<sip:c>'])
    expect(list(request.removeLast('Route'))).to.deep.equal(['<sip:a;lr;x=%41>', '<sip:b>'])
    expect(list(request.removeLast('Route').removeLast('Route'))).to.deep.equal(['<sip:a;lr;x=%41>'])
    expect(list(request.updateFirst('Route', hop => hop.with({ uri: 'sip:z' })))).to.deep.equal([
      '<sip:z>',
      '<sip:b>',
      '<sip:c>',
    ])
    expect(list(request.updateLast('Route', hop => hop.with({ params: { q: 1 } })))[2]).to.equal('<sip:c>;q=1')
    expect(request.removeFirst('Missing')).to.equal(request)
    expect(request.updateFirst('Missing', value => value)).to.equal(request)
  })

  it('S-B1 updateFirst edits the top Via and not the last', () => {
    const request = requestOf(optionsWith({ v: 'SIP/2.0/UDP low' })).updateFirst('Via', via =>
      via.with({ received: '1.2.3.4' }),
    )
    expect(request.getAll('Via').map(via => via.received)).to.deep.equal(['1.2.3.4', undefined])
  })

  it('malformed values are absent, and known to be malformed', () => {
    const request = requestOf(optionsWith({ Contact: '<sip:a', Expires: '-1', Accept: 'a/b;;' }))
    for (const name of ['Contact', 'Expires', 'Accept']) {
      expect([request.get(name), request.getAll(name), request.has(name), request.isMalformed(name)]).to.deep.equal([
        undefined,
        [],
        true,
        true,
      ])
    }
    expect(request.removeFirst('Contact').has('Contact')).to.equal(false)
  })

  it('§20.32 empty lists are lists where they may be empty', () => {
    const request = requestOf(optionsWith({ Supported: '', Allow: '', Route: '' }))
    expect([
      request.isMalformed('Supported'),
      request.isMalformed('Allow'),
      request.isMalformed('Route'),
    ]).to.deep.equal([false, false, true])
  })

  it('E5 sipgo@409d482 builders refuse CR, LF, NUL and second values', () => {
    const request = requestOf(optionsWith())
    for (const bad of ['a\r\nEvil: 1', 'a\nb', 'a\rb', 'a\0', '\x1b[31m']) {
      for (const name of ['Subject', 'X-Unknown', 'Route', 'Call-ID', 'Warning', 'Allow']) {
        expect(() => request.set(name, bad), `${name} ${JSON.stringify(bad)}`).to.throw(TypeError)
      }
    }
    expect(() => request.set('X Bad', 'a')).to.throw(TypeError)
    expect(() => request.set('X:', 'a')).to.throw(TypeError)
    expect(() => request.set('From', '<sip:a>, <sip:b>')).to.throw(TypeError)
    expect(() => request.set('From', ['<sip:a>', '<sip:b>'])).to.throw(TypeError)
    expect(() => request.set('Max-Forwards', 256)).to.throw(TypeError)
    expect(() => request.set('Expires', 1.5)).to.throw(TypeError)
    expect(() => request.set('CSeq', { number: 1, method: 'A B' })).to.throw(TypeError)
    expect(() => request.set('Event', parameterised('a;b'))).to.throw(TypeError)
    expect(() => request.set('Replaces', parameterised('a, b'))).to.throw(TypeError)
  })

  it('an application adds a header of its own with a type', () => {
    const colour = defineHeader('X-Colour', 'list', token, { compact: 'q' })
    const grammar = standardGrammar.extend([colour])
    const parsed = parseMessage(optionsWith({ q: 'red, green', 'x-colour': 'blue' }), { grammar })
    expect(parsed.kind === 'ok' && parsed.message.getAll('X-Colour')).to.deep.equal(['red', 'green', 'blue'])
    expect(requestOf(optionsWith({ q: 'red, green' })).has('X-Colour')).to.equal(false)
  })

  it('every known header: what is read is written back and read as the same', () => {
    const samples: Readonly<Record<string, readonly string[]>> = {
      Accept: ['application/sdp;level=1, application/x-private, text/html;q=0.5', '*/*', ''],
      'Accept-Encoding': ['gzip;q=1.0, *;q=0'],
      'Accept-Language': ['da, en-gb;q=0.8'],
      'Alert-Info': ['<http://www.example.com/sounds/moo.wav>;x=1'],
      Allow: ['INVITE, ACK'],
      'Authentication-Info': ['nextnonce="47364c23432d2e131a5fb210812c", qop=auth, nc=00000001'],
      Authorization: ['Digest username="Alice", realm="atlanta.com", nonce="84a4", response="7587"'],
      'Call-Info': ['<http://wwww.example.com/alice/photo.jpg> ;purpose=icon, <http://x/> ;purpose=info'],
      'Content-Disposition': ['session;handling=optional'],
      'Content-Type': ['multipart/signed; protocol="application/pkcs7-signature"; micalg=sha1; boundary=b42'],
      Date: ['Sat, 13 Nov 2010 23:29:00 GMT'],
      Event: ['presence;id=a'],
      'Feature-Caps': ['*;+g.3gpp.srvcc, *;+x="a,b"'],
      'History-Info': ['<sip:a@h?Reason=SIP%3Bcause%3D302>;index=1.1'],
      Identity: ['eyJhbGciOiJFUzI1NiJ9.e30.abc;info=<https://cert.example.org/passport.cer>;alg=ES256'],
      'In-Reply-To': ['70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com'],
      'Min-SE': ['90'],
      'P-Access-Network-Info': ['3GPP-UTRAN-TDD; utran-cell-id-3gpp=234151D0FCE11'],
      'P-Asserted-Identity': ['"Cullen Jennings" <sip:fluffy@cisco.com>, tel:+14085264000'],
      'P-Charging-Vector': ['icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.net'],
      Path: ['<sip:P1.EXAMPLEVISITED.COM;lr>'],
      Privacy: ['id;critical', 'header, user'],
      'Proxy-Authenticate': [
        'Digest realm="atlanta.com", domain="sip:ss1.carrier.com", qop="auth,auth-int", stale=FALSE',
      ],
      RAck: ['776656 1 INVITE'],
      RSeq: ['988789'],
      Reason: ['SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=16'],
      'Refer-To': ['<sip:dave@denver.example.org?Replaces=12345%40x%3Bto-tag%3D1>'],
      'Referred-By': ['<sip:r@ref.example>;cid="20398823.2UWQFN309shb3@ref.example"'],
      Replaces: ['425928@bobster.example.org;to-tag=7743;from-tag=6472'],
      'Retry-After': ['18000;duration=3600', "120 (I'm in a (nested) meeting)"],
      'Session-Expires': ['4000;refresher=uac'],
      'Session-ID': ['f81d4fae7dec11d0a76500a0c91e6bf6;remote=00000000000000000000000000000000'],
      'Subscription-State': ['active;expires=60'],
      Timestamp: ['54', '54.6 0.21', '54.'],
      'User-Agent': ['Softphone/1.0 (beta; "x") y'],
      Warning: ['307 isi.edu "Session parameter \'foo\' not understood", 399 h:5060 "a, \\"b\\""'],
      'WWW-Authenticate': ['Digest realm="x", nonce="", opaque="", algorithm=SHA-256'],
    }
    for (const [name, values] of Object.entries(samples)) {
      for (const value of values) {
        const read = requestOf(optionsWith({ [name]: value }))
        expect(read.isMalformed(name), `${name}: ${value}`).to.equal(false)
        const typed = read.getAll(name)
        const written = typed.length === 0 ? read : read.set(name, typed)
        expect(written.getAll(name).map(String), name).to.deep.equal(typed.map(String))
        expect(requestOf(formatMessage(written)).getAll(name).map(plain), name).to.deep.equal(typed.map(plain))
      }
    }
  })

  it('B-21 B-19 §20.38 `Timestamp: 54` is read', () => {
    expect(requestOf(optionsWith({ Timestamp: '54' })).get('Timestamp')).to.deep.equal({ time: 54, delay: undefined })
  })

  it('§20.17 SYN-27 dates are in GMT', () => {
    expect(requestOf(optionsWith({ Date: 'Sat, 13 Nov 2010 23:29:00 GMT' })).get('Date')).to.equal(1_289_690_940_000)
    expect(requestOf(optionsWith({ Date: 'Fri, 01 Jan 2010 16:00:00 EST' })).get('Date')).to.equal(undefined)
  })

  it('§20.1 a range covers its types', () => {
    expect(covers(mediaType('*/*'), mediaType('a/b'))).to.equal(true)
    expect(covers(mediaType('A/*'), mediaType('a/b'))).to.equal(true)
    expect(covers(mediaType('a/c'), mediaType('a/b'))).to.equal(false)
    expect(() => mediaType('a')).to.throw(TypeError)
  })

  it('§25.1 challenges and credentials are quoted as the grammar says; S-B8 qop lists are one value', () => {
    const asked = challenge('Digest', { realm: 'r', nonce: 'n', algorithm: 'MD5', qop: 'auth' })
    const request = requestOf(optionsWith()).set('WWW-Authenticate', asked)
    expect(request.raw('WWW-Authenticate')).to.deep.equal(['Digest realm="r", nonce="n", algorithm=MD5, qop="auth"'])
    const given = credentials('Digest', { username: 'a"b', realm: 'r', qop: 'auth', nc: '00000001' })
    expect(
      request
        .set('Authentication-Info', authenticationInfo({ nextnonce: 'n', qop: 'auth' }))
        .raw('authentication-info'),
    ).to.deep.equal(['nextnonce="n", qop=auth'])
    expect(request.set('Authorization', given).raw('Authorization')).to.deep.equal([
      'Digest username="a\\"b", realm="r", qop=auth, nc=00000001',
    ])
  })

  it('CVE-2023-28098 odd credentials are malformed and nothing worse', () => {
    for (const value of [
      'Digest',
      'Digest ',
      'Digestn',
      'Digest a',
      'Digest =',
      'Digest a=,',
      'Digest a="',
      'Digest a=1,,b=2',
      'Digest a=1,',
    ]) {
      const request = requestOf(optionsWith({ Authorization: value }))
      expect(() => request.get('Authorization'), value).not.to.throw()
    }
    expect(requestOf(optionsWith({ Authorization: 'Digest a="' })).isMalformed('Authorization')).to.equal(true)
    expect(requestOf(optionsWith({ Authorization: 'Digest a=1,' })).isMalformed('Authorization')).to.equal(true)
  })

  it('any text set in a text header is read back', () => {
    const request = requestOf(optionsWith())
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), given => {
        const text = given.trim()
        fc.pre(!/\p{Surrogate}/u.test(text) && !/[\0-\x08\n-\x1f\x7f]/.test(text))
        expect(requestOf(formatMessage(request.set('Subject', text))).get('Subject')).to.equal(text)
      }),
    )
  })
})
