import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Algorithm,
  algorithmOf,
  digest,
  ha1Of,
  hashOf,
  userhashOf,
} from '../../../../apps/sip/core/auth/digest.js'
import { hash } from '../../../../apps/sip/core/auth/hash.js'

/** The session description of the vectors with auth-int. */
const body = [
  'v=0',
  'o=bob 2890844526 2890844526 IN IP4 media.biloxi.com',
  's=-',
  'c=IN IP4 media.biloxi.com',
  't=0 0',
  'm=audio 49170 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  'm=video 51372 RTP/AVP 31',
  'a=rtpmap:31 H261/90000',
  'm=video 53000 RTP/AVP 32',
  'a=rtpmap:32 MPV/90000',
  '',
].join('\r\n')

describe('Digest', () => {
  describe('S-14 bob with zanzibar at biloxi.com', () => {
    const vectors = [
      ['without qop, as in RFC 2069', 'MD5', undefined, 'bf57e4e0d0bffc0fbaedce64d59add5e'],
      ['auth with MD5', 'MD5', 'auth', '89eb0059246c02b2f6ee02c7961d5ea3'],
      ['auth with MD5-sess', 'MD5-sess', 'auth', 'e4e4ea61d186d07a92c9e1f6919902e9'],
      ['auth-int with MD5', 'MD5', 'auth-int', 'bdbeebb2da6adb6bca02599c2239e192'],
      ['auth-int with MD5-sess', 'MD5-sess', 'auth-int', '91984da2d8663716e91554859c22ca70'],
    ] as const
    for (const [title, algorithm, qop, response] of vectors) {
      it(`§22.4 ${title}`, () => {
        const parts = {
          ...{ algorithm, qop, body, nc: '00000001', cnonce: '0a4f113b', method: 'INVITE', uri: 'sip:bob@biloxi.com' },
          ha1: ha1Of('MD5', 'bob', 'biloxi.com', 'zanzibar'),
          nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
        }
        expect(digest(parts)).to.equal(response)
      })
    }
  })

  const mufasa = [
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const
  for (const [algorithm, response] of mufasa) {
    it(`RFC 7616 §3.9.1 the example with ${algorithm}`, () => {
      const parts = {
        ...({ algorithm, qop: 'auth', nc: '00000001', method: 'GET', uri: '/dir/index.html', body: '' } as const),
        cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
        ha1: ha1Of(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life'),
        nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      }
      expect(digest(parts)).to.equal(response)
    })
  }

  it('RFC 7616 §3.9.2 the example with SHA-512-256 and a hashed name, as erratum 4897 has it', () => {
    const [name, realm] = ['Jäsøn Doe', 'api@example.org']
    const parts = {
      ...({
        algorithm: 'SHA-512-256',
        qop: 'auth',
        nc: '00000001',
        method: 'GET',
        uri: '/doe.json',
        body: '',
      } as const),
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      ha1: ha1Of('SHA-512-256', name, realm, 'Secret, or not?'),
      nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
    }
    expect(digest(parts)).to.equal('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5')
    const hashed = '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b'
    expect(userhashOf('SHA-512-256', name, realm)).to.equal(hashed)
    // RFC 7616 §4: however the letters were composed.
    expect(userhashOf('SHA-512-256', name.normalize('NFD'), realm)).to.equal(hashed)
  })

  it('RFC 8760 §2.6 the hash of no body is that of the empty string', () => {
    expect(hash('SHA-256', '')).to.equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(hash('MD5', '')).to.equal('d41d8cd98f00b204e9800998ecf8427e')
  })

  it('RFC 8760 §2.2 a digest is 32 digits for MD5 and 64 for the others, each part of it counts', () => {
    const text = fc.string({ unit: 'binary' })
    const algorithms: Algorithm[] = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess']
    fc.assert(
      fc.property(fc.constantFrom(...algorithms), text, text, text, (algorithm, nonce, cnonce, uri) => {
        const parts = {
          ...({ algorithm, nonce, cnonce, uri, qop: 'auth', nc: '00000001', method: 'INFO', body: '' } as const),
          ha1: ha1Of(hashOf(algorithm), 'bob', 'r', 'p'),
        }
        const value = digest(parts)
        expect(value).to.match(hashOf(algorithm) === 'MD5' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/)
        const changes = [{ nonce: `${nonce}x` }, { cnonce: `${cnonce}x` }, { uri: `${uri}x` }, { nc: '00000002' }]
        for (const change of changes) expect(digest({ ...parts, ...change })).not.to.equal(value)
        expect(digest({ ...parts, body: 'x' })).to.equal(value)
        expect(digest({ ...parts, qop: 'auth-int', body: 'x' })).not.to.equal(digest({ ...parts, qop: 'auth-int' }))
      }),
      { numRuns: 50 },
    )
  })

  it('RFC 7616 §3.3 algorithms are named in any case, MD5 is meant where none is', () => {
    expect(algorithmOf(undefined)).to.equal('MD5')
    expect(algorithmOf('sha-256-SESS')).to.equal('SHA-256-sess')
    for (const unknown of ['', 'SHA-1', 'MD5 ', '__proto__']) expect(algorithmOf(unknown), unknown).to.equal(undefined)
  })
})
