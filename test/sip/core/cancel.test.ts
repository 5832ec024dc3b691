/** How a call that we place is given up, and how it ends: §9.1, §13.2.1. */

import { expect } from 'chai'
import { again, type RawPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { Call, InviteOptions, Request } from '../../../apps/sip/sip.js'
import { cancelled, dialogOf, hungUp, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

async function ringing(stage: Stage, options: InviteOptions = {}): Promise<readonly [RawPeer, Call, Request]> {
  const { bob, call, invite } = await placed(stage, options)
  bob.send(180)
  await stage.pause(100)
  return [bob, call, invite]
}

describe('a call that we give up', () => {
  it('§8.2.2.3 what its INVITE requires neither its CANCEL nor its ACK does, nor that of an answer [3261-8.2.2.3-3] [3261-8.2.2.3-5]', () =>
    passing(async stage => {
      const headers = { 'Proxy-Require': 'precondition' }
      const requires = (message: Request): readonly boolean[] => [message.has('Require'), message.has('Proxy-Require')]
      const [bob, call, invite] = await ringing(stage, { reliable: 'required', headers })
      expect(requires(invite)).to.deep.equal([true, true])
      call.cancel()
      const [cancel] = await bob.expect('CANCEL')
      bob.send(200, { for: cancel })
      bob.send(487, { for: invite })
      const [ack] = await bob.expect('ACK')
      expect([...requires(cancel), ...requires(ack)]).to.deep.equal([false, false, false, false])
      const [carol, other] = await ringing(stage, { reliable: 'required', headers })
      carol.send(200)
      const [confirm] = await carol.expect('ACK')
      expect(requires(confirm)).to.deep.equal([false, false])
      await hungUp(carol, await dialogOf(other))
    }))

  it('UC-4 §13.2.1 when its Expires is over without final answer [3261-13.2.1-4]', () =>
    passing(async stage => {
      const [bob, call, invite] = await ringing(stage, { headers: { Expires: 10 } })
      await bob.silence(9800)
      await bob.within(200).expect('CANCEL')
      bob.send(200)
      bob.send(487, { for: invite })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('cancelled')
    }))

  it('§13.2.1 an Expires that lets it ring for longer than usual is kept, too; an answer ends it', () =>
    passing(async stage => {
      const [bob, call] = await ringing(stage, { headers: { Expires: 600 } })
      await bob.silence(500_000)
      bob.send(200)
      await bob.expect('ACK')
      await bob.silence(200_000)
      await hungUp(bob, await dialogOf(call))
    }))

  it('CAN-05 §9.1 ends with whatever final answer comes [3261-13.2.2.3-1]', async () => {
    for (const status of [487, 486, 302, 500, 603]) {
      await passing(async stage => {
        const [bob, call, invite] = await ringing(stage, { redirects: 3 })
        call.cancel()
        const [cancel] = await bob.expect('CANCEL')
        bob.send(200, { for: cancel })
        bob.send(status, { for: invite, headers: { Contact: `<${bob.uri('other')}>` } })
        await bob.expect('ACK')
        const outcome = await call.outcome
        expect(outcome.kind === 'cancelled' && outcome.response?.status).to.equal(status)
        bob.send(603, { for: invite })
        await bob.silence(500)
      })
    }
  })

  it('CAN-05 UC-6 §9.1 ends 64*T1 after the CANCEL when none comes [3261-9.1-11]', () =>
    passing(async stage => {
      const [bob, call] = await ringing(stage)
      call.cancel()
      const [cancel] = await bob.expect('CANCEL')
      bob.send(200, { for: cancel })
      const outcome = await call.outcome
      expect(outcome).to.deep.equal({ kind: 'cancelled', response: undefined })
      expect(stage.network.clock.now()).to.be.within(32_000, 33_000)
    }))

  it('CAN-01 CAN-02 CAN-12 §9.1 the CANCEL repeats Route, and neither Require nor credentials made anew [3261-9.1-5] [3261-9.1-6] [3261-22.1-9]', () =>
    passing(async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const route = [`<${proxy.uri()};lr>`, '<sip:far.example.com;lr>']
      const headers = { Route: route.join(', '), Require: '100rel', 'Proxy-Require': 'foo' }
      const call = alice.stack.invite('sip:bob@192.0.2.9', { headers, auth: { username: 'a', password: 'b' } })
      await proxy.expect('INVITE')
      proxy.send(407, { headers: { 'Proxy-Authenticate': 'Digest realm="x", nonce="1", qop="auth"' } })
      const [, invite] = await proxy.expect('ACK', 'INVITE')
      proxy.send(180, { headers: { 'Record-Route': '<sip:other.example.com;lr>' } })
      await stage.pause(100)
      call.cancel()
      const [cancel] = await proxy.expect('CANCEL')
      expect(cancel.getAll('Route').map(String)).to.deep.equal(route)
      expect([cancel.has('Require'), cancel.has('Proxy-Require')]).to.deep.equal([false, false])
      const given = invite.raw('Proxy-Authorization')
      if (cancel.has('Proxy-Authorization')) expect(cancel.raw('Proxy-Authorization')).to.deep.equal(given)
      expect(cancel.to.tag).to.equal(undefined)
      proxy.send(200, { for: cancel })
      proxy.send(487, { for: invite })
      await proxy.expect('ACK')
      await call.outcome
    }))

  it('CAN-06 a 2xx after the CANCEL is hung up on once, however often it comes', () =>
    passing(async stage => {
      const [bob, call, invite] = await ringing(stage)
      call.cancel()
      const [cancel] = await bob.expect('CANCEL')
      bob.send(200, { for: cancel })
      const ok = bob.send(200, { for: invite })
      const [, bye] = await bob.expect('ACK', 'BYE')
      bob.send(200, { for: bye })
      bob.repeat(ok)
      await bob.expect(again('ACK'))
      await bob.silence(5000)
      const outcome = await call.outcome
      expect(outcome.kind === 'cancelled' && outcome.response?.status).to.equal(200)
    }))

  it('UA-7 more than once, or when it is over, is no different from once', () =>
    passing(async stage => {
      const [bob, call, invite] = await ringing(stage)
      call.cancel()
      call.cancel()
      await cancelled(bob, invite)
      call.cancel()
      await bob.silence(1000)
      expect((await call.outcome).kind).to.equal('cancelled')
    }))

  it('lets go of its AbortSignal with the outcome', () =>
    passing(async stage => {
      const control = new AbortController()
      const [bob, call] = await ringing(stage, { signal: control.signal })
      bob.send(486)
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('rejected')
      control.abort()
      await bob.silence(1000)
    }))
})

describe('what is told of a call that we place', () => {
  it('its responses and its dialogs end, for readers who come early and who come late', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(bob.uri())
      const read = async (): Promise<readonly number[]> => {
        const seen: number[] = []
        for await (const { status } of call.responses) seen.push(status)
        return seen
      }
      const early = read()
      const [invite] = await bob.expect('INVITE')
      bob.send(180)
      await stage.pause(100)
      bob.send(486, { for: invite })
      await bob.expect('ACK')
      expect(await early).to.deep.equal([180, 486])
      expect(await read()).to.deep.equal([])
      for await (const dialog of call.dialogs) throw new Error(dialog.dialog.callId)
    }))

  it('UAC-11 §8.1.3.1 silence and what cannot be sent are outcomes of their own [3261-8.1.3.1-1] [3261-8.1.3.1-2]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      stage.network.drop('INVITE', { to: bob.place.address })
      expect((await alice.stack.invite(bob.uri()).outcome).kind).to.equal('timeout')
      stage.network.refuse('OPTIONS', { to: bob.place.address })
      expect((await alice.stack.request('OPTIONS', bob.uri())).kind).to.equal('transportError')
    }))
})

describe('what a request says', () => {
  it('§8.1.1.3 From may have a display name; what is no address is refused at once', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const asked = alice.stack.request('OPTIONS', bob.uri(), { from: '"Alice; A." <sip:alice@example.com>' })
      const [options] = await bob.expect('OPTIONS')
      expect(options.from.displayName).to.equal('Alice; A.')
      expect(String(options.from.uri)).to.equal('sip:alice@example.com')
      bob.send(200)
      await asked
      for (const from of ['nobody', '<nobody>', '"Alice" <>']) {
        expect(() => void alice.stack.request('OPTIONS', bob.uri(), { from })).to.throw(TypeError)
      }
    }))

  it('UAC-10 §19.1.5 a URI brings its headers and body; it is refused when it is for another method [3261-19.1.5-2]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const uri = `${bob.uri()};method=MESSAGE?Subject=hello&Priority=urgent&From=%3Csip:x%40y%3E&body=hi&Content-Type=text%2Fplain`
      const asked = alice.stack.request('MESSAGE', uri, { headers: { Priority: 'normal' } })
      const [message] = await bob.expect('MESSAGE')
      expect(String(message.uri)).to.equal(bob.uri())
      expect(String(message.to.uri)).to.equal(bob.uri())
      expect([message.get('Subject'), message.get('Priority'), message.body]).to.deep.equal(['hello', 'normal', 'hi'])
      expect(message.from.uri.host).to.equal('anonymous.invalid')
      bob.send(200)
      await asked
      expect(() => alice.stack.invite(uri)).to.throw(TypeError, 'MESSAGE')
    }))
})
