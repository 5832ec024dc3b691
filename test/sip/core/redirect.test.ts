/** Where a request goes when the first target sends it on: §8.1.3.4, §19.1.5, §21.3. */

import { expect } from 'chai'
import { nobody } from '../../../apps/actor/actor.js'
import { type RawPeer, request, type Stage } from '../../../apps/scenario/scenario.js'
import { Recourse } from '../../../apps/sip/core/recourse.js'
import type { Call } from '../../../apps/sip/sip.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import { dialogOf, hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

async function refused(call: Call): Promise<number | string> {
  const outcome = await call.outcome
  return outcome.kind === 'rejected' ? outcome.response.status : outcome.kind
}

async function three(stage: Stage): Promise<readonly [RawPeer, RawPeer, RawPeer]> {
  return [await stage.raw('office'), await stage.raw('home'), await stage.raw('mobile')]
}

describe('a redirection', () => {
  it('§8.1.3.4 is not followed unless asked for: the 302 is the outcome', () =>
    passing(async stage => {
      const [office, home] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri())
      await office.expect('INVITE')
      office.send(302, { headers: { Contact: `<${home.uri()}>` } })
      await office.expect('ACK')
      expect(await refused(call)).to.equal(302)
      await home.silence(1000)
    }))

  it('§8.1.3.4 leads to the same call elsewhere: Call-ID, From and To as before, CSeq and branch new [UAC-14] [3261-8.1.3.4-1] [3261-8.1.3.4-7] [3261-8.1.3.4-8] [3261-8.1.3.4-9]', () =>
    passing(async stage => {
      const [office, home] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 1, body: 'v=0\r\n', headers: { Subject: 'lunch' } })
      const [first] = await office.expect('INVITE')
      office.send(302, { headers: { Contact: `<${home.uri()}>` } })
      await office.expect('ACK')
      const [second] = await home.expect(request('INVITE', { uri: home.uri() }))
      for (const name of ['Call-ID', 'From', 'To', 'Subject', 'Content-Type']) {
        expect(second.raw(name), name).to.deep.equal(first.raw(name))
      }
      expect(second.body).to.equal('v=0\r\n')
      expect(second.to.tag).to.equal(undefined)
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      expect(second.via.branch).to.not.equal(first.via.branch)
      home.send(200)
      await home.expect('ACK')
      const seen: number[] = []
      for await (const { status } of call.responses) seen.push(status)
      expect(seen).to.deep.equal([302, 200])
      await hungUp(home, await dialogOf(call))
    }))

  it('UC-1 §8.1.3.4 targets are tried by q, the next one after a failure, none of them twice [UAC-14] [3261-8.1.3.4-2] [3261-8.1.3.4-4] [3261-8.1.3.4-5]', () =>
    passing(async stage => {
      const [office, home, mobile] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 10 })
      await office.expect('INVITE')
      const contacts = [`<${home.uri()}>;q=0.3`, `<${mobile.uri()}>;q=0.8`, `<${office.uri()}>;q=0.5`]
      office.send(300, { headers: { Contact: contacts } })
      await office.expect('ACK')
      await mobile.expect('INVITE')
      // It names whoever has been asked already, too.
      mobile.send(302, { headers: { Contact: [`<${mobile.uri()}>`, `<${home.uri()}>`] } })
      await mobile.expect('ACK')
      await home.expect('INVITE')
      home.send(486)
      await home.expect('ACK')
      expect(await refused(call)).to.equal(486)
      for (const peer of [office, home, mobile]) await peer.silence(500)
    }))

  it('a target that is silent hides no answer of the one before; without any it is the outcome', () =>
    passing(async stage => {
      const [office, home, mobile] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 2 })
      await office.expect('INVITE')
      office.send(302, { headers: { Contact: [`<${home.uri()}>`, `<${mobile.uri()}>`] } })
      await office.expect('ACK')
      await home.expect('INVITE')
      home.send(486)
      await home.expect('ACK')
      await mobile.expect('INVITE')
      expect(await refused(call)).to.equal(486)
      const other = alice.stack.invite(office.uri(), { redirects: 1 })
      await office.expect('INVITE')
      office.send(302, { headers: { Contact: `<${mobile.uri()}>` } })
      await office.expect('ACK')
      await mobile.expect('INVITE')
      expect(await refused(other)).to.equal('timeout')
    }))

  it('§21.6 a 6xx speaks for all targets', () =>
    passing(async stage => {
      const [office, home, mobile] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 5 })
      await office.expect('INVITE')
      office.send(302, { headers: { Contact: [`<${home.uri()}>`, `<${mobile.uri()}>`] } })
      await office.expect('ACK')
      await home.expect('INVITE')
      home.send(603)
      await home.expect('ACK')
      expect(await refused(call)).to.equal(603)
      await mobile.silence(500)
    }))

  it('B-16 a loop of redirections ends after as many as allowed, each with a CSeq of its own', () =>
    passing(async stage => {
      const office = await stage.raw('office')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri('0'), { redirects: 3 })
      const seqs: number[] = []
      for (let at = 0; at <= 3; at++) {
        const [invite] = await office.expect(request('INVITE', { uri: office.uri(String(at)) }))
        seqs.push(invite.cseq.number)
        office.send(302, { headers: { Contact: `<${office.uri(String(at + 1))}>` } })
        await office.expect('ACK')
      }
      expect(await refused(call)).to.equal(302)
      const [first = 0] = seqs
      expect(seqs).to.deep.equal([first, first + 1, first + 2, first + 3])
      expect(await alice.stack.census()).to.include({ calls: 0, dialogs: 0 })
    }))

  it('§19.1.5 the URI brings headers and body, but none that are dangerous [UAC-10] [3261-8.1.3.4-6]', () =>
    passing(async stage => {
      const [office, home] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 1, headers: { Subject: 'old', Priority: 'urgent' } })
      const [first] = await office.expect('INVITE')
      const asked = 'Subject=new&From=%3Csip:mallory%40x.y%3E&Route=%3Csip:x.y%3Blr%3E&Call-ID=1&Via=x'
      const body = '&content-type=text%2Fplain&body=hi'
      office.send(302, { headers: { Contact: `<${home.uri()};method=INVITE?${asked}${body}>` } })
      await office.expect('ACK')
      const [second] = await home.expect(request('INVITE', { uri: home.uri() }))
      expect(second.get('Subject')).to.equal('new')
      expect(second.get('Priority')).to.equal('urgent')
      expect(second.raw('From')).to.deep.equal(first.raw('From'))
      expect(second.callId).to.equal(first.callId)
      expect(second.has('Route')).to.equal(false)
      expect([second.raw('Content-Type').join(), second.body]).to.deep.equal(['text/plain', 'hi'])
      home.send(603)
      await home.expect('ACK')
      expect(await refused(call)).to.equal(603)
    }))

  it('URIs that are for another method, are no SIP URIs, or ask for malformed headers are passed over', () =>
    passing(async stage => {
      const [office, home] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 1 })
      await office.expect('INVITE')
      const useless = [`<${home.uri()};method=MESSAGE>`, `<${home.uri()}?Expires=soon>`, '<mailto:bob@example.com>']
      office.send(302, { headers: { Contact: [...useless, `<${home.uri('last')}>;q=0.1`] } })
      await office.expect('ACK')
      await home.expect(request('INVITE', { uri: home.uri('last') }))
      home.send(603)
      await home.expect('ACK')
      expect(await refused(call)).to.equal(603)
    }))

  it('§8.1.3.4 what is for a sips URI goes to no sip URI [UAC-15] [3261-8.1.3.4-3]', () => {
    const parts = { from: 'sip:alice@example.com', to: 'sips:bob@example.com', callId: 'a', cseq: 1 }
    const invite = createRequest('INVITE', 'sips:bob@example.com', parts)
    const contact = ['<sip:bob@192.0.2.2>', '<sips:bob@192.0.2.3>;q=0.1'].join(', ')
    const response = createResponse(invite, 302, { headers: { Contact: contact } })
    const random = { uint32: () => 1 }
    for (const insecure of [false, true]) {
      const recourse = new Recourse(invite, { redirects: 1, insecure, alternatives: [], isBodyOptional: false, random })
      const another = recourse.after({ kind: 'response', response, transaction: nobody })
      expect(String(another?.request.uri)).to.equal(insecure ? 'sip:bob@192.0.2.2' : 'sips:bob@192.0.2.3')
    }
  })

  it('§21.3.4 305 repeats the request by that proxy; §21.3.5 380 is an answer, and no way', () =>
    passing(async stage => {
      const [office, proxy] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 1 })
      await office.expect('INVITE')
      office.send(305, { headers: { Contact: `<${proxy.uri()}>` } })
      await office.expect('ACK')
      await proxy.expect(request('INVITE', { uri: office.uri() }))
      proxy.send(486)
      await proxy.expect('ACK')
      expect(await refused(call)).to.equal(486)
      const other = alice.stack.invite(office.uri(), { redirects: 1 })
      await office.expect('INVITE')
      office.send(380, { headers: { Contact: `<${proxy.uri()}>` } })
      await office.expect('ACK')
      expect(await refused(other)).to.equal(380)
      await proxy.silence(500)
    }))

  it('UC-2 requests that are no INVITE follow, too, and are challenged there for themselves', () =>
    passing(async stage => {
      const [office, home] = await three(stage)
      const alice = await stage.stack('alice')
      const auth = { username: 'alice', password: 'secret' }
      const asked = alice.stack.request('OPTIONS', office.uri(), { redirects: 1, auth })
      const [first] = await office.expect('OPTIONS')
      office.send(301, { headers: { Contact: `<${home.uri()}>` } })
      await home.expect('OPTIONS')
      home.send(401, { headers: { 'WWW-Authenticate': 'Digest realm="home", nonce="1", qop="auth"' } })
      const [third] = await home.expect('OPTIONS')
      expect(third.cseq.number).to.equal(first.cseq.number + 2)
      expect(third.get('Authorization')?.params.get('uri')).to.equal(home.uri())
      home.send(200)
      expect((await asked).kind).to.equal('answered')
    }))

  it('options_302: §8.1.3.4 OPTIONS follows to where the 302 says, and gets its 200 there [3261-8.1.3.4-1]', () =>
    passing(async stage => {
      const [office, home] = await three(stage)
      const alice = await stage.stack('alice')
      const asked = alice.stack.request('OPTIONS', office.uri(), { redirects: 1 })
      await office.expect('OPTIONS')
      office.send(302, { headers: { Contact: `<${home.uri()}>` } })
      await home.expect(request('OPTIONS', { uri: home.uri() }))
      home.send(200)
      expect((await asked).kind).to.equal('answered')
    }))

  it('options_302_failed: §8.1.3.4 the target with q=0.5 says 404, the one with q=0.1 then 200 [3261-8.1.3.4-2] [3261-8.1.3.4-4]', () =>
    passing(async stage => {
      const [office, home, mobile] = await three(stage)
      const alice = await stage.stack('alice')
      const asked = alice.stack.request('OPTIONS', office.uri(), { redirects: 2 })
      await office.expect('OPTIONS')
      office.send(302, { headers: { Contact: [`<${home.uri()}>;q=0.1`, `<${mobile.uri()}>;q=0.5`] } })
      await mobile.expect('OPTIONS')
      mobile.send(404)
      await home.expect('OPTIONS')
      home.send(200)
      expect((await asked).kind).to.equal('answered')
    }))

  it('a call that is given up follows no more', () =>
    passing(async stage => {
      const [office, home] = await three(stage)
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(office.uri(), { redirects: 1 })
      const [invite] = await office.expect('INVITE')
      office.send(180)
      await stage.pause(100)
      call.cancel()
      const [cancel] = await office.expect('CANCEL')
      office.send(200, { for: cancel })
      office.send(302, { for: invite, headers: { Contact: `<${home.uri()}>` } })
      await office.expect('ACK')
      expect((await call.outcome).kind).to.equal('cancelled')
      await home.silence(500)
    }))
})
