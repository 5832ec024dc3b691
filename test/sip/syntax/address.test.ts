import { expect } from 'chai'
import fc from 'fast-check'
import { type Address, createAddress, parseAddress } from '../../../apps/sip/syntax/address.js'
import { Cursor } from '../../../apps/sip/syntax/cursor.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { requestOf } from './samples.js'

function address(text: string): Address | undefined {
  const cursor = new Cursor(text)
  const parsed = parseAddress(cursor)
  return cursor.atEnd ? parsed : undefined
}

describe('sip/syntax/address', () => {
  it('§20.10 without brackets the parameters are the header’s', () => {
    const parsed = address('sip:bob@example.com;tag=x;transport=tcp')
    expect(parsed?.tag).to.equal('x')
    expect(parsed?.uri.params.size).to.equal(0)
    expect(address('<sip:bob@example.com;transport=tcp>;tag=x')?.uri.params.get('transport')).to.equal('tcp')
  })

  it('§20.10 a URI with a comma, question mark or semicolon must be in brackets [3261-20.10-1]', () => {
    expect(address('sip:user@example.com?Route=%3Csip:x%3E')).to.equal(undefined)
    expect(address('<sip:a,b@example.com?x=y>')?.uri.user).to.equal('a,b')
  })

  it('§25.1 display names: quoted pairs, empty, UTF-8, no blank before the bracket', () => {
    expect(address('"a \\"b\\" \\\\c" <sip:h>')?.displayName).to.equal('a "b" \\c')
    expect(address('"" <sip:h>')?.displayName).to.equal('')
    expect(address('<sip:h>')?.displayName).to.equal(undefined)
    expect(address('caller<sip:h>')?.displayName).to.equal('caller')
    expect(address('Ann  de Vries <sip:h>')?.displayName).to.equal('Ann  de Vries')
    expect(address('"J\xc3\xbcrgen" <sip:h>')?.displayName).to.equal('Jürgen')
    expect(address('"J\xfcrgen" <sip:h>')?.displayName).to.equal('J\xfcrgen')
  })

  it('siphon-sip@8217ed5: expires within the brackets is not the Contact’s', () => {
    expect(address('<sip:h;expires=5>')?.expires).to.equal(undefined)
    expect(address('<sip:h;expires=5>;expires=7')?.expires).to.equal(7)
    expect(address('<sip:h>;expires=x')?.expires).to.equal(3600)
  })

  it('§20.10 q is 0 to 1 with three digits; B-21 `q=1` is read', () => {
    expect(address('<sip:h>;q=1')?.q).to.equal(1)
    expect(address('<sip:h>;q=0.5')?.q).to.equal(0.5)
    expect(address('<sip:h>;q=2')?.q).to.equal(1)
  })

  it('CVE-2021-43611 display names that end in a backslash', () => {
    for (const text of ['"abc\\', '"\\" <sip:h>', '\\', '"abc\\" <sip:h>'])
      expect(address(text), text).to.equal(undefined)
  })

  it('CVE-2021-33056 addresses that hold no SIP URI', () => {
    for (const text of ['/', '</>', '<>', 'x <>', '', 'None', '<sip:h', 'sip:h>', '<sip:h> x']) {
      expect(address(text), text).to.equal(undefined)
    }
    expect(address('tel:+1')?.uri.scheme).to.equal('tel')
    expect(address('<http://a/b?c>')?.uri.opaque).to.equal('//a/b?c')
  })

  it('B-21 `sip:a@b, <sip:c@d>` is two addresses and no display name', () => {
    const contacts = requestOf(optionsWith({ Contact: 'sip:a@b, <sip:c@d>;q=1' })).getAll('Contact')
    expect(contacts.map(String)).to.deep.equal(['sip:a@b', '<sip:c@d>;q=1'])
  })

  it('§10.2.2 `*` is a Contact', () => {
    expect(requestOf(optionsWith({ Contact: '*' })).get('Contact')?.isWildcard).to.equal(true)
    expect(requestOf(optionsWith({ Contact: '<sip:h>' })).get('Contact')?.isWildcard).to.equal(false)
  })

  it('what is built can be read again: any display name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), name => {
        fc.pre(!/\p{Surrogate}/u.test(name) && !/[\0-\x08\n-\x1f\x7f]/.test(name))
        const built = createAddress({ displayName: name, uri: 'sip:h', params: { x: 'a b' }, tag: 't' })
        const again = address(String(built))
        expect(again?.displayName).to.equal(name)
        expect(again?.tag).to.equal('t')
        expect(again?.params.get('x')).to.equal('a b')
      }),
    )
  })

  it('builders throw TypeError for control characters and bad URIs', () => {
    expect(() => createAddress({ displayName: 'a\r\nb', uri: 'sip:h' })).to.throw(TypeError)
    expect(() => createAddress({ displayName: 'a\0', uri: 'sip:h' })).to.throw(TypeError)
    expect(() => createAddress({ uri: 'h' })).to.throw(TypeError)
    expect(() => createAddress({ uri: 'sip:h', tag: 'a\nb' })).to.throw(TypeError)
  })
})
