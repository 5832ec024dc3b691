import { expect } from 'chai'
import { request } from '../../../apps/scenario/scenario.js'
import { preferred } from '../../../apps/sip/core/caller-preferences.js'
import type { Core, Features } from '../../../apps/sip/sip.js'
import { toAddress } from '../../../apps/sip/syntax/address.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { passing } from '../../scenario/passing.js'

/** The users of the contacts that are left, best first; `wants` are lines of the request. */
function ordered(contacts: readonly string[], wants: Record<string, string | readonly string[]>): string {
  const invite = createRequest('INVITE', 'sip:user@example.com', {
    ...{ from: toAddress('<sip:a@example.com>;tag=a'), to: toAddress('sip:user@example.com'), callId: 'a', cseq: 1 },
    headers: wants,
  })
  return preferred(
    contacts.map(contact => toAddress(contact)),
    invite,
  )
    .map(({ uri }) => uri.user)
    .join(' ')
}

describe('caller preferences', () => {
  it('EXT-17 RFC 3841 §7.2.5 the example: u3 is rejected, u2 lacks what is required, u5 is immune', () => {
    const contacts = [
      '<sip:u1@h.example.com>;audio;video;methods="INVITE,BYE";q=0.2',
      '<sip:u2@h.example.com>;audio="FALSE";methods="INVITE";actor="msg-taker";q=0.2',
      '<sip:u3@h.example.com>;audio;actor="msg-taker";methods="INVITE";video;q=0.3',
      '<sip:u4@h.example.com>;audio;methods="INVITE,OPTIONS";q=0.2',
      '<sip:u5@h.example.com>;q=0.5',
    ]
    const wants = {
      'Reject-Contact': '*;actor="msg-taker";video',
      'Accept-Contact': ['*;audio;require', '*;video;explicit', '*;methods="BYE";class="business";q=1.0'],
    }
    expect(ordered(contacts, wants)).to.equal('u5 u1 u4')
    expect(ordered(contacts.toReversed(), wants)).to.equal('u5 u1 u4')
  })

  it('EXT-17 RFC 3841 §7.2.4 by q first, then by how well they do; each part of a preference counts', () => {
    const contacts = [
      '<sip:none@h>;automata',
      '<sip:half@h>;audio',
      '<sip:all@h>;audio;video',
      '<sip:late@h>;audio;video;q=0.4',
    ]
    expect(ordered(contacts, { 'Accept-Contact': '*;audio;video' })).to.equal('all half none late')
    expect(ordered(contacts, { 'Accept-Contact': '*;audio;video;explicit' })).to.equal('all none half late')
    expect(ordered(contacts, { 'Accept-Contact': '*;audio;video;require' })).to.equal('all half none late')
    expect(ordered(contacts, { 'Accept-Contact': '*;audio;video;explicit;require' })).to.equal('all late')
    expect(ordered(contacts, { 'Accept-Contact': ['*;audio', '*;video;explicit'] })).to.equal('all half none late')
    expect(ordered(contacts, {})).to.equal('none half all late')
  })

  it('EXT-17 RFC 3841 §7.2.4 Reject-Contact drops who says that it has all of that, and nobody else', () => {
    const contacts = [
      '<sip:both@h>;audio;video',
      '<sip:one@h>;video',
      '<sip:no@h>;audio="FALSE";video',
      '<sip:silent@h>',
    ]
    expect(ordered(contacts, { 'Reject-Contact': '*;audio;video' })).to.equal('silent one no')
    expect(ordered(contacts, { 'Reject-Contact': ['*;audio', '*;video'] })).to.equal('silent')
    // It says nothing: by §7.2.4 all of nothing is what everybody has.
    expect(ordered(contacts, { 'Accept-Contact': '*;other=1;require' })).to.equal('both one no silent')
  })

  it('EXT-17 RFC 3841 §8 lists, negations, numbers and strings are compared as what they are', () => {
    const required = (contact: string, asked: string): boolean =>
      ordered([`<sip:u@h>;${contact}`], { 'Accept-Contact': `*;${asked};require` }) === 'u'
    for (const [contact, asked, isMatch] of [
      ['methods="INVITE,BYE"', 'methods="MESSAGE,bye"', true],
      ['methods="INVITE,BYE"', 'methods="MESSAGE"', false],
      ['mobility="fixed"', 'mobility="!fixed"', false],
      ['mobility="mobile"', 'mobility="!fixed"', true],
      ['mobility="!fixed"', 'mobility="!mobile"', true],
      ['mobility="!fixed"', 'mobility="fixed"', false],
      ['priority="#5"', 'priority="#>=4"', true],
      ['priority="#3"', 'priority="#>=4"', false],
      ['priority="#1:4"', 'priority="#4:6"', true],
      ['priority="#1:4"', 'priority="#4.5:6"', false],
      ['priority="#<=4"', 'priority="!#=4"', true],
      ['priority="#=4"', 'priority="!#<=4"', false],
      ['priority="#=4"', 'priority="4"', false],
      ['description="<A phone>"', 'description="<A phone>"', true],
      ['description="<A phone>"', 'description="<a phone>"', false],
      ['class="Business"', 'class="business"', true],
      ['+sip.message', '+SIP.message="TRUE"', true],
      ['+sip.message', '+sip.message="FALSE"', false],
      ['audio', 'audio="TRUE"', true],
      ['audio', 'odd="nothing"', true],
    ] as const) {
      expect([contact, asked, required(contact, asked)]).to.deep.equal([contact, asked, isMatch])
    }
  })

  describe('at a user agent server', () => {
    const features: Features = {
      audio: true,
      video: false,
      mobility: 'fixed',
      methods: 'INVITE,BYE,OPTIONS',
      '+sip.message': true,
    }

    function asked(
      core: Partial<Core>,
      statuses: readonly (readonly [Record<string, string>, number])[],
    ): Promise<unknown> {
      return passing(async stage => {
        const whole: Core = { name: 'phone', match: () => true, OPTIONS: options => void options.reply(200), ...core }
        const bob = await stage.stack('bob', { cores: [whole] })
        const alice = await stage.raw('alice')
        for (const [headers, status] of statuses) {
          alice.send('OPTIONS', { to: bob, headers })
          await alice.expect(status)
        }
      })
    }

    it('EXT-17 RFC 3841 §6 gives 480 to who does not want it, and serves all others', () =>
      asked({ features }, [
        [{}, 200],
        [{ 'Accept-Contact': '*;audio;require' }, 200],
        [{ a: '*;video;require;explicit' }, 480],
        [{ 'Accept-Contact': '*;video' }, 200],
        [{ 'Accept-Contact': '*;text;require;explicit' }, 480],
        [{ 'Accept-Contact': '*;text;require' }, 200],
        [{ 'Reject-Contact': '*;mobility="fixed"' }, 480],
        [{ j: '*;mobility="fixed";automata' }, 200],
        [{ 'Reject-Contact': '*;mobility="mobile"' }, 200],
      ]))

    it('EXT-17 RFC 3841 §6 asks that before it looks at the method, and after who asks', () =>
      passing(async stage => {
        const bob = await stage.stack('bob', { cores: [{ name: 'phone', match: () => true, features }] })
        const alice = await stage.raw('alice')
        const headers = { 'Reject-Contact': '*;audio' }
        alice.send('MESSAGE', { to: bob, headers })
        await alice.expect(480)
        alice.send('MESSAGE', { to: bob })
        await alice.expect(405)
        const authenticate = { realm: 'biloxi.com', lookup: () => undefined }
        bob.stack.register({ name: 'phone', match: () => true, features, authenticate })
        alice.send('OPTIONS', { to: bob, headers })
        await alice.expect(401)
      }))

    it('EXT-17 RFC 3841 §7.2.3 is immune where it says nothing of itself', () =>
      asked({}, [[{ 'Reject-Contact': '*;audio', 'Accept-Contact': '*;video;require;explicit' }, 200]]))

    it('RFC 3840 §5 registers what it is capable of', () =>
      passing(async stage => {
        const registrar = await stage.raw('registrar')
        const { stack } = await stage.stack('alice')
        stack.keepRegistered('sip:alice@example.com', { registrar: registrar.uri(), features })
        const written = /;audio;video="FALSE";mobility="fixed";methods="INVITE,BYE,OPTIONS";\+sip\.message$/
        await registrar.expect(request('REGISTER', { headers: { Contact: written } }))
        registrar.send(200)
        await stack.close()
      }))

    it('refuses what is no feature', () =>
      passing(async stage => {
        const { stack } = await stage.stack('alice')
        for (const wrong of [{ odd: true }, { audio: '' }, { class: 'a"b' }, { '+a b': true }, { class: 'a\r\nb' }]) {
          expect(() => stack.register({ name: 'wrong', match: () => true, features: wrong })).to.throw(
            TypeError,
            'feature',
          )
          expect(() => stack.keepRegistered('sip:a@example.com', { features: wrong })).to.throw(TypeError, 'feature')
        }
      }))
  })
})
