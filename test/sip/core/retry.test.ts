/** Requests sent once more because of a refusal that says how: §8.1.3.5; responses that say nothing: §8.1.3.2, §8.1.3.3. */

import { expect } from 'chai'
import { request, type SendOptions } from '../../../apps/scenario/scenario.js'
import { mended } from '../../../apps/sip/core/retry.js'
import type { Outcome, Request } from '../../../apps/sip/sip.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import { placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

type Refusal = NonNullable<SendOptions['headers']>

/** The request as it came first, and as it came after the refusal. */
async function retried(options: object, status: number, refusal: Refusal): Promise<readonly [Request, Request]> {
  let both: readonly [Request, Request] | undefined
  await passing(async stage => {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    const asked = alice.stack.request('MESSAGE', bob.uri(), options)
    const [first] = await bob.expect('MESSAGE')
    bob.send(status, { headers: refusal })
    const [second] = await bob.expect('MESSAGE')
    // Once for each status: the second refusal is the outcome.
    bob.send(status, { headers: refusal })
    const outcome = await asked
    expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(status)
    expect(second.cseq.number).to.equal(first.cseq.number + 1)
    for (const name of ['Call-ID', 'From', 'To']) expect(second.raw(name)).to.deep.equal(first.raw(name))
    both = [first, second]
  })
  if (both === undefined) throw new Error('no requests')
  return both
}

async function refused(options: object, status: number, refusal: Refusal): Promise<Outcome> {
  let outcome: Outcome | undefined
  await passing(async stage => {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    const asked = alice.stack.request('MESSAGE', bob.uri(), options)
    await bob.expect('MESSAGE')
    bob.send(status, { headers: refusal })
    outcome = await asked
    await bob.silence(500)
  })
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

const html = { headers: { 'Content-Type': 'text/html' }, body: '<p>hello</p>' }
const plain = { type: 'text/plain', body: 'hello' }

describe('a refusal that says what would do', () => {
  it('§8.1.3.5 413 gets a smaller body, where there is one [UAC-17] [3261-8.1.3.5-2]', async () => {
    const [, second] = await retried({ ...html, alternatives: [plain] }, 413, {})
    expect([second.raw('Content-Type').join(), second.body]).to.deep.equal(['text/plain', 'hello'])
    expect((await refused(html, 413, {})).kind).to.equal('rejected')
  })

  it('§21.4.11 413 with Retry-After gets the same once more, after that time; not when it is long', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const asked = alice.stack.request('MESSAGE', bob.uri(), html)
      const [first] = await bob.expect('MESSAGE')
      bob.send(413, { headers: { 'Retry-After': '10' } })
      await bob.silence(9900)
      const [second] = await bob.within(200).expect('MESSAGE')
      expect(second.body).to.equal(first.body)
      bob.send(200)
      expect((await asked).kind).to.equal('answered')
      const other = alice.stack.request('MESSAGE', bob.uri(), html)
      await bob.expect('MESSAGE')
      bob.send(413, { headers: { 'Retry-After': '3600' } })
      expect((await other).kind).to.equal('rejected')
    }))

  it('a call that waits for Retry-After is given up at once', () =>
    passing(async stage => {
      const { bob, call } = await placed(stage)
      bob.send(413, { headers: { 'Retry-After': '10' } })
      await bob.expect('ACK')
      call.cancel()
      expect((await call.outcome).kind).to.equal('cancelled')
      await bob.silence(20_000)
    }))

  it('§8.1.3.5 415 gets the first alternative that is accepted [UAC-17] [3261-8.1.3.5-3]', async () => {
    const alternatives = [{ type: 'application/x', body: 'x' }, plain]
    const [, second] = await retried({ ...html, alternatives }, 415, { Accept: 'text/plain' })
    expect([second.raw('Content-Type').join(), second.body]).to.deep.equal(['text/plain', 'hello'])
    const outcome = await refused({ ...html, alternatives: [plain] }, 415, { Accept: 'application/sdp' })
    expect(outcome.kind).to.equal('rejected')
  })

  it('§8.1.3.5 of a body of several parts those that 415 accepts are sent', async () => {
    const part = (type: string, text: string): string => `--b\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`
    const body = `${part('text/plain', 'a')}${part('text/html', 'b')}${part('image/png', 'c')}--b--\r\n`
    const mixed = { headers: { 'Content-Type': 'multipart/mixed;boundary=b' }, body }
    const [, one] = await retried(mixed, 415, { Accept: 'text/plain, multipart/mixed' })
    expect([one.raw('Content-Type').join(), one.body]).to.deep.equal(['text/plain', 'a'])
    const [, two] = await retried(mixed, 415, { Accept: 'text/*' })
    expect(two.raw('Content-Type').join()).to.match(/^multipart\/mixed;boundary=/)
    expect(two.body).to.contain('text/html').and.not.to.contain('image/png')
    expect((await refused(mixed, 415, { Accept: 'application/sdp' })).kind).to.equal('rejected')
  })

  it('§8.1.3.5 416 gets a SIP URI for a tel URI [UAC-17] [3261-8.1.3.5-4]', () =>
    passing(async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const headers = { Route: `<${proxy.uri()};lr>` }
      const { address, port } = proxy.place
      const asked = alice.stack.request('MESSAGE', 'tel:+1-201-555-0123', { headers })
      await proxy.expect('MESSAGE')
      proxy.send(416)
      await proxy.expect(request('MESSAGE', { uri: `sip:+1-201-555-0123@${address}:${port};user=phone` }))
      proxy.send(200)
      expect((await asked).kind).to.equal('answered')
    }))

  it('§8.1.3.5 416 gets a sip URI for a sips URI only where that is allowed', () => {
    const parts = { from: 'sip:alice@example.com', to: 'sips:bob@example.com', callId: 'a', cseq: 1 }
    const asked = createRequest('MESSAGE', 'sips:bob@example.com', parts)
    const remedies = { alternatives: [], isBodyOptional: false, nextHop: asked.uri, random: { uint32: () => 1 } }
    const refusal = createResponse(asked, 416)
    expect(mended(asked, refusal, { ...remedies, insecure: false })).to.equal(undefined)
    expect(String(mended(asked, refusal, { ...remedies, insecure: true })?.uri)).to.equal('sip:bob@example.com')
  })

  it('§8.1.3.5 420 gets the request without the extensions that are not supported [UAC-17] [UAC-18] [3261-8.1.3.5-5]', async () => {
    const headers = { Require: ['100rel', 'foo'], 'Proxy-Require': 'bar', Supported: ['foo', 'timer'] }
    const [, second] = await retried({ headers }, 420, { Unsupported: 'foo, bar' })
    expect(second.raw('Require').join()).to.equal('100rel')
    expect(second.has('Proxy-Require')).to.equal(false)
    expect(second.raw('Supported').join()).to.equal('timer')
    expect((await refused({ headers }, 420, { Unsupported: 'other' })).kind).to.equal('rejected')
  })

  it('one remedy after the other, each once, with the CSeq rising', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const headers = { ...html.headers, Require: 'foo' }
      const call = alice.stack.invite(bob.uri(), { ...html, alternatives: [plain], headers })
      const [first] = await bob.expect('INVITE')
      bob.send(420, { headers: { Unsupported: 'foo' } })
      const [, second] = await bob.expect('ACK', 'INVITE')
      bob.send(415, { headers: { Accept: 'text/plain' } })
      const [, third] = await bob.expect('ACK', 'INVITE')
      expect([first, second, third].map(({ cseq }) => cseq.number - first.cseq.number)).to.deep.equal([0, 1, 2])
      bob.send(420, { headers: { Unsupported: 'foo' } })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('rejected')
    }))
})

describe('responses that nobody has heard of', () => {
  it('§8.1.3.2 unknown codes are those of their class [UAC-12] [3261-8.1.3.2-1] [3261-8.1.3.2-2] [3261-8.1.3.2-3]', async () => {
    for (const [status, kind] of [
      [299, 'answered'],
      [399, 'rejected'],
      [499, 'rejected'],
      [599, 'rejected'],
      [699, 'rejected'],
    ] as const) {
      await passing(async stage => {
        const { bob, call } = await placed(stage)
        bob.send(100)
        bob.send(183)
        bob.send(199 - 10)
        bob.send(status)
        await bob.expect('ACK')
        const outcome = await call.outcome
        expect(outcome.kind).to.equal(kind)
        const seen: number[] = []
        for await (const response of call.responses) seen.push(response.status)
        expect(seen).to.deep.equal([100, 183, 189, status])
        if (outcome.kind !== 'answered') return
        const bye = outcome.dialog.bye()
        await bob.expect('BYE')
        bob.send(200)
        await bye
      })
    }
  })

  it('§8.1.3.3 a response with more than one Via is not ours: it is discarded [UAC-13] [3261-8.1.3.3-1]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const asked = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      const via = options.raw('Via').join()
      const other = 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKother'
      for (const Via of [[via, other], `${via}, ${other}`]) {
        bob.send(200, { for: options, headers: { Via } })
        await stage.pause(100)
      }
      bob.send(486, { for: options })
      const outcome = await asked
      expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(486)
    }))
})
