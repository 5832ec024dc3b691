/** What dialogs are made of, and what changes them: §12.1, §13.2.2.4, RFC 6141. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import { inDialogRequest, notifyDialog, refreshed, uacDialog, uasDialog } from '../../../apps/sip/core/dialog.js'
import { outgoing } from '../../../apps/sip/core/outgoing.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import { dialogOf, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

/** A route by a proxy that is nowhere but in the test. */
const by = (user: string, { address, port }: { address: string; port: number }): string =>
  `<sip:${user}@${address}:${port};lr>`

describe('the state of a dialog', () => {
  it('DLG-02 §12.1.1, §12.1.2 a refusal builds none, whatever Record-Route it has', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice', {
        cores: [{ name: 'alice', match: () => true, INVITE: invite => void invite.reply(486) }],
      })
      const call = alice.stack.invite(bob.uri())
      await bob.expect('INVITE')
      bob.send(503, { headers: { 'Record-Route': by('proxy', bob.place) } })
      const [ack] = await bob.expect('ACK')
      expect(ack.has('Route')).to.equal(false)
      expect((await call.outcome).kind).to.equal('rejected')
      bob.send('INVITE', { to: alice, headers: { 'Record-Route': by('proxy', bob.place) } })
      const [refusal] = await bob.expect(486)
      expect(refusal.to.tag).to.be.a('string')
      bob.send('ACK')
      expect(await alice.stack.census()).to.include({ dialogs: 0 })
      bob.send('INFO')
      await bob.expect(response(481, { of: 'INFO' }))
    }))

  it('DLG-15 §13.2.2.4 the route set of an early dialog is that of its 2xx from then on, the CSeq goes on', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180, { headers: { 'Record-Route': by('early', bob.place) } })
      await stage.pause(100)
      const [early] = call.earlyDialogs
      const told = early?.request('INFO')
      const [info] = await bob.expect('INFO')
      bob.send(200)
      await told
      const routes = [by('first', bob.place), by('second', bob.place)]
      bob.send(200, { for: invite, headers: { 'Record-Route': routes.join(', ') } })
      const [ack] = await bob.expect('ACK')
      const over = (await dialogOf(call)).bye()
      const [bye] = await bob.expect('BYE')
      bob.send(200)
      await over
      expect(info.raw('Route')).to.deep.equal([by('early', bob.place)])
      const reversed = routes.toReversed()
      for (const sent of [ack, bye]) expect(sent.getAll('Route').map(String)).to.deep.equal(reversed)
      expect([info, ack, bye].map(({ cseq }) => cseq.number - invite.cseq.number)).to.deep.equal([1, 0, 2])
    }))

  it('DLG-16 RFC 6141 §3.4, §4.6 a re-INVITE or UPDATE that is refused, on either side, leaves the target as it was', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const elsewhere = { Contact: `<${bob.uri('elsewhere')}>` }
      for (const method of ['INVITE', 'UPDATE'] as const) {
        const told = method === 'INVITE' ? dialog.reinvite() : dialog.update()
        const [asked] = await bob.expect(method)
        bob.send(488, { for: asked, headers: elsewhere })
        if (method === 'INVITE') await bob.expect('ACK')
        expect((await told).kind).to.equal('rejected')
        // What we allow of theirs is nothing but the answer of the core, which has no handler.
        bob.send(method, { headers: { ...elsewhere, 'Content-Type': 'text/plain' }, body: 'x' })
        await bob.expect(response(method === 'INVITE' ? 488 : 405))
        if (method === 'INVITE') bob.send('ACK')
      }
      const over = dialog.bye()
      const [bye] = await bob.expect('BYE')
      bob.send(200)
      await over
      expect(String(bye.uri)).to.equal(bob.uri())
    }))

  it('§12.1.1 §12.1.2 each side has the number of its own requests, and none of the other, which has sent none [3261-12.1.1-11] [3261-12.1.2-8]', () => {
    const invite = createRequest('INVITE', 'sip:b@b.invalid', {
      ...{ from: '<sip:a@a.invalid>;tag=1', to: 'sip:b@b.invalid', callId: 'x', cseq: 7 },
      headers: { Contact: '<sip:a@192.0.2.1>' },
    })
    const answer = createResponse(invite, 200, { toTag: '2', headers: { Contact: '<sip:b@192.0.2.2>' } })
    const [ours, theirs] = [uacDialog(invite, answer), uasDialog(invite, answer, false)]
    expect([ours.localSeq, ours.remoteSeq]).to.deep.equal([7, undefined])
    expect([theirs.localSeq, theirs.remoteSeq]).to.deep.equal([undefined, 7])
  })

  it('DLG-13 §26.2.2 RFC 5630 §5.1.1.2 what a sips URI opens is not taken into the open by the sip Contact of its first answer', () => {
    const invite = createRequest('INVITE', 'sips:b@b.invalid', {
      ...{ from: '<sips:a@a.invalid>;tag=1', to: 'sips:b@b.invalid', callId: 'x', cseq: 1 },
      headers: { Contact: '<sips:a@192.0.2.1>' },
    })
    for (const status of [180, 200]) {
      const answer = createResponse(invite, status, { toTag: '2', headers: { Contact: '<sip:b@192.0.2.2:5063>' } })
      expect(String(uacDialog(invite, answer).remoteTarget)).to.equal('sips:b@192.0.2.2:5063')
    }
    const notify = createRequest('NOTIFY', 'sips:a@192.0.2.1', {
      ...{ from: '<sip:b@b.invalid>;tag=2', to: '<sips:a@a.invalid>;tag=1', callId: 'x', cseq: 1 },
      headers: { Contact: '<sip:b@192.0.2.2>' },
    })
    const asked = { localSeq: 1, isSecure: true }
    expect(String(notifyDialog(notify, asked).remoteTarget)).to.equal('sips:b@192.0.2.2')
    expect(String(notifyDialog(notify, { ...asked, isSecure: false }).remoteTarget)).to.equal('sip:b@192.0.2.2')
  })

  it('DLG-13 §12.1.1, §12.1.2, §26.2.2 what a sips URI opens is secure: it stays at a sips target, over TLS', () => {
    const parts = { from: '<sips:a@a.invalid>;tag=1', to: 'sips:b@b.invalid', callId: 'x', cseq: 1 }
    const headers = { Contact: '<sips:a@192.0.2.1>' }
    const invite = createRequest('INVITE', 'sips:b@b.invalid', {
      ...parts,
      headers,
      via: 'SIP/2.0/TLS a.invalid;branch=z9hG4bK1',
    })
    const answer = createResponse(invite, 200, { toTag: '2', headers: { Contact: '<sips:b@192.0.2.2>' } })
    const [ours, theirs] = [uacDialog(invite, answer), uasDialog(invite, answer, true)]
    expect([ours.isSecure, theirs.isSecure]).to.deep.equal([true, true])
    // §12.1.1: both have to be: a sips URI may have come in clear from a proxy, and TLS may carry sip URIs.
    expect(uasDialog(invite, answer, false).isSecure).to.equal(false)
    for (const dialog of [ours, theirs]) {
      const moved = createRequest('INVITE', 'sips:b@b.invalid', { ...parts, headers: { Contact: '<sip:c@192.0.2.3>' } })
      const after = inDialogRequest(refreshed(dialog, moved), 'BYE').request
      expect([after.uri.scheme, after.uri.host]).to.deep.equal(['sips', dialog.remoteTarget.host])
      const way = outgoing(after, { transport: 'TCP', address: '192.0.2.9', port: 5060, name: '' }, undefined, {
        uint32: () => 7,
      })
      expect(way.kind === 'nowhere' && way.reason).to.match(/in clear over TCP/)
    }
  })
})
