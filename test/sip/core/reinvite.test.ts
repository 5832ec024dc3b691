/** INVITEs inside a dialog: §14. */

import { expect } from 'chai'
import { again, request, response } from '../../../apps/scenario/scenario.js'
import type { CallHandlers, Incoming } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const sdp = 'v=0\r\ns=again\r\n'
const handlers = { reINVITE: (invite: Incoming): unknown => invite.reply(200, { body: sdp }) }

describe('a re-INVITE', () => {
  it('§14.1 has the next number, our Contact and the new session; its 2xx is acknowledged, a repeated one again', () =>
    passing(async stage => {
      const { bob, dialog, seq } = await established(stage)
      const told = dialog.reinvite({ body: sdp, headers: { Subject: 'hold' } })
      const [invite] = await bob.expect('INVITE')
      expect(invite.cseq.number).to.equal(seq + 1)
      expect(invite.body).to.equal(sdp)
      expect(invite.raw('Content-Type')).to.deep.equal(['application/sdp'])
      expect(invite.raw('Subject')).to.deep.equal(['hold'])
      expect(invite.get('Contact')?.uri.isSip).to.equal(true)
      const elsewhere = bob.uri('elsewhere')
      const ok = bob.send(200, { headers: { Contact: `<${elsewhere}>` } })
      const [ack] = await bob.expect(request('ACK', { uri: elsewhere }))
      expect(ack.cseq.number).to.equal(seq + 1)
      expect((await told).kind).to.equal('answered')
      bob.repeat(ok)
      await bob.expect(again('ACK'))
      await hungUp(bob, dialog, { uri: elsewhere })
      expect(() => dialog.reinvite({ headers: { Subject: 'a\r\nb' } })).to.throw(TypeError)
      expect(await dialog.reinvite()).to.deep.equal({ kind: 'transportError', reason: 'the call is over' })
    }))

  it('INV-12 §14.1 waits for the one before it [3261-14.1-2] [3261-14.1-3]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = [dialog.reinvite({ body: sdp }), dialog.reinvite()]
      const [first] = await bob.expect('INVITE')
      bob.send(100)
      await bob.silence(1000)
      bob.send(200, { for: first })
      const [, second] = await bob.expect('ACK', 'INVITE')
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      bob.send(488, { for: second })
      await bob.expect('ACK')
      expect((await Promise.all(told)).map(({ kind }) => kind)).to.deep.equal(['answered', 'rejected'])
      await hungUp(bob, dialog)
    }))

  it('INV-15 §14.2 an INVITE of the peer meanwhile gets 491 [3261-14.2-2]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.reinvite()
      const [invite] = await bob.expect('INVITE')
      const theirs = bob.send('INVITE')
      await bob.expect(response(491, { of: 'INVITE' }))
      bob.send('ACK', { headers: { CSeq: `${theirs.cseq.number} ACK` } })
      bob.send(200, { for: invite })
      await bob.expect('ACK')
      expect((await told).kind).to.equal('answered')
      await hungUp(bob, dialog)
    }))

  it('INV-13 §14.1 one that gets 491 comes again 2.1 to 4 s later, as the Call-ID is ours [3261-14.1-6] [3261-14.1-7]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.reinvite({ body: sdp })
      const [first] = await bob.expect('INVITE')
      const refused = stage.now
      bob.send(491)
      await bob.expect('ACK')
      const [second] = await bob.expect('INVITE')
      expect(stage.now - refused).to.be.within(2100, 4100)
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      expect(second.body).to.equal(sdp)
      bob.send(200)
      await bob.expect('ACK')
      expect((await told).kind).to.equal('answered')
      await hungUp(bob, dialog)
    }))

  it('§14.1 one that gets nothing but 491 is given up after five, which is nothing to the next one', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.reinvite()
      for (let i = 0; i < 5; i++) {
        await bob.expect('INVITE')
        bob.send(491)
        await bob.expect('ACK')
      }
      expect(await told).to.have.nested.property('response.status', 491)
      await bob.silence(5000)
      const next = dialog.reinvite()
      await bob.expect('INVITE')
      bob.send(491)
      await bob.expect('ACK', 'INVITE')
      bob.send(200)
      await bob.expect('ACK')
      expect((await next).kind).to.equal('answered')
      await hungUp(bob, dialog)
    }))

  it('§14.1 none comes after a 491 when the call has ended meanwhile', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.reinvite()
      await bob.expect('INVITE')
      bob.send(491)
      await bob.expect('ACK')
      await hungUpBy(bob)
      expect((await told).kind).to.equal('transportError')
      await bob.silence(5000)
    }))

  it('INV-16 §14.1 a refusal leaves the call as it was [3261-14.1-5]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      for (const status of [302, 488, 500, 603]) {
        const told = dialog.reinvite({ body: sdp })
        await bob.expect('INVITE')
        bob.send(status, { headers: { Contact: '<sip:nowhere@203.0.113.9>' } })
        await bob.expect('ACK')
        expect(await told).to.have.nested.property('response.status', status)
      }
      await hungUp(bob, dialog, { uri: bob.uri() })
      expect(await dialog.ended).to.equal('local')
    }))

  it('RFC 6141 §4.6 §4.7 the target moves with a 2xx, ours or theirs, and not with what may be lost [6141-4.2-1] [6141-4.2-2] [6141-4.7-2]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage, { handlers })
      const told = dialog.reinvite({ body: sdp })
      const [invite] = await bob.expect('INVITE')
      bob.send(183, { for: invite, headers: { Contact: `<${bob.uri('early')}>` } })
      await stage.pause(100)
      void dialog.request('INFO')
      const [info] = await bob.expect(request('INFO', { uri: bob.uri() }))
      bob.send(200, { for: info })
      bob.send(200, { for: invite, headers: { Contact: `<${bob.uri('theirs')}>` } })
      await bob.expect(request('ACK', { uri: bob.uri('theirs') }))
      await told
      bob.send('INVITE', { headers: { Contact: `<${bob.uri('ours')}>`, 'Content-Type': 'application/sdp' }, body: sdp })
      await bob.expect(response(200, { of: 'INVITE' }))
      bob.send('ACK')
      await hungUp(bob, dialog, { uri: bob.uri('ours') })
    }))

  for (const [what, origin] of [
    ['version', 'o=- 1 %d IN IP4 192.0.2.1\r\n'],
    ['content, where there is no version', ''],
  ] as const) {
    it(`§14.2 RFC 3311 §5.2 without handlers one of theirs is answered when it changes nothing, which its ${what} tells [3261-14.2-3] [3311-5.2-4]`, () =>
      passing(async stage => {
        const described = (version: number) => ({
          headers: { 'Content-Type': 'application/sdp' },
          body: `v=0\r\n${origin.replace('%d', String(version))}s=${version}\r\nt=0 0\r\n`,
        })
        const ours = 'v=0\r\no=- 9 9 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n'
        const { bob, call } = await placed(stage, { body: ours })
        bob.send(200, described(7))
        await bob.expect('ACK')
        const dialog = await dialogOf(call)
        for (const [method, refusal] of [
          ['INVITE', 488],
          ['UPDATE', 405],
        ] as const) {
          for (const version of [7, 8]) {
            bob.send(method, described(version))
            const [answer] = await bob.expect(response(version === 7 ? 200 : refusal, { of: method }))
            if (version === 7) expect(answer.body).to.equal(ours)
            if (method === 'INVITE') bob.send('ACK')
          }
        }
        await hungUp(bob, dialog)
      }))
  }

  it('§9.2 RFC 6141 §3.8 one of theirs that is cancelled gets 487, and the call goes on as it was [6141-3.8-1]', () =>
    passing(async stage => {
      const asked: Incoming[] = []
      const slow = { reINVITE: (invite: Incoming): unknown => asked.push(invite) }
      const { bob, dialog } = await established(stage, { handlers: slow })
      for (const isAgreed of [false, true]) {
        const change = bob.send('INVITE', { headers: { 'Content-Type': 'application/sdp' }, body: sdp })
        await stage.pause(10)
        if (isAgreed) asked.at(-1)?.reply(200, { body: sdp })
        else bob.send('CANCEL', { for: change })
        if (isAgreed) await bob.expect(response(200, { of: 'INVITE' }))
        else await bob.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
        bob.send('ACK')
      }
      await hungUp(bob, dialog)
      expect(await dialog.ended).to.equal('local')
    }))

  it('RFC 6141 §5.3 the ACK for a refusal that cannot be sent ends nothing, the peer being elsewhere by then; another one brings both together [6141-5.3-2] [6141-5.3-3]', () =>
    passing(async stage => {
      const handlers: CallHandlers = { UPDATE: update => void update.reply(200) }
      const { bob, dialog } = await established(stage, { handlers })
      const elsewhere = bob.uri('elsewhere')
      const offered = { headers: { 'Content-Type': 'application/sdp' }, body: sdp }
      const first = dialog.reinvite({ body: 'v=0\r\ns=1\r\n' })
      const [agreed] = await bob.expect('INVITE')
      bob.send(200, { for: agreed, ...offered })
      await bob.expect('ACK')
      await first
      const told = dialog.reinvite({ body: 'v=0\r\n' })
      const [invite] = await bob.expect('INVITE')
      bob.send('UPDATE', { headers: { Contact: `<${elsewhere}>` } })
      await bob.expect(response(200, { of: 'UPDATE' }))
      stage.network.refuse('ACK')
      bob.send(488, { for: invite })
      const [again] = await bob.expect(request('INVITE', { uri: elsewhere }))
      expect((await told).kind).to.equal('rejected')
      expect(again.body).to.equal('v=0\r\ns=1\r\n')
      const third = bob.uri('third')
      bob.send('UPDATE', { headers: { Contact: `<${third}>` } })
      await bob.expect(response(200, { of: 'UPDATE' }))
      bob.send(488, { for: again })
      await bob.silence(40_000)
      const info = dialog.request('INFO')
      await bob.expect(request('INFO', { uri: third }))
      bob.send(200)
      expect((await info).kind).to.equal('answered')
      await hungUp(bob, dialog, { uri: third })
    }))

  it('RFC 6141 §5.4 one of theirs whose ACK is lost ends nothing, when the next one is acknowledged [6141-5.4-1]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage, { handlers })
      const offer = { headers: { 'Content-Type': 'application/sdp' }, body: sdp }
      bob.send('INVITE', offer)
      await bob.expect(response(200, { of: 'INVITE' }))
      await stage.pause(20_000)
      const next = bob.send('INVITE', offer)
      await bob.expect(response(200, { of: 'INVITE', headers: { CSeq: `${next.cseq.number} INVITE` } }))
      bob.send('ACK')
      await stage.pause(40_000)
      await hungUp(bob, dialog)
      expect(await dialog.ended).to.equal('local')
    }))

  for (const status of [408, 481]) {
    it(`INV-16 §14.1 a ${status} ends the call with BYE`, () =>
      passing(async stage => {
        const { bob, dialog } = await established(stage)
        const told = dialog.reinvite()
        const next = dialog.reinvite()
        await bob.expect('INVITE')
        bob.send(status)
        await bob.expect('ACK', 'BYE')
        bob.send(200)
        expect(await told).to.have.nested.property('response.status', status)
        expect((await next).kind).to.equal('transportError')
        expect(await dialog.ended).to.equal('lost')
      }))
  }

  for (const [when, answer] of [
    ['at once', (offer: string) => `v=0\r\ns=answer to ${offer.length}\r\n`],
    ['later', async (offer: string) => `v=0\r\ns=answer to ${offer.length}\r\n`],
  ] as const) {
    it(`§14.2 the answer to an offer in the 2xx goes into the ACK, made ${when}`, () =>
      passing(async stage => {
        const { bob, dialog } = await established(stage)
        const told = dialog.reinvite({ answer })
        await bob.expect('INVITE')
        const ok = bob.send(200, { headers: { 'Content-Type': 'application/sdp' }, body: sdp })
        const [ack] = await bob.expect('ACK')
        expect(ack.body).to.equal(`v=0\r\ns=answer to ${sdp.length}\r\n`)
        expect((await told).kind).to.equal('answered')
        bob.repeat(ok)
        await bob.expect(again('ACK'))
        await hungUp(bob, dialog)
      }))
  }

  for (const [how, answer] of [
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['never comes', () => new Promise<string>(() => undefined)],
  ] as const) {
    it(`§14.2 when the function for the answer ${how}, the ACK refuses the offer, and BYE follows [3261-14.2-10]`, () =>
      passing(async stage => {
        const { alice, bob, dialog } = await established(stage)
        const told = dialog.reinvite({ answer })
        await bob.expect('INVITE')
        bob.send(200, { headers: { 'Content-Type': 'application/sdp' }, body: `${sdp}m=audio 4000 RTP/AVP 0\r\n` })
        if (how === 'never comes') await stage.pause(31_000)
        const [ack] = await bob.expect('ACK', 'BYE')
        expect(ack.body).to.include('m=audio 0 RTP/AVP 0')
        bob.send(200)
        expect((await told).kind).to.equal('answered')
        expect(await dialog.ended).to.equal('local')
        expect(alice.errors().length).to.equal(how === 'never comes' ? 0 : 1)
      }))
  }

  it('§14.1 §13.2.2.4 without a function for it, what we have described answers the offer in the 2xx [3261-13.2.2.4-5]', () =>
    passing(async stage => {
      const described = (version: number, formats: string): string =>
        `v=0\r\no=- 9 ${version} IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP ${formats}\r\n`
      const typed = { 'Content-Type': 'application/sdp' }
      const { bob, call } = await placed(stage, { body: described(1, '0 8') })
      bob.send(200, { headers: typed, body: described(5, '0 8') })
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      for (const [offer, answer] of [
        [described(6, '8 3'), /^m=audio 4000 RTP\/AVP 8\r$/m],
        [described(7, '3'), /^m=audio 0 RTP\/AVP 3\r$/m],
      ] as const) {
        const changed = dialog.reinvite()
        await bob.expect('INVITE')
        bob.send(200, { headers: typed, body: offer })
        const [ack] = await bob.expect('ACK')
        expect(ack.body).to.match(answer)
        expect((await changed).kind).to.equal('answered')
        expect((await dialog.snapshot())?.agreement).to.include({ remote: offer, local: ack.body })
      }
      await hungUp(bob, dialog)
    }))

  it('§14.1 a BYE does not wait for it, and its 2xx is acknowledged all the same', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const told = dialog.reinvite()
      const [invite] = await bob.expect('INVITE')
      const over = dialog.bye()
      const [bye] = await bob.expect('BYE')
      bob.send(200, { for: bye })
      bob.send(200, { for: invite })
      await bob.expect('ACK')
      expect((await over).kind).to.equal('answered')
      expect((await told).kind).to.equal('transportError')
    }))
})
