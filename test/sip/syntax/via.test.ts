import { expect } from 'chai'
import { Cursor } from '../../../apps/sip/syntax/cursor.js'
import { createVia, formatVia, parseVia, type Via } from '../../../apps/sip/syntax/via.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { requestOf } from './samples.js'

function via(text: string): Via | undefined {
  const cursor = new Cursor(text)
  const parsed = parseVia(cursor)
  return cursor.atEnd ? parsed : undefined
}

describe('sip/syntax/via', () => {
  it('§20.42 reads protocol, sent-by and parameters, with blanks around the slashes', () => {
    const parsed = via(
      'SIP / 2.0 / tcp  first.example.com : 4000 ; ttl=16 ; maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1',
    )
    expect(parsed).to.include({
      protocol: 'SIP',
      version: '2.0',
      transport: 'TCP',
      host: 'first.example.com',
      port: 4000,
    })
    expect(parsed).to.include({ ttl: 16, maddr: '224.2.0.1', branch: 'z9hG4bKa7c6a8dlze.1', received: undefined })
  })

  it('RFC 3581 §3 rport is a flag or a port', () => {
    expect(via('SIP/2.0/UDP h;rport')?.rport).to.equal(true)
    expect(via('SIP/2.0/UDP h;rport=5060')?.rport).to.equal(5060)
    expect(via('SIP/2.0/UDP h')?.rport).to.equal(undefined)
    expect(via('SIP/2.0/UDP h;rport=x')?.rport).to.equal(undefined)
    expect(via('SIP/2.0/UDP h;rport=70000')?.rport).to.equal(undefined)
  })

  it('RFC 5118 §4.5 received comes with or without brackets and goes without', () => {
    expect(via('SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255]')?.received).to.equal('2001:db8::9:255')
    const parsed = via('SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255')
    expect(parsed?.received).to.equal('2001:db8::9:255')
    expect(parsed?.host).to.equal('2001:db8::9:1')
    expect(parsed && formatVia(parsed.with({ received: '[2001:db8::1]' }))).to.equal(
      'SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::1',
    )
  })

  it('§18.2.1 received and rport change nothing else of the line', () => {
    const parsed = via('SIP/2.0/udp h:5060;branch=z9hG4bK1;rport;X="a;b,\\"c"')
    const stamped = parsed?.with({ received: '192.0.2.9', rport: 40_000 })
    expect(String(stamped)).to.equal('SIP/2.0/UDP h:5060;branch=z9hG4bK1;rport=40000;X="a;b,\\"c";received=192.0.2.9')
  })

  it('§18.2.1 stamping the top Via leaves all other lines as they were', () => {
    const text = optionsWith({ 'x-Odd ': '  a ,  b  ', 'User-Agent': 'u' })
    const request = requestOf(text).updateFirst('Via', top => top.with({ received: '192.0.2.9', rport: 9 }))
    const stamped = request.fields.map(field => field.line).join('')
    expect(stamped).to.equal(
      requestOf(text)
        .fields.map(field => field.line)
        .join('')
        .replace(';rport', ';rport=9;received=192.0.2.9'),
    )
  })

  it('refuses malformed values', () => {
    for (const text of [
      '',
      'SIP/2.0/UDP',
      'SIP/2.0/UDP ',
      'SIP/2.0/UDPhost',
      'SIP/2.0 UDP h',
      '/2.0/UDP h',
      'SIP/2.0/UDP h;',
      'SIP/2.0/UDP h:',
      'SIP/2.0/UDP h:x',
      'SIP/2.0/UDP h;branch=',
      'SIP/2.0/UDP h;;branch=a',
      'SIP/2.0/UDP h;branch=a;Branch=b',
      'SIP/2.0/UDP h;x="a',
      'SIP/2.0/UDP 2001:db8::1',
      'SIP/2.0/UDP [::1',
    ]) {
      expect(via(text), text).to.equal(undefined)
    }
  })

  it('builders throw TypeError for what is no token, host or port', () => {
    const own = createVia({ transport: 'udp', host: 'h' })
    expect(String(own)).to.equal('SIP/2.0/UDP h')
    expect(() => own.with({ branch: 'a;b' })).to.throw(TypeError)
    expect(() => own.with({ branch: 'a\r\nX: y' })).to.throw(TypeError)
    expect(() => own.with({ host: 'a b' })).to.throw(TypeError)
    expect(() => own.with({ received: 'a;b' })).to.throw(TypeError)
    expect(() => own.with({ port: -1 })).to.throw(TypeError)
    expect(() => own.with({ params: { 'a b': 'x' } })).to.throw(TypeError)
    expect(() => own.with({ params: { a: 'x\n' } })).to.throw(TypeError)
    expect(String(own.with({ params: { a: 'x y' } }))).to.equal('SIP/2.0/UDP h;a="x y"')
  })
})
