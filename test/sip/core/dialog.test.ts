/** What happens inside dialogs, early and confirmed. */

import { expect } from 'chai'
import { request, response } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { hungUp, hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const ringing: Core = { name: 'bob', match: () => true, INVITE: invite => void invite.reply(180) }

describe('in a dialog', () => {
  it('UA-3 DLG-04 §12.2.1.1 a request of the application has the next number, and both tags', () =>
    passing(async stage => {
      const { bob, dialog, seq } = await established(stage)
      const told = dialog.request('INFO', { body: 'x', headers: { 'Content-Type': 'text/plain' } })
      const [info] = await bob.expect('INFO')
      expect(info.cseq.number).to.equal(seq + 1)
      expect([info.from.tag, info.to.tag]).to.deep.equal([dialog.dialog.localTag, dialog.dialog.remoteTag])
      bob.send(200)
      expect((await told).kind).to.equal('answered')
      expect(() => dialog.request('BYE')).to.throw(TypeError)
      expect(() => dialog.request('INFO', { headers: { Subject: 'a\r\nb' } })).to.throw(TypeError)
      expect(() => dialog.bye({ headers: { Subject: 'a\r\nb' } })).to.throw(TypeError)
      await hungUp(bob, dialog)
    }))

  for (const status of [408, 481, 404]) {
    it(`DLG-10 §12.2.1.2 RFC 5057 §5.1 a ${status} to a request ends the call with BYE`, () =>
      passing(async stage => {
        const { bob, dialog } = await established(stage)
        const told = dialog.request('INFO')
        await bob.expect('INFO')
        bob.send(status)
        expect((await told).kind).to.equal('rejected')
        await bob.expect('BYE')
        bob.send(200)
        expect(await dialog.ended).to.equal('lost')
      }))
  }

  it('RFC 5057 §5.1 a refusal of an INFO leaves the call as it was', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      for (const status of [405, 500, 603]) {
        const told = dialog.request('INFO')
        await bob.expect('INFO')
        bob.send(status)
        await told
      }
      await hungUp(bob, dialog)
      expect(await dialog.ended).to.equal('local')
    }))

  it('RFC 5407 §3.2.1 a BYE that crosses ours gets 200, one after the answer to ours 481', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const over = dialog.bye()
      const late = dialog.request('INFO')
      const [bye] = await bob.expect('BYE')
      bob.send('INFO')
      await bob.expect(response(481, { of: 'INFO' }))
      await hungUpBy(bob)
      bob.send(200, { for: bye })
      expect((await over).kind).to.equal('answered')
      expect((await late).kind).to.equal('transportError')
      bob.send('BYE')
      await bob.expect(response(481, { of: 'BYE' }))
      expect(await dialog.ended).to.equal('local')
    }))

  it('INV-22 §15.1.2 a BYE in an early dialog gets 200, and its INVITE 487', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [ringing] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }), response(487, { of: 'INVITE' }))
      await stage.pause(40_000)
      expect(await bob.stack.census()).to.include({ dialogs: 0, servers: 0 })
    }))

  it('INV-14 §14.2 an INVITE while another has no final answer gets 500 with Retry-After [3261-14.2-1]', () =>
    passing(async stage => {
      const slow: Core = {
        ...ringing,
        INVITE: invite => void invite.reply(200),
        reINVITE: invite => invite.after(150, () => void invite.reply(200)),
      }
      const bob = await stage.stack('bob', { cores: [slow] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      const first = alice.send('INVITE')
      await stage.pause(100)
      alice.send('INVITE')
      const [refusal] = await alice.expect(500)
      expect(refusal.get('Retry-After')?.seconds).to.be.within(0, 10)
      alice.send('ACK')
      const [ok] = await alice.expect(200)
      expect(ok.cseq.number).to.equal(first.cseq.number)
      alice.send('ACK', { headers: { CSeq: `${first.cseq.number} ACK` } })
      await stage.pause(1000)
      await hungUpBy(alice)
    }))

  it('DLG-09 §12.2.1.2 RFC 6141 §4.7 the 2xx to an UPDATE moves the target, that to an INFO does not [3261-12.2.1.2-1] [6141-4.2-2] [6141-4.7-1]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const elsewhere = bob.uri('elsewhere')
      for (const [method, uri] of [
        ['INFO', bob.uri()],
        ['UPDATE', bob.uri()],
        ['INFO', elsewhere],
      ] as const) {
        const told = method === 'UPDATE' ? dialog.update() : dialog.request(method)
        await bob.expect(request(method, { uri }))
        bob.send(200, { headers: { Contact: method === 'UPDATE' ? `<${elsewhere}>` : '<sip:nowhere@203.0.113.9>' } })
        await told
      }
      await hungUp(bob, dialog)
    }))
})
