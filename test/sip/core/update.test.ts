/** Changes by UPDATE: RFC 3311. */

import { expect } from 'chai'
import { type RawPeer, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const sdp = 'v=0\r\ns=again\r\n'
const offer = { headers: { 'Content-Type': 'application/sdp' }, body: sdp }

/** alice has called bob, whose core answers with it. */
async function answered(stage: Stage, core: Partial<Core>, body?: string): Promise<RawPeer> {
  const accepts: Core = { name: 'bob', match: () => true, INVITE: invite => void invite.reply(200), ...core }
  const bob = await stage.stack('bob', { cores: [accepts] })
  const alice = await stage.raw('alice')
  const { supported } = core
  const headers = {
    ...(body === undefined ? {} : offer.headers),
    ...(supported === undefined ? {} : { Supported: supported.join() }),
  }
  alice.send('INVITE', { to: bob, headers, ...(body === undefined ? {} : { body }) })
  return alice
}

async function over(alice: RawPeer): Promise<void> {
  await hungUpBy(alice)
}

describe('UPDATE', () => {
  it('RFC 3311 §5.1 goes out with the next number and our Contact; the next change waits for its end', () =>
    passing(async stage => {
      const { bob, dialog, seq } = await established(stage)
      const told = dialog.update({ body: sdp })
      const next = dialog.reinvite()
      const [update] = await bob.expect('UPDATE')
      expect(update.cseq.number).to.equal(seq + 1)
      expect(update.body).to.equal(sdp)
      expect(update.get('Contact')?.uri.isSip).to.equal(true)
      await bob.silence(400)
      bob.send(504, { for: update })
      expect(await told).to.have.nested.property('response.status', 504)
      await bob.expect('INVITE')
      bob.send(200)
      await bob.expect('ACK')
      expect((await next).kind).to.equal('answered')
      await hungUp(bob, dialog)
      expect(() => dialog.request('UPDATE')).to.throw(TypeError)
    }))

  it('RFC 3311 §5.3 comes again 2.1 to 4 s after a 491 [3311-5.3-2] [3311-5.3-3]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.update({ body: sdp })
      await bob.expect('UPDATE')
      const refused = stage.now
      bob.send(491)
      const [update] = await bob.expect('UPDATE')
      expect(stage.now - refused).to.be.within(2100, 4100)
      expect(update.body).to.equal(sdp)
      bob.send(200)
      expect((await told).kind).to.equal('answered')
      await hungUp(bob, dialog)
    }))

  it('RFC 3311 §5.1 need not wait for the final answer to the first INVITE', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180, { for: invite })
      await stage.pause(100)
      const [early] = call.earlyDialogs
      const told = early?.update()
      const [update] = await bob.expect('UPDATE')
      bob.send(200, { for: update })
      expect(await told).to.have.property('kind', 'answered')
      const changed = early?.reinvite()
      await bob.silence(300)
      bob.send('INVITE')
      await bob.expect(response(491, { of: 'INVITE' }))
      bob.send('ACK')
      bob.send(200, { for: invite })
      await bob.expect('ACK')
      await bob.expect('INVITE')
      bob.send(488)
      await bob.expect('ACK')
      expect(await changed).to.have.property('kind', 'rejected')
      await hungUp(bob, await dialogOf(call))
    }))

  it('INV-23 RFC 3311 §5.2 an offer that crosses ours gets 491, what is none is served [3311-5.2-2]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.update({ body: sdp })
      const [update] = await bob.expect('UPDATE')
      bob.send('UPDATE', offer)
      await bob.expect(response(491, { of: 'UPDATE' }))
      bob.send('UPDATE')
      await bob.expect(response(405, { of: 'UPDATE' }))
      bob.send(200, { for: update })
      await told
      await hungUp(bob, dialog)
    }))

  it('RFC 3311 §5.2 comes to its handler, whose 2xx has the answer [3311-5.2-5]', () =>
    passing(async stage => {
      const alice = await answered(stage, { UPDATE: update => void update.reply(200, { body: update.request.body }) })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('UPDATE', offer)
      const [ok] = await alice.expect(response(200, { of: 'UPDATE' }))
      expect(ok.body).to.equal(sdp)
      await over(alice)
    }))

  it('INV-23 RFC 3311 §5.2 while another has no final answer it gets 500 with Retry-After, and so does an INVITE [3311-5.2-1]', () =>
    passing(async stage => {
      const alice = await answered(stage, { UPDATE: update => update.after(500, () => void update.reply(200)) })
      await alice.expect(200)
      alice.send('ACK')
      const first = alice.send('UPDATE')
      await stage.pause(100)
      for (const method of ['UPDATE', 'INVITE']) {
        alice.send(method)
        const [refusal] = await alice.expect(response(500, { of: method }))
        expect(refusal.get('Retry-After')?.seconds).to.be.within(0, 10)
      }
      alice.send('ACK')
      const [ok] = await alice.expect(response(200, { of: 'UPDATE' }))
      expect(ok.cseq.number).to.equal(first.cseq.number)
      await over(alice)
    }))

  it('INV-23 RFC 3311 §5.2 an offer before the answer to that of the INVITE gets 500 with Retry-After [3311-5.2-3]', () =>
    passing(async stage => {
      const alice = await answered(
        stage,
        {
          INVITE: invite => {
            invite.reply(180)
            invite.after(500, () => void invite.reply(200, { body: sdp }))
          },
          UPDATE: update => void update.reply(200),
        },
        sdp,
      )
      await alice.expect(180)
      alice.send('UPDATE', offer)
      const [refusal] = await alice.expect(response(500, { of: 'UPDATE' }))
      expect(refusal.get('Retry-After')?.seconds).to.be.within(0, 10)
      alice.send('UPDATE')
      await alice.expect(response(200, { of: 'UPDATE' }))
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.send('ACK')
      await over(alice)
    }))

  it('INV-23 RFC 3311 §5.2 an offer before the ACK with the answer to ours gets 491 [3311-5.2-2]', () =>
    passing(async stage => {
      const alice = await answered(stage, {
        INVITE: invite => void invite.reply(200, { body: sdp }),
        UPDATE: update => void update.reply(200),
      })
      await alice.expect(200)
      alice.send('UPDATE', offer)
      await alice.expect(response(491, { of: 'UPDATE' }))
      alice.send('ACK')
      alice.send('UPDATE', offer)
      await alice.expect(response(200, { of: 'UPDATE' }))
      await over(alice)
    }))

  it('INV-23 RFC 3311 §5.1 an offer waits while it rings until the first one is answered reliably; one that comes gets 491 [3311-5.2-2]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage, { body: sdp })
      bob.send(180, { for: invite })
      await stage.pause(100)
      const told = call.earlyDialogs[0]?.update({ body: sdp })
      bob.send('UPDATE', offer)
      await bob.expect(response(491, { of: 'UPDATE' }))
      bob.send(183, { for: invite, headers: { ...offer.headers, Require: '100rel', RSeq: '7' }, body: sdp })
      const [prack, update] = await bob.expect('PRACK', 'UPDATE')
      expect(update.body).to.equal(sdp)
      bob.send(200, { for: prack })
      bob.send(200, { for: update })
      expect(await told).to.have.property('kind', 'answered')
      bob.send(486, { for: invite })
      await bob.expect('ACK')
    }))

  it('INV-23 RFC 3311 §5.2 an offer before the PRACK with the answer to ours gets 491 [3311-5.2-2]', () =>
    passing(async stage => {
      const alice = await answered(stage, {
        supported: ['100rel'],
        INVITE: invite => {
          invite.reply(183, { reliable: true, body: sdp })
          invite.after(1000, () => void invite.reply(486))
        },
        UPDATE: update => void update.reply(200),
      })
      const [progress] = await alice.expect(183)
      alice.send('UPDATE', offer)
      await alice.expect(response(491, { of: 'UPDATE' }))
      const RAck = `${progress.get('RSeq')} ${progress.cseq.number} INVITE`
      alice.send('PRACK', { headers: { ...offer.headers, RAck }, body: sdp })
      await alice.expect(response(200, { of: 'PRACK' }))
      alice.send('UPDATE', offer)
      await alice.expect(response(200, { of: 'UPDATE' }))
      await alice.expect(486)
      alice.send('ACK')
    }))

  it('INV-16 RFC 6337 §3.4 what an UPDATE changed during our re-INVITE goes with that: we offer what stood before [6141-3.4-1] [6141-3.4-2]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const described = (version: number, port = 4000): string =>
        `v=0\r\no=- 9 ${version} IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`
      const call = alice.stack.invite(bob.uri(), {
        body: described(7),
        handlers: { UPDATE: update => void update.reply(200, { body: described(8, 5000) }) },
      })
      await bob.expect('INVITE')
      bob.send(200, offer)
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      const told = dialog.reinvite()
      const [invite] = await bob.expect('INVITE')
      bob.send('UPDATE', offer)
      await bob.expect(response(200, { of: 'UPDATE' }))
      bob.send(488, { for: invite })
      const [, update] = await bob.expect('ACK', 'UPDATE')
      expect(update.body).to.equal(described(9))
      bob.send(200, { ...offer, for: update })
      expect((await told).kind).to.equal('rejected')
      await hungUp(bob, dialog)
    }))
})
