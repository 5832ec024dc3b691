/** What a session still does, and what it does no more, at its ends: §14.1, §15.1.1. */

import { expect } from 'chai'
import { type RawPeer, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Incoming } from '../../../apps/sip/sip.js'
import { hungUp, hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const sdp = 'v=0\r\n'

/** alice calls bob, who has a stack; the test answers by hand. */
async function called(
  stage: Stage,
  offer: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<{ readonly alice: RawPeer; readonly invite: Incoming }> {
  const calls: Incoming[] = []
  const INVITE = (incoming: Incoming): void => void calls.push(incoming)
  const bob = await stage.stack('bob', {
    cores: [{ name: 'bob', match: () => true, supported: ['100rel'], INVITE }],
  })
  const alice = await stage.raw('alice')
  alice.send('INVITE', { to: bob, ...offer })
  await stage.pause(100)
  const [invite] = calls
  if (invite === undefined) throw new Error('no call')
  return { alice, invite }
}

describe('a session', () => {
  it('§15.1.1 takes no change once its BYE is sent, answered or not, and tells nobody who holds it [3261-15.1.1-1]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const over = dialog.bye()
      const [bye] = await bob.expect('BYE')
      const told = await Promise.race([dialog.reinvite(), stage.pause(100)])
      expect(told).to.deep.equal({ kind: 'transportError', reason: 'the call is over' })
      const held = await Promise.race([dialog.holds[Symbol.asyncIterator]().next(), stage.pause(100)])
      expect(held).to.deep.equal({ value: undefined, done: true })
      bob.send(200, { for: bye })
      expect((await over).kind).to.equal('answered')
    }))

  it('RFC 3264 §8.4 goes on with the next change where there is nothing to hold', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const first = dialog.reinvite()
      const held = dialog.hold()
      const last = dialog.reinvite({ headers: { Subject: 'next' } })
      const [invite] = await bob.expect('INVITE')
      bob.send(200, { for: invite })
      const [, next] = await bob.expect('ACK', 'INVITE')
      expect(next.raw('Subject')).to.deep.equal(['next'])
      bob.send(200, { for: next })
      await bob.expect('ACK')
      expect(await held).to.deep.equal({
        kind: 'transportError',
        reason: 'there is no session description to change',
      })
      expect([(await first).kind, (await last).kind]).to.deep.equal(['answered', 'answered'])
      await hungUp(bob, dialog)
    }))

  it('INV-12 §14.1 takes the 2xx to its UPDATE for no ACK: a re-INVITE waits for that [3261-14.1-2] [3261-14.1-4]', () =>
    passing(async stage => {
      const { alice, invite } = await called(stage)
      invite.reply(180)
      await alice.expect(180)
      const updated = invite.dialog?.update()
      const [update] = await alice.expect('UPDATE')
      invite.reply(200)
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.send(200, { for: update })
      expect(await updated).to.have.property('kind', 'answered')
      const changed = invite.dialog?.reinvite()
      await alice.silence(300)
      alice.send('ACK')
      await alice.expect('INVITE')
      alice.send(488)
      await alice.expect('ACK')
      expect(await changed).to.have.property('kind', 'rejected')
      await hungUpBy(alice)
    }))

  it('INV-13 §14.1 tries again 2 s after a 491 at the latest, where the Call-ID is that of the peer [3261-14.1-6] [3261-14.1-7]', () =>
    passing(async stage => {
      const { alice, invite } = await called(stage)
      invite.reply(200)
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(100)
      const changed = invite.dialog?.reinvite()
      await alice.expect('INVITE')
      const refused = stage.now
      alice.send(491)
      await alice.expect('ACK')
      await alice.expect('INVITE')
      expect(stage.now - refused).to.be.at.most(2050)
      alice.send(200)
      await alice.expect('ACK')
      expect(await changed).to.have.property('kind', 'answered')
      await hungUpBy(alice)
    }))

  it('INV-23 RFC 3311 §5.1 sends the offer that waits for a PRACK once that is there', () =>
    passing(async stage => {
      const typed = { 'Content-Type': 'application/sdp' }
      const { alice, invite } = await called(stage, { headers: { ...typed, Supported: '100rel' }, body: sdp })
      invite.reply(183, { reliable: true, body: sdp })
      const [progress] = await alice.expect(183)
      const updated = invite.dialog?.update({ body: sdp })
      await alice.silence(300)
      alice.send('PRACK', { headers: { RAck: `${progress.get('RSeq')} ${progress.cseq.number} INVITE` } })
      const [, update] = await alice.expect(response(200, { of: 'PRACK' }), 'UPDATE')
      expect(update.body).to.equal(sdp)
      alice.send(200, { for: update, headers: typed, body: sdp })
      expect(await updated).to.have.property('kind', 'answered')
      invite.reply(486)
      await alice.expect(486)
      alice.send('ACK')
    }))

  it('§15 sends the BYE that waits for an ACK as it was asked for, when none comes; there is but one [3261-15-4]', () =>
    passing(async stage => {
      const { alice, invite } = await called(stage)
      invite.reply(200)
      await alice.expect(200)
      const over = invite.dialog?.bye({ headers: { Subject: 'enough' } })
      expect(await invite.dialog?.bye()).to.deep.equal({ kind: 'transportError', reason: 'the call is over' })
      const [bye] = await alice.within(33_000).expect('BYE')
      expect(bye.raw('Subject')).to.deep.equal(['enough'])
      alice.send(200, { for: bye })
      expect(await over).to.have.property('kind', 'answered')
    }))

  it('§15 sends no BYE where the peer has sent one before the ACK for which ours waits', () =>
    passing(async stage => {
      const { alice, invite } = await called(stage)
      invite.reply(200)
      await alice.expect(200)
      const over = invite.dialog?.bye()
      await hungUpBy(alice)
      expect(await over).to.deep.equal({ kind: 'transportError', reason: 'the call is over' })
      await alice.silence(40_000)
    }))
})
