/** Calls with a session timer: RFC 4028 §7, §9, §10. */

import { expect } from 'chai'
import type { RawPeer, Stage } from '../../../apps/scenario/scenario.js'
import { request, response } from '../../../apps/scenario/scenario.js'
import type { SessionTimer } from '../../../apps/sip/core/session-interval.js'
import type { ActiveDialog, Core, Incoming, InviteOptions } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

const sdp = (version: number): string => `v=0\r\no=- 9 ${version} IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n`
const described = (version: number): { headers: { 'Content-Type': string }; body: string } => ({
  headers: { 'Content-Type': 'application/sdp' },
  body: sdp(version),
})

type Headers = Readonly<Record<string, string>>

/** alice, who has a stack, calls bob, who answers with these headers. */
async function calling(
  stage: Stage,
  options: InviteOptions,
  granted: Headers,
): Promise<{ readonly bob: RawPeer; readonly dialog: ActiveDialog; readonly began: number }> {
  const { bob, call } = await placed(stage, { body: sdp(1), ...options })
  bob.send(200, { headers: { ...described(5).headers, ...granted }, body: sdp(5) })
  await bob.expect('ACK')
  return { bob, dialog: await dialogOf(call), began: stage.now }
}

/** alice calls bob, who has a stack, with these headers. */
async function called(stage: Stage, core: Partial<Core>, asked: Headers): Promise<RawPeer> {
  const accepts: Core = {
    name: 'bob',
    match: () => true,
    INVITE: invite => void invite.reply(200, { body: sdp(5) }),
    ...core,
  }
  const bob = await stage.stack('bob', { cores: [accepts] })
  const alice = await stage.raw('alice')
  alice.send('INVITE', { to: bob, headers: { ...described(1).headers, ...asked }, body: sdp(1) })
  return alice
}

async function over(peer: RawPeer): Promise<void> {
  await hungUpBy(peer)
}

describe('a call with a session timer', () => {
  it('EXT-05 RFC 4028 §7.1, §7.2 a caller asks, and refreshes by UPDATE without offer at half the interval [4028-7.1-1] [4028-7.2-1] [4028-7.2-4] [4028-7.4-1] [4028-7.4-10]', () =>
    passing(async stage => {
      const granted = { 'Session-Expires': '100;refresher=uac', Require: 'timer', Allow: 'INVITE, UPDATE' }
      const { bob, began } = await calling(stage, { sessionTimer: { expires: 1800, min: 100 } }, granted)
      for (const at of [50_000, 100_000]) {
        await stage.pause(began + at - stage.now - 10)
        const [update] = await bob.expect('UPDATE')
        expect(stage.now - began).to.be.within(at - 50, at + 50)
        expect(update.body).to.equal('')
        expect(update.raw('Session-Expires')).to.deep.equal(['100;refresher=uac'])
        expect(update.raw('Supported')).to.deep.equal(['timer'])
        bob.send(200, { headers: { 'Session-Expires': '100;refresher=uac', Require: 'timer' } })
      }
      await over(bob)
      await bob.silence(200_000)
    }))

  it('EXT-05 RFC 4028 §7.1 what a caller asks for, and what it says by itself [4028-7.1-1] [4028-7.1-2] [4028-7.1-4] [4028-7.1-5] [4028-7.1-6] [4028-5-1]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      for (const [sessionTimer, supported, asked] of [
        [undefined, '100rel, timer', ['', '']],
        [false, '100rel', ['', '']],
        [{ expires: 1800 }, '100rel, timer', ['1800', '']],
        [{ min: 300 }, '100rel, timer', ['', '300']],
        [{ expires: 600, min: 300, refresher: 'uas' }, '100rel, timer', ['600;refresher=uas', '300']],
      ] as const) {
        const call = alice.stack.invite(bob.uri(), sessionTimer === undefined ? {} : { sessionTimer })
        const [invite] = await bob.expect('INVITE')
        expect(invite.raw('Supported').join()).to.equal(supported)
        expect([invite.raw('Session-Expires').join(), invite.raw('Min-SE').join()]).to.deep.equal(asked)
        bob.send(486)
        await bob.expect('ACK')
        await call.outcome
      }
      void alice.stack.invite(bob.uri(), { sessionTimer: { expires: 1800 }, headers: { Require: 'timer' } })
      const [insisting] = await bob.expect('INVITE')
      expect([insisting.raw('Supported').join(), insisting.raw('Require').join()]).to.deep.equal([
        '100rel, timer',
        'timer',
      ])
      bob.send(486)
      await bob.expect('ACK')
      const wrong: readonly SessionTimer[] = [
        { expires: 89 },
        { min: 10 },
        { expires: 100, min: 101 },
        { expires: 90.5 },
      ]
      for (const sessionTimer of wrong) {
        expect(() => alice.stack.invite(bob.uri(), { sessionTimer })).to.throw(TypeError)
      }
    }))

  it('EXT-05 RFC 4028 §7.4 without UPDATE the refresh is a re-INVITE whose offer has not changed [4028-7.2-2] [4028-7.4-10] [4028-7.4-11]', () =>
    passing(async stage => {
      const granted = { 'Session-Expires': '100;refresher=uac', Require: 'timer' }
      const { bob, dialog } = await calling(stage, {}, granted)
      await stage.pause(50_000)
      const [invite] = await bob.expect('INVITE')
      expect(invite.body).to.equal(sdp(1))
      bob.send(200, { headers: { ...granted, 'Content-Type': 'application/sdp' }, body: sdp(5) })
      await bob.expect('ACK')
      await hungUp(bob, dialog)
    }))

  it('EXT-05 RFC 4028 §7.3, §7.4 a 422 has the call asked for once more, for as long as each proxy wants [4028-7.3-1] [4028-7.4-3] [4028-7.4-4]', () =>
    passing(async stage => {
      const { bob, call, invite: first } = await placed(stage, { sessionTimer: { expires: 90, refresher: 'uac' } })
      bob.send(422, { headers: { 'Min-SE': '3600' } })
      const [, second] = await bob.expect('ACK', 'INVITE')
      expect(second.raw('Min-SE').join()).to.equal('3600')
      expect(second.raw('Session-Expires').join()).to.equal('3600;refresher=uac')
      expect(second.callId).to.equal(first.callId)
      expect(second.from.tag).to.equal(first.from.tag)
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      bob.send(422, { headers: { 'Min-SE': '4000' } })
      const [, third] = await bob.expect('ACK', 'INVITE')
      expect(third.raw('Min-SE').join()).to.equal('4000')
      bob.send(422, { headers: { 'Min-SE': '4000' } })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('rejected')
    }))

  it('EXT-05 RFC 4028 §7.3 a 422 to a refresh raises its interval, and the session lives on [4028-7.4-2] [4028-7.4-6]', () =>
    passing(async stage => {
      const granted = { 'Session-Expires': '100;refresher=uac', Require: 'timer', Allow: 'UPDATE' }
      const { bob } = await calling(stage, {}, granted)
      await stage.pause(50_000)
      await bob.expect('UPDATE')
      bob.send(422, { headers: { 'Min-SE': '400' } })
      const [update] = await bob.expect('UPDATE')
      expect(update.raw('Session-Expires').join()).to.equal('400;refresher=uac')
      expect(update.raw('Min-SE').join()).to.equal('400')
      bob.send(200, { headers: { 'Session-Expires': '400;refresher=uac', Require: 'timer' } })
      await bob.silence(190_000)
      await over(bob)
    }))

  it('EXT-05 RFC 4028 §10 the peer does not refresh: BYE before the session expires [4028-10-3] [4028-10-4]', () =>
    passing(async stage => {
      const granted = { 'Session-Expires': '120;refresher=uas', Require: 'timer' }
      const { bob, dialog, began } = await calling(stage, { sessionTimer: { expires: 120 } }, granted)
      await stage.pause(87_900)
      await bob.expect('BYE')
      expect(stage.now - began).to.be.within(87_900, 88_100)
      bob.send(200)
      expect(await dialog.ended).to.equal('lost')
    }))

  for (const status of [408, 481]) {
    it(`EXT-05 RFC 4028 §10 a refresh that gets ${status} ends the call with BYE`, () =>
      passing(async stage => {
        const granted = { 'Session-Expires': '100;refresher=uac', Require: 'timer', Allow: 'UPDATE' }
        const { bob, dialog } = await calling(stage, {}, granted)
        await stage.pause(50_000)
        await bob.expect('UPDATE')
        bob.send(status)
        await bob.expect('BYE')
        bob.send(200)
        expect(await dialog.ended).to.equal('lost')
      }))
  }

  it('EXT-05 RFC 4028 §10 refreshes that are refused end the call when its time is over [4028-10-2]', () =>
    passing(async stage => {
      const granted = { 'Session-Expires': '180;refresher=uac', Require: 'timer', Allow: 'UPDATE' }
      const { bob, dialog, began } = await calling(stage, {}, granted)
      for (const at of [90_000, 119_000]) {
        await stage.pause(began + at - stage.now - 10)
        await bob.expect('UPDATE')
        bob.send(500)
      }
      await stage.pause(began + 147_900 - stage.now)
      await bob.expect('BYE')
      bob.send(200)
      expect(await dialog.ended).to.equal('lost')
    }))

  it('EXT-05 RFC 4028 §7.2 a callee that knows no timers is refreshed by us alone', () =>
    passing(async stage => {
      const { bob } = await calling(stage, { sessionTimer: { expires: 100 } }, {})
      for (let i = 0; i < 3; i++) {
        await stage.pause(49_900)
        await bob.expect('INVITE')
        bob.send(200, described(5))
        await bob.expect('ACK')
      }
      await over(bob)
    }))

  it('EXT-05 RFC 4028 §9 a callee answers 422 with Min-SE; what it grants it answers by itself when it is refreshed [3261-8.2.4-5] [4028-6-1] [4028-5-2] [4028-9-1] [4028-7.4-12] [3264-8-3] [3264-8-4] [3261-14.2-9]', () =>
    passing(async stage => {
      const asked = { Supported: 'timer', 'Session-Expires': '60' }
      const alice = await called(stage, {}, asked)
      const [brief] = await alice.expect(422)
      expect(brief.raw('Min-SE').join()).to.equal('90')
      alice.send('ACK')
      const longer = { ...asked, 'Session-Expires': '90' }
      alice.send('INVITE', { headers: { ...described(1).headers, ...longer, To: alice.uri() }, body: sdp(1) })
      const [ok] = await alice.expect(response(200, { of: 'INVITE' }))
      expect([ok.raw('Session-Expires').join(), ok.has('Min-SE')]).to.deep.equal(['90;refresher=uac', false])
      expect(ok.raw('Require').join()).to.equal('timer')
      expect(ok.raw('Supported').join()).to.equal('timer')
      alice.send('ACK')
      const refresh = { ...longer, 'Session-Expires': '90;refresher=uac' }
      await stage.pause(45_000)
      alice.send('UPDATE', { headers: refresh })
      const [updated] = await alice.expect(
        response(200, { of: 'UPDATE', headers: { 'Session-Expires': '90;refresher=uac', Contact: true } }),
      )
      expect([updated.body, updated.has('Min-SE')]).to.deep.equal(['', false])
      await stage.pause(45_000)
      alice.send('INVITE', { headers: { ...described(1).headers, ...refresh }, body: sdp(1) })
      const [again] = await alice.expect(response(200, { of: 'INVITE' }))
      expect(again.body).to.equal(sdp(5))
      alice.send('ACK')
      alice.send('INVITE', { headers: refresh })
      const [offer] = await alice.expect(response(200, { of: 'INVITE' }))
      expect(offer.body).to.equal(sdp(5))
      alice.send('ACK', described(1))
      const last = stage.now
      await stage.pause(59_900)
      await alice.expect('BYE')
      expect(stage.now - last).to.be.within(59_900, 60_100)
      alice.send(200)
    }))

  for (const seconds of [91, 86_400, 2 ** 32 - 1]) {
    it(`RFC 4028 §4 an interval of ${seconds} s is taken, and the session lasts so long [4028-4-2]`, () =>
      passing(async stage => {
        const alice = await called(stage, {}, { Supported: 'timer', 'Session-Expires': `${seconds}` })
        const [ok] = await alice.expect(response(200, { of: 'INVITE' }))
        expect(ok.raw('Session-Expires').join()).to.equal(`${seconds};refresher=uac`)
        alice.send('ACK')
        await stage.pause(1000 * (seconds - Math.min(32, seconds / 3)) - 500)
        await alice.silence(100)
        await alice.expect('BYE')
        alice.send(200)
      }))
  }

  it('EXT-05 RFC 4028 §9 a callee refreshes where it said so, in time [4028-9-10] [4028-9-11]', () =>
    passing(async stage => {
      const asked = { Supported: 'timer', 'Session-Expires': '200', Allow: 'INVITE, UPDATE' }
      const alice = await called(stage, { sessionTimer: { expires: 100, refresher: 'uas' } }, asked)
      const [ok] = await alice.expect(200)
      expect(ok.raw('Session-Expires').join()).to.equal('100;refresher=uas')
      alice.send('ACK')
      await stage.pause(49_900)
      const [update] = await alice.expect(request('UPDATE', { headers: { 'Session-Expires': '100;refresher=uac' } }))
      alice.send(200, { for: update, headers: { 'Session-Expires': '100;refresher=uac', Require: 'timer' } })
      await over(alice)
    }))

  it('RFC 4028 §9 an UPDATE while it rings starts no timer', () =>
    passing(async stage => {
      const rings: Partial<Core> = {
        INVITE: invite => {
          invite.reply(180)
          invite.after(100_000, () => void invite.reply(486))
        },
        UPDATE: update => void update.reply(200),
      }
      const alice = await called(stage, rings, {})
      await alice.expect(180)
      alice.send('UPDATE', { headers: { Supported: 'timer', 'Session-Expires': '90' } })
      await alice.expect(response(200, { of: 'UPDATE' }))
      await alice.within(101_000).expect(486)
      alice.send('ACK')
    }))

  it('RFC 4028 §9 a Require of timer is understood, unless we say that we know none', () =>
    passing(async stage => {
      const asked = { Supported: 'timer', Require: 'timer', 'Session-Expires': '200' }
      const alice = await called(stage, { sessionTimer: false }, asked)
      await alice.expect(response(420, { headers: { Unsupported: 'timer' } }))
      alice.send('ACK')
    }))

  it('RFC 4028 §9 whoever says that it knows none grants none, nor refuses a brief one', () =>
    passing(async stage => {
      const asked = { Supported: 'timer', 'Session-Expires': '60' }
      const alice = await called(stage, { sessionTimer: false }, asked)
      const [ok] = await alice.expect(response(200, { of: 'INVITE' }))
      expect([ok.has('Session-Expires'), ok.has('Require')]).to.deep.equal([false, false])
      alice.send('ACK')
      await stage.pause(200_000)
      await over(alice)
    }))

  it('RFC 4028 §9 an UPDATE that asks for too little gets 422, other requests do not ask', () =>
    passing(async stage => {
      const asked = { Supported: 'Timer', 'Session-Expires': '100' }
      const INFO = (info: Incoming): void => void info.reply(200)
      const alice = await called(stage, { INFO }, asked)
      await alice.expect(response(200, { of: 'INVITE', headers: { Require: 'timer' } }))
      alice.send('ACK')
      for (const [method, status] of [
        ['UPDATE', 422],
        ['INFO', 200],
      ] as const) {
        alice.send(method, { headers: { ...asked, 'Session-Expires': '60' } })
        await alice.expect(response(status, { of: method }))
      }
      await over(alice)
    }))
})
