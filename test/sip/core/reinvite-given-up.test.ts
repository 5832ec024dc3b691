/** A re-INVITE that is given up, or that nobody answers: §9.1, RFC 6141 §5.5. */

import { expect } from 'chai'
import { cancelled, hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const sdp = 'v=0\r\ns=again\r\n'

describe('a re-INVITE that is given up', () => {
  it('§9.1 one that nobody answers finally is cancelled after 180 s', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.reinvite()
      const [invite] = await bob.expect('INVITE')
      bob.send(180)
      await stage.pause(180_000)
      await cancelled(bob, invite)
      expect(await told).to.have.nested.property('response.status', 487)
      await hungUp(bob, dialog)
      expect(await dialog.ended).to.equal('local')
    }))

  for (const [what, isAnswered, hasNext] of [
    ['is told how that ended', true, false],
    ['gives it up 64*T1 later, and another one tells what stands [6141-5.5-2]', false, false],
    ['gives it up 64*T1 later, when the next one goes out, and no other', false, true],
  ] as const) {
    it(`RFC 6141 §5.5 whoever aborts its signal cancels it, once anything has come, and ${what} [6141-5.5-1]`, () =>
      passing(async stage => {
        const { bob, dialog } = await established(stage)
        const agreed = dialog.reinvite({ body: sdp })
        await bob.expect('INVITE')
        bob.send(200, { headers: { 'Content-Type': 'application/sdp' }, body: sdp })
        await bob.expect('ACK')
        await agreed
        const giving = new AbortController()
        const told = dialog.reinvite({ body: 'v=0\r\ns=other\r\n', signal: giving.signal })
        const [invite] = await bob.expect('INVITE')
        giving.abort()
        await bob.silence(400)
        bob.send(180, { for: invite })
        if (isAnswered) {
          await cancelled(bob, invite)
          expect(await told).to.have.nested.property('response.status', 487)
          await bob.silence(40_000)
        } else {
          const [cancel] = await bob.expect('CANCEL')
          bob.send(200, { for: cancel })
          const after = hasNext ? dialog.reinvite({ body: sdp }) : undefined
          const [another] = await bob.within(33_000).expect('INVITE')
          expect(await told).to.deep.equal({ kind: 'transportError', reason: 'it was given up' })
          expect(another.cseq.number).to.equal(invite.cseq.number + 1)
          expect(another.body).to.equal(sdp)
          bob.send(200, { for: another, headers: { 'Content-Type': 'application/sdp' }, body: sdp })
          await bob.expect('ACK')
          expect((await after)?.kind).to.equal(hasNext ? 'answered' : undefined)
          await bob.silence(5000)
        }
        await hungUp(bob, dialog)
        expect(await dialog.ended).to.equal('local')
      }))
  }

  it('§9.1 §14.1 one that is given up does not come again after a 491', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const giving = new AbortController()
      const told = dialog.reinvite({ signal: giving.signal })
      const [invite] = await bob.expect('INVITE')
      bob.send(180)
      await stage.pause(10)
      giving.abort()
      const [cancel] = await bob.expect('CANCEL')
      bob.send(481, { for: cancel })
      bob.send(491, { for: invite })
      await bob.expect('ACK')
      expect(await told).to.have.nested.property('response.status', 491)
      await bob.silence(10_000)
      await hungUp(bob, dialog)
    }))

  it('RFC 6141 §5.5 what waits to be sent is given up without a word, and what waits behind it goes on', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const [over, resting, waiting] = [new AbortController(), new AbortController(), new AbortController()]
      over.abort()
      const givenUp = { kind: 'transportError', reason: 'it was given up' }
      expect(await dialog.reinvite({ signal: over.signal })).to.deep.equal(givenUp)
      const told = [resting, waiting].map(({ signal }) => dialog.reinvite({ signal, headers: { Subject: 'no' } }))
      const last = dialog.reinvite({ headers: { Subject: 'yes' } })
      const [first] = await bob.expect('INVITE')
      waiting.abort()
      expect(await told[1]).to.deep.equal(givenUp)
      bob.send(491, { for: first })
      await bob.expect('ACK')
      resting.abort()
      const [next] = await bob.within(1000).expect('INVITE')
      expect(await told[0]).to.deep.equal(givenUp)
      expect(next.raw('Subject')).to.deep.equal(['yes'])
      bob.send(180, { for: next })
      await bob.silence(5000)
      bob.send(200, { for: next })
      await bob.expect('ACK')
      expect((await last).kind).to.equal('answered')
      await hungUp(bob, dialog)
    }))

  it('§14.1 what follows one that is given up after 491s has all its own attempts [3261-14.1-7]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const refused = async (): Promise<void> => {
        const [invite] = await bob.expect('INVITE')
        bob.send(491, { for: invite })
        await bob.expect('ACK')
      }
      const giving = new AbortController()
      const told = dialog.reinvite({ signal: giving.signal })
      for (let attempt = 1; attempt <= 4; attempt++) await refused()
      giving.abort()
      expect(await told).to.deep.equal({ kind: 'transportError', reason: 'it was given up' })
      const next = dialog.reinvite()
      for (let attempt = 1; attempt <= 5; attempt++) await refused()
      expect(await next).to.have.nested.property('response.status', 491)
      await bob.silence(10_000)
      await hungUp(bob, dialog)
    }))

  it('RFC 6141 §5.5 one whose listener is closed is cancelled from another one, and comes anew from there [6141-5.5-1] [6141-5.5-2]', () =>
    passing(async stage => {
      const { alice, bob, dialog } = await established(stage)
      const told = dialog.reinvite()
      const [invite] = await bob.expect('INVITE')
      bob.send(180, { for: invite })
      await stage.pause(100)
      const [old = ''] = alice.stack.listening
      const place = await alice.stack.listen(`udp:${alice.place.address}:5099`)
      expect(await alice.stack.unlisten(old)).to.equal(true)
      const [cancel, another] = await bob.expect('CANCEL', 'INVITE')
      expect(await told).to.deep.equal({ kind: 'transportError', reason: 'the listener was closed' })
      expect(`${cancel.via}`).to.equal(`${invite.via}`)
      const { host, port } = another.get('Contact')?.uri ?? {}
      expect(`udp:${host}:${port}`).to.equal(place)
      bob.send(200, { for: cancel })
      bob.send(200, { for: another })
      await bob.expect('ACK')
      await hungUp(bob, dialog)
    }))
})
