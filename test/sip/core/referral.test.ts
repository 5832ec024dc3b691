/** REFER as its sender sees it: RFC 3515 §2.4.1, RFC 4488. */

import { expect } from 'chai'
import { request, response } from '../../../apps/scenario/scenario.js'
import type { Incoming, Progress, Referral } from '../../../apps/sip/sip.js'
import { hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

function fragment(text: string, state: string, more: Record<string, string> = {}) {
  const headers = {
    Event: 'refer',
    'Subscription-State': state,
    'Content-Type': 'message/sipfrag;version=2.0',
    ...more,
  }
  return { headers, body: `SIP/2.0 ${text}\r\n` }
}

async function all(referral: Referral): Promise<readonly string[]> {
  const told: Progress[] = []
  for await (const progress of referral.progress) told.push(progress)
  return told.map(({ status, reason }) => `${status} ${reason}`)
}

describe('a referral', () => {
  it('EXT-10 RFC 3515 §2.4 tells how it goes on, and how it ended [3515-2.4.1-1] [3515-2-1] [3515-2-2]', () =>
    passing(async stage => {
      const { alice, bob, dialog, seq } = await established(stage)
      const referral = dialog.refer('sip:carol@192.0.2.77')
      const [refer] = await bob.expect('REFER')
      expect(refer.raw('Refer-To')).to.deep.equal(['<sip:carol@192.0.2.77>'])
      expect(refer.get('Referred-By')?.uri.toString()).to.equal(dialog.dialog.local.uri.toString())
      expect(refer.getAll('Contact').length).to.equal(1)
      expect(refer.cseq.number).to.equal(seq + 1)
      bob.send(202)
      for (const [text, state] of [
        ['100 Trying', 'active;expires=60'],
        ['180 Ringing', 'active;expires=60'],
        ['200 OK', 'terminated;reason=noresource'],
      ] as const) {
        bob.send('NOTIFY', fragment(text, state))
        await bob.expect(response(200, { of: 'NOTIFY' }))
      }
      expect(await referral.outcome).to.deep.equal({ kind: 'answered', status: 200, reason: 'OK' })
      expect(await all(referral)).to.deep.equal(['100 Trying', '180 Ringing', '200 OK'])
      bob.send('NOTIFY', fragment('200 OK', 'terminated'))
      await bob.expect(response(481, { of: 'NOTIFY' }))
      await hungUp(bob, dialog)
      await stage.pause(40_000)
      expect(await alice.stack.census()).to.include({ dialogs: 0 })
    }))

  it('EXT-10 RFC 3515 §2.4.4 §2.4.6 two of one call are told apart by their numbers, and NOTIFY may come before the answer [3515-2.4.4-4] [3515-2.4.6-1]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const referrals = [dialog.refer('sip:carol@192.0.2.77'), dialog.refer('sip:dave@192.0.2.78')]
      const [first] = await bob.expect(
        request('REFER', { headers: { 'Refer-To': /carol/ } }),
        request('REFER', { headers: { 'Refer-To': /dave/ } }),
      )
      const number = first.cseq.number
      bob.send('NOTIFY', fragment('486 Busy Here', 'terminated', { Event: `refer;id=${number + 1}` }))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      bob.send('NOTIFY', fragment('200 OK', 'terminated', { Event: 'refer' }))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      const outcomes = await Promise.all(referrals.map(({ outcome }) => outcome))
      expect(outcomes.map(({ kind }) => kind)).to.deep.equal(['answered', 'rejected'])
      await hungUp(bob, dialog)
    }))

  it('RFC 6665 §4.4.1 has nothing to do with one of the peer, though that has the same number', () =>
    passing(async stage => {
      const carol = await stage.raw('carol')
      const refers: Incoming[] = []
      const handlers = { REFER: (asked: Incoming): unknown => refers.push(asked) }
      const { alice, bob, dialog } = await established(stage, { handlers })
      const referral = dialog.refer('sip:dave@192.0.2.77')
      const [ours] = await bob.expect('REFER')
      bob.send(202, { for: ours })
      const { number } = ours.cseq
      const headers = { 'Refer-To': `<${carol.uri()}>`, Contact: `<${bob.uri()}>`, CSeq: `${number} REFER` }
      bob.send('REFER', { headers })
      await stage.pause(10)
      for (const asked of refers) alice.stack.follow(asked)
      const [, first] = await bob.expect(response(200, { of: 'REFER' }), 'NOTIFY')
      bob.send(200, { for: first })
      const told = { Event: `refer;id=${number}`, CSeq: `${number + 1} NOTIFY` }
      bob.send('NOTIFY', fragment('200 OK', 'terminated;reason=noresource', told))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(await referral.outcome).to.deep.equal({ kind: 'answered', status: 200, reason: 'OK' })
      await carol.expect('INVITE')
      carol.send(486)
      await carol.expect('ACK')
      const [last] = await bob.expect('NOTIFY')
      expect(last.body).to.match(/^SIP\/2.0 486 /)
      bob.send(200, { for: last })
      await hungUp(bob, dialog)
      await stage.pause(40_000)
      expect(await alice.stack.census()).to.include({ dialogs: 0 })
    }))

  it('EXT-10 §22.2 is known by the number that it has after a challenge', () =>
    passing(async stage => {
      const { alice, bob, dialog } = await established(stage, { auth: { username: 'alice', password: 'secret' } })
      const referral = dialog.refer('sip:carol@192.0.2.77')
      await bob.expect('REFER')
      bob.send(401, { headers: { 'WWW-Authenticate': 'Digest realm="biloxi.com", nonce="1", qop="auth"' } })
      const [again] = await bob.expect('REFER')
      const [state] = await alice.stack.dialogs()
      expect(state?.usages).to.deep.equal(['invite', `refer;id=${again.cseq.number}`])
      bob.send('NOTIFY', fragment('603 Decline', 'terminated', { Event: `refer;id=${again.cseq.number}` }))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect((await referral.outcome).kind).to.equal('rejected')
      await hungUp(bob, dialog)
    }))

  it('RFC 4488 §4 is not told of when that is not wanted, and accepted so', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const referral = dialog.refer('sip:carol@192.0.2.77', { report: false })
      const [refer] = await bob.expect('REFER')
      expect([refer.raw('Refer-Sub')[0], refer.raw('Supported')[0]]).to.deep.equal(['false', 'norefersub'])
      bob.send(200, { headers: { 'Refer-Sub': 'false' } })
      expect(await referral.outcome).to.deep.equal({ kind: 'unreported' })
      expect(await all(referral)).to.deep.equal([])
      await hungUp(bob, dialog)
    }))

  it('RFC 3515 §2.4.2 may be refused, forgotten, or end without a word; the call goes on', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const refused = dialog.refer('sip:carol@192.0.2.77')
      await bob.expect('REFER')
      bob.send(603)
      const outcome = await refused.outcome
      expect(outcome.kind === 'refused' && outcome.response.status).to.equal(603)
      const forgotten = dialog.refer('sip:carol@192.0.2.77')
      await bob.expect('REFER')
      bob.send(202)
      expect(await forgotten.outcome).to.deep.equal({ kind: 'timeout' })
      const ended = dialog.refer('sip:carol@192.0.2.77')
      const [refer] = await bob.expect('REFER')
      bob.send(202)
      bob.send(
        'NOTIFY',
        fragment('100 Trying', 'terminated;reason=timeout', { Event: `refer;id=${refer.cseq.number}` }),
      )
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(await ended.outcome).to.deep.equal({ kind: 'lost' })
      const expired = dialog.refer('sip:carol@192.0.2.77')
      await bob.expect('REFER')
      bob.send(202)
      bob.send('NOTIFY', fragment('100 Trying', 'active;expires=60'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      const began = stage.now
      expect(await expired.outcome).to.deep.equal({ kind: 'lost' })
      expect(stage.now - began).to.be.within(59_900, 60_100)
      await hungUp(bob, dialog)
      expect((await dialog.refer('sip:carol@192.0.2.77').outcome).kind).to.equal('transportError')
      expect(() => dialog.refer('no uri')).to.throw(TypeError)
    }))

  it('EXT-10 RFC 3515 §2 outside a call has a dialog by its NOTIFY', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const referral = alice.stack.refer(bob.uri(), 'sip:carol@192.0.2.77', { from: 'sip:alice@atlanta.com' })
      const [refer] = await bob.expect('REFER')
      expect(refer.raw('Referred-By')).to.deep.equal(['<sip:alice@atlanta.com>'])
      bob.send('NOTIFY', fragment('100 Trying', 'active;expires=60', { Contact: `<${bob.uri()}>` }))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      bob.send(202, { for: refer })
      bob.send('NOTIFY', fragment('404 Not Found', 'terminated;reason=noresource'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(await referral.outcome).to.deep.equal({ kind: 'rejected', status: 404, reason: 'Not Found' })
      await stage.pause(40_000)
      expect(await alice.stack.census()).to.include({ dialogs: 0 })
      const refused = alice.stack.refer(bob.uri(), 'sip:carol@192.0.2.77', { report: false })
      await bob.expect('REFER')
      bob.send(405)
      expect((await refused.outcome).kind).to.equal('refused')
      expect(await alice.stack.census()).to.include({ dialogs: 0 })
    }))
})
