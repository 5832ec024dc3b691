import { isIP } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { numericAddress } from '../../../apps/sip/location/numeric-address.js'

describe('numeric hosts', () => {
  it('RFC 3263 §4.2 addresses stand for themselves, names for none', () => {
    expect(numericAddress('192.0.2.1')).to.equal('192.0.2.1')
    expect(numericAddress('2001:db8::1')).to.equal('2001:db8::1')
    expect(numericAddress('::ffff:192.0.2.1')).to.equal('::ffff:192.0.2.1')
    for (const name of ['example.com', 'a', '1.example', '192.0.2.1.example'])
      expect(numericAddress(name), name).to.equal(undefined)
  })

  it('RFC 5118 §4.10 the third colon is taken out', () => {
    expect(numericAddress('2001:db8:::192.0.2.1')).to.equal('2001:db8::192.0.2.1')
  })

  it('numbers that are no address are neither addresses nor names', () => {
    for (const host of [
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '1.2.3.',
      '01.2.3.4',
      '1::2::3',
      '1.2.3.4::',
      ':1',
      '1:2:3:4:5:6:7:8:9',
      'fe80::1%eth0',
    ]) {
      expect(numericAddress(host), host).to.equal('invalid')
    }
  })

  it('every address is one, and no other text with colons or of digits and dots is', () => {
    const group = fc.constantFrom('0', '1', 'f00d', '::', ':', '1.2.3.4', '255.0.0.256', '.', '12345')
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(group, { maxLength: 12 }).map(parts => parts.join(':')),
      fc.array(group, { maxLength: 4 }).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(text, host => {
        fc.pre((host.includes(':') || /^[\d.]+$/.test(host)) && !host.includes(':::'))
        expect(numericAddress(host), host).to.equal(isIP(host) === 0 ? 'invalid' : host)
      }),
      { numRuns: 2000 },
    )
  })
})
