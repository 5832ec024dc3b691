import { expect } from 'chai'
import { request, response } from '../../../apps/scenario/scenario.js'
import { type Core, completedElsewhere, type Reason } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

const elsewhere = 'SIP;cause=200;text="Call completed elsewhere"'
const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'

/** Tells what it hears of the ends of calls, and answers only who does not want it to ring. */
function callee(heard: [string, readonly Reason[]][]): Core {
  return {
    name: 'callee',
    match: () => true,
    INVITE: invite => {
      invite.reply(180)
      if (invite.request.uri.user === 'quick') invite.reply(200)
    },
    CANCEL: invite => void heard.push([`CANCEL ${invite.request.method}`, invite.reasons]),
    BYE: bye => void heard.push(['BYE', bye.reasons]),
  }
}

describe('Reason', () => {
  for (const [how, late] of [
    ['the CANCEL of a call that is given up', false],
    ['the BYE, too, where the answer has crossed the CANCEL', true],
  ] as const) {
    it(`EXT-19 RFC 3326 §2 stands in ${how}`, () =>
      passing(async stage => {
        const { bob, call, invite } = await placed(stage)
        call.cancel({ reason: completedElsewhere })
        bob.send(180)
        const [cancel] = await bob.expect(request('CANCEL', { headers: { Reason: elsewhere } }))
        bob.send(200, { for: cancel })
        bob.send(late ? 200 : 487, { for: invite })
        await bob.expect('ACK')
        if (late) {
          const [bye] = await bob.expect(request('BYE', { headers: { Reason: elsewhere } }))
          bob.send(200, { for: bye })
        }
        expect((await call.outcome).kind).to.equal('cancelled')
      }))
  }

  it('EXT-19 RFC 3326 §2 is only where it is given', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      call.cancel()
      const [cancel] = await bob.expect(request('CANCEL', { headers: { Reason: false } }))
      bob.send(200, { for: cancel })
      bob.send(487, { for: invite })
      await bob.expect('ACK')
    }))

  for (const [what, options] of [
    ['', {}],
    [', while their caller waits for them', { auth: { username: 'alice', password: 'secret' } }],
  ] as const) {
    it(`EXT-19 RFC 3326 §3.1 says to further branches that answer that the call was completed elsewhere${what}`, () =>
      passing(async stage => {
        const { bob, call, invite } = await placed(stage, options)
        bob.send(200)
        await bob.expect('ACK')
        const dialog = await dialogOf(call)
        bob.send(200, { for: invite, headers: { To: `<${bob.uri()}>;tag=another` } })
        const [ack, bye] = await bob.expect(request('ACK'), request('BYE', { headers: { Reason: elsewhere } }))
        expect([ack.to.tag, bye.to.tag]).to.deep.equal(['another', 'another'])
        bob.send(200, { for: bye })
        await hungUp(bob, dialog, { headers: { Reason: false } })
      }))
  }

  it('EXT-19 RFC 3326 §3.1 says it to those whose call the application completes elsewhere', () =>
    passing(async stage => {
      const heard: [string, readonly Reason[]][] = []
      const bob = await stage.stack('bob', { cores: [callee(heard)] })
      const { stack } = await stage.stack('alice')
      const calls = ['slow', 'quick'].map(user => stack.invite(bob.uri(user)))
      const [slow, quick] = calls
      const first = await quick?.outcome
      if (first?.kind !== 'answered') return expect.fail(first?.kind)
      slow?.cancel({ reason: completedElsewhere })
      expect((await slow?.outcome)?.kind).to.equal('cancelled')
      await first.dialog.bye({ reason: [{ cause: 486 }, { protocol: 'Q.850', cause: 16, text: 'a "gr\u00fcn" \\ b' }] })
      expect(heard).to.deep.equal([
        ['CANCEL INVITE', [completedElsewhere]],
        [
          'BYE',
          [
            { protocol: 'SIP', cause: 486 },
            { protocol: 'Q.850', cause: 16, text: 'a "gr\u00fcn" \\ b' },
          ],
        ],
      ])
    }))

  it('EXT-19 RFC 3326 §3.2 says to a callee whose offer cannot be accepted that it is 488', () =>
    passing(async stage => {
      const { alice, bob, call } = await placed(stage, {
        answer: () => {
          throw new Error('none of these')
        },
      })
      bob.send(200, { body: offer })
      const reason = 'SIP;cause=488;text="Not Acceptable Here"'
      const [, bye] = await bob.expect(request('ACK'), request('BYE', { headers: { Reason: reason } }))
      bob.send(200, { for: bye })
      expect((await call.outcome).kind).to.equal('cancelled')
      expect(alice.errors().join()).to.include('none of these')
    }))

  it('RFC 3326 §2 comes as it is written: several values, causes that are none, none at all', () =>
    passing(async stage => {
      const heard: [string, readonly Reason[]][] = []
      const bob = await stage.stack('bob', { cores: [callee(heard)] })
      const alice = await stage.raw('alice')
      const written = ['SIP ;cause=600 ;text="Busy Everywhere", Q.850;cause=x', 'preemption', ';', undefined]
      for (const value of written) {
        alice.send('INVITE', { to: bob })
        await alice.expect(180)
        alice.send('CANCEL', { headers: value === undefined ? {} : { Reason: value } })
        await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
        alice.send('ACK')
      }
      expect(heard.map(([, reasons]) => reasons)).to.deep.equal([
        [{ protocol: 'SIP', cause: 600, text: 'Busy Everywhere' }, { protocol: 'Q.850' }],
        [{ protocol: 'preemption' }],
        [],
        [],
      ])
    }))

  it('EXT-19 RFC 3326 §2 is one of each protocol, and what can be written [3326-2-2]', () =>
    passing(async stage => {
      const { bob, call } = await placed(stage)
      for (const reason of [
        [{ cause: 200 }, { protocol: 'sip', cause: 600 }],
        [],
        { protocol: 'a b' },
        { cause: 1.5 },
        { text: 'a\r\nb' },
      ]) {
        expect(() => call.cancel({ reason })).to.throw(TypeError)
      }
      bob.send(200)
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      expect(() => dialog.bye({ reason: { protocol: 'a b' } })).to.throw(TypeError)
      const ended = dialog.bye({ reason: { protocol: 'Q.850', text: 'ok' }, headers: { Subject: 'hi' } })
      await bob.expect(request('BYE', { headers: { Reason: 'Q.850;text="ok"', Subject: 'hi' } }))
      bob.send(200)
      await ended
    }))
})
