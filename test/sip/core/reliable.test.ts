/** Provisional answers that are repeated until their PRACK comes: RFC 3262 §3. */

import { expect } from 'chai'
import { type RawPeer, response, type Stage } from '../../../apps/scenario/scenario.js'
import { reliableInitial, reliableResponses } from '../../../apps/sip/core/reliable-response.js'
import type { Core, Incoming, Response } from '../../../apps/sip/sip.js'
import { toAddress } from '../../../apps/sip/syntax/address.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import { dialogOf, hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

const able = { Supported: '100rel' }
const sdp = 'v=0\r\n'

const inviteWith100rel = createRequest('INVITE', 'sip:bob@example.com', {
  from: toAddress('<sip:alice@example.com>;tag=a'),
  to: toAddress('<sip:bob@example.com>'),
  callId: 'c',
  cseq: 1,
  headers: able,
})

/** A callee whose answers the test gives by hand. */
async function ringing(
  stage: Stage,
  headers: Record<string, string>,
  more: Partial<Core> = {},
): Promise<readonly [RawPeer, Incoming, () => Promise<number>]> {
  let incoming: Incoming | undefined
  const core: Core = {
    name: 'bob',
    match: () => true,
    supported: ['100rel'],
    INVITE: invite => {
      incoming = invite
    },
    ...more,
  }
  const bob = await stage.stack('bob', { cores: [core] })
  const alice = await stage.raw('alice')
  alice.send('INVITE', { to: bob, headers })
  await stage.pause(100)
  if (incoming === undefined) throw new Error('no call')
  return [alice, incoming, async () => (await bob.stack.census()).dialogs]
}

function prack(alice: RawPeer, { cseq }: Response, rseq: number | undefined): void {
  alice.send('PRACK', { headers: { RAck: `${rseq} ${cseq.number} INVITE` } })
}

describe('a reliable provisional answer', () => {
  it('EXT-01 RFC 3262 §3 is repeated after T1, then twice as long each time, until the PRACK, which gets 200 [3262-3-9] [3262-3-10] [3262-3-13] [3262-3-14]', () =>
    passing(async stage => {
      const [alice, invite] = await ringing(stage, able)
      invite.reply(183, { reliable: true, body: sdp })
      const [progress] = await alice.expect(response(183, { headers: { Require: '100rel' } }))
      const rseq = progress.get('RSeq') ?? 0
      expect(rseq).to.be.within(1, 2 ** 31 - 1)
      await stage.pause(8000)
      expect(alice.times(progress)).to.deep.equal([0, 500, 1500, 3500, 7500])
      prack(alice, progress, rseq)
      await alice.expect(response(200, { of: 'PRACK' }))
      await stage.pause(30_000)
      expect(alice.times(progress)).to.have.length(5)
      invite.reply(200)
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.send('ACK')
      await hungUpBy(alice)
    }))

  it('EXT-03 RFC 3262 §3 a PRACK that acknowledges nothing gets 481 [3262-3-12]', () =>
    passing(async stage => {
      const [alice, invite] = await ringing(stage, able)
      invite.reply(183, { reliable: true })
      const [progress] = await alice.expect(183)
      const rseq = progress.get('RSeq') ?? 0
      const { number } = progress.cseq
      for (const RAck of [
        `${rseq + 1} ${number} INVITE`,
        `${rseq} ${number + 1} INVITE`,
        `${rseq} ${number} UPDATE`,
        undefined,
      ]) {
        alice.send('PRACK', { headers: { RAck } })
        await alice.expect(response(481, { of: 'PRACK' }))
      }
      prack(alice, progress, rseq)
      await alice.expect(response(200, { of: 'PRACK' }))
      prack(alice, progress, rseq)
      await alice.expect(response(481, { of: 'PRACK' }))
      invite.reply(486)
      await alice.expect(486)
      alice.send('ACK')
    }))

  it('EXT-01 RFC 3262 §3 the next waits for its PRACK, and is numbered one higher [3262-3-16] [3262-3-17] [3262-3-18]', () =>
    passing(async stage => {
      const [alice, invite] = await ringing(stage, able)
      invite.reply(183, { reliable: true })
      invite.reply(180, { reliable: true })
      const [progress] = await alice.expect(183)
      const rseq = progress.get('RSeq') ?? 0
      await alice.silence(300)
      prack(alice, progress, rseq)
      const [, second] = await alice.expect(response(200, { of: 'PRACK' }), 180)
      expect(second.get('RSeq')).to.equal(rseq + 1)
      prack(alice, second, rseq + 1)
      await alice.expect(response(200, { of: 'PRACK' }))
      invite.reply(603)
      await alice.expect(603)
      alice.send('ACK')
    }))

  it('RFC 3262 §3 the highest first number has room for a thousand million after it: none comes twice [3262-3-19]', () => {
    const progress = createResponse(inviteWith100rel, 183, { headers: { Require: '100rel' } })
    let state = reliableInitial(2 ** 31 - 1)
    const numbers = Array.from({ length: 3 }, () => {
      const answered = reliableResponses(state, { kind: 'answer', response: progress })
      state = reliableResponses(answered.state, { kind: 'acknowledged' }).state
      const [sent] = answered.effects
      return sent?.kind === 'send' ? sent.response.get('RSeq') : undefined
    })
    expect(numbers).to.deep.equal([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1])
  })

  it('EXT-03 RFC 3262 §5 a 2xx waits for the PRACK of one with a session description [3262-3-20] [3262-5-5]', () =>
    passing(async stage => {
      const [alice, invite] = await ringing(stage, able)
      invite.reply(183, { reliable: true, body: sdp })
      invite.reply(200)
      const [progress] = await alice.expect(183)
      await alice.silence(300)
      prack(alice, progress, progress.get('RSeq'))
      await alice.expect(response(200, { of: 'PRACK' }), response(200, { of: 'INVITE' }))
      alice.send('ACK')
      await hungUpBy(alice)
    }))

  it('RFC 3262 §3 any other final answer goes at once; the PRACK that comes later is still right [3262-3-21] [3262-3-22]', () =>
    passing(async stage => {
      const [alice, invite] = await ringing(stage, able)
      invite.reply(180, { reliable: true })
      const [progress] = await alice.expect(180)
      invite.reply(200, { body: sdp })
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.send('ACK')
      await stage.pause(5000)
      expect(alice.times(progress)).to.deep.equal([0])
      for (const status of [200, 481]) {
        prack(alice, progress, progress.get('RSeq'))
        await alice.expect(response(status, { of: 'PRACK' }))
      }
      await hungUpBy(alice)
    }))

  it('EXT-01 RFC 3262 §3 without PRACK the call is refused after 64*T1, be it answered meanwhile or not [3262-3-15]', async () => {
    for (const isAnswered of [false, true]) {
      await passing(async stage => {
        const [alice, invite, dialogs] = await ringing(stage, able)
        invite.reply(183, { reliable: true, body: sdp })
        if (isAnswered) invite.reply(200)
        const [progress] = await alice.expect(183)
        await alice.within(33_000).expect(500)
        alice.send('ACK')
        expect(alice.times(progress)).to.deep.equal([0, 500, 1500, 3500, 7500, 15_500, 31_500])
        expect(invite.reply(200)).to.equal(false)
        await stage.pause(1000)
        expect(await dialogs()).to.equal(0)
      })
    }
  })

  it('EXT-01 RFC 3262 §3 a refusal that overtakes one ends its repetition; its PRACK gets 200 all the same, once, for 64*T1', async () => {
    for (const isLate of [false, true]) {
      await passing(async stage => {
        const [alice, invite, dialogs] = await ringing(stage, able)
        invite.reply(183, { reliable: true })
        const [progress] = await alice.expect(183)
        invite.reply(486)
        await alice.expect(486)
        alice.send('CANCEL')
        await alice.expect(response(200, { of: 'CANCEL' }))
        alice.send('ACK')
        await stage.pause(isLate ? 33_000 : 20_000)
        expect(alice.times(progress)).to.deep.equal([0])
        expect(await dialogs()).to.equal(isLate ? 0 : 1)
        if (!isLate) {
          alice.send('INFO')
          await alice.expect(response(481, { of: 'INFO' }))
          prack(alice, progress, 7)
          await alice.expect(response(481, { of: 'PRACK' }))
          expect(await dialogs()).to.equal(1)
        }
        for (const status of isLate ? [481] : [200, 481]) {
          prack(alice, progress, progress.get('RSeq'))
          await alice.expect(response(status, { of: 'PRACK' }))
        }
        expect(await dialogs()).to.equal(0)
      })
    }
  })

  it('EXT-01 RFC 3262 §3 all are reliable where the caller requires it, but a 100 never is [3262-3-1] [3262-3-3] [3262-8.1-1]', () =>
    passing(async stage => {
      const [alice, invite] = await ringing(stage, { Require: '100rel' })
      invite.reply(100)
      const [trying] = await alice.expect(100)
      expect(trying.has('RSeq')).to.equal(false)
      invite.reply(180)
      const [progress] = await alice.expect(response(180, { headers: { Require: '100rel' } }))
      prack(alice, progress, progress.get('RSeq'))
      await alice.expect(response(200, { of: 'PRACK' }))
      invite.reply(200)
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.send('ACK')
      await hungUpBy(alice)
    }))

  it('EXT-01 RFC 3262 §3 none is where the caller cannot; one that requires it of a core that cannot gets 420 [3262-3-2] [3262-3-4]', () =>
    passing(async stage => {
      const [alice, invite] = await ringing(stage, {})
      invite.reply(183, { reliable: true })
      const [progress] = await alice.expect(183)
      expect([progress.has('RSeq'), progress.has('Require')]).to.deep.equal([false, false])
      await alice.silence(1000)
      invite.reply(486)
      await alice.expect(486)
      alice.send('ACK')
      const plain = await stage.stack('plain', {
        cores: [{ name: 'plain', match: () => true, INVITE: call => call.reply(486) }],
      })
      const carol = await stage.raw('carol')
      carol.send('INVITE', { to: plain, headers: { Require: '100rel' } })
      await carol.expect(response(420, { headers: { Unsupported: '100rel' } }))
      carol.send('ACK')
    }))

  it('§9.2 ends with the call: CANCEL or BYE, also while a 2xx waits [3261-9.2-2]', async () => {
    await passing(async stage => {
      const [alice, invite] = await ringing(stage, able)
      invite.reply(183, { reliable: true, body: sdp })
      const [progress] = await alice.expect(183)
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      await stage.pause(5000)
      expect(alice.times(progress)).to.deep.equal([0])
    })
    await passing(async stage => {
      const [alice, invite, dialogs] = await ringing(stage, able)
      invite.reply(183, { reliable: true, body: sdp })
      invite.reply(200)
      const ended = invite.dialog?.ended
      const [progress] = await alice.expect(183)
      alice.send('CANCEL')
      const [, refusal] = await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
      alice.send('ACK')
      expect(refusal.to.tag).to.equal(progress.to.tag)
      prack(alice, progress, progress.get('RSeq'))
      await alice.expect(response(200, { of: 'PRACK' }))
      await alice.silence(5000)
      expect(alice.times(progress)).to.deep.equal([0])
      expect(await ended).to.equal('local')
      expect(await dialogs()).to.equal(0)
    })
    await passing(async stage => {
      const [alice, invite] = await ringing(stage, able)
      invite.reply(183, { reliable: true, body: sdp })
      invite.reply(200)
      await alice.expect(183)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }), response(487, { of: 'INVITE' }))
      alice.send('ACK')
      await alice.silence(5000)
    })
  })

  it('RFC 3262 §5 the body of a PRACK is for the PRACK handler, whose answer goes back [3262-5-3]', () =>
    passing(async stage => {
      const PRACK = (incoming: Incoming): void => void incoming.reply(200, { body: `${incoming.request.body}a=1\r\n` })
      const [alice, invite] = await ringing(stage, able, { PRACK })
      invite.reply(183, { reliable: true, body: sdp })
      const [progress] = await alice.expect(183)
      const headers = { RAck: `${progress.get('RSeq')} ${progress.cseq.number} INVITE` }
      alice.send('PRACK', { headers, body: sdp })
      const [ok] = await alice.expect(response(200, { of: 'PRACK' }))
      expect(ok.body).to.equal('v=0\r\na=1\r\n')
      invite.reply(486)
      await alice.expect(486)
      alice.send('ACK')
    }))

  it('RFC 3262 §3 RFC 6141 §4.6 the same goes for an INVITE inside, and what is acknowledged so takes its new target [3262-3-1] [6141-4.6-3] [6141-4.6-4]', () =>
    passing(async stage => {
      let change: Incoming | undefined
      const reINVITE = (incoming: Incoming): void => {
        change = incoming
        incoming.reply(183)
      }
      const [alice, invite] = await ringing(stage, able, { reINVITE })
      invite.reply(200, { body: sdp })
      await alice.expect(200)
      alice.send('ACK')
      const told = async (): Promise<string> => {
        void invite.dialog?.request('INFO')
        const [info] = await alice.expect('INFO')
        alice.send(200, { for: info })
        return String(info.uri)
      }
      for (const [name, headers, uri] of [
        ['plain', able, alice.uri()],
        ['moved', { Require: '100rel' }, alice.uri('moved')],
      ] as const) {
        alice.send('INVITE', { headers: { ...headers, Contact: `<${alice.uri(name)}>` }, body: sdp })
        const [progress] = await alice.expect(183)
        expect([progress.has('RSeq'), progress.has('Require')]).to.deep.equal(Array(2).fill(name === 'moved'))
        expect(await told()).to.equal(uri)
        if (name === 'moved') {
          await stage.pause(4000)
          expect(alice.times(progress).length).to.equal(4)
          prack(alice, progress, progress.get('RSeq'))
          await alice.expect(response(200, { of: 'PRACK' }))
          await stage.pause(8000)
          expect(alice.times(progress).length).to.equal(4)
        }
        change?.reply(488)
        await alice.expect(488)
        alice.send('ACK')
        expect(await told()).to.equal(uri)
      }
      await hungUpBy(alice)
    }))

  it('RFC 3262 §3 an INVITE inside whose answer nobody acknowledges gets 500, and the call goes on [3262-3-15]', () =>
    passing(async stage => {
      const reINVITE = (incoming: Incoming): void => void incoming.reply(183, { reliable: true })
      const [alice, invite] = await ringing(stage, able, { reINVITE })
      invite.reply(200, { body: sdp })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('INVITE', { headers: able, body: sdp })
      await alice.expect(183)
      await alice.within(33_000).expect(500)
      alice.send('ACK')
      alice.send('INFO')
      await alice.expect(response(405, { of: 'INFO' }))
      await hungUpBy(alice)
    }))

  it('two stacks: PRACK is lost and 183 is lost, and the call is set up all the same', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', {
        cores: [
          {
            name: 'bob',
            match: () => true,
            INVITE: invite => {
              invite.reply(183, { reliable: true, body: sdp })
              invite.after(4000, () => invite.reply(200))
            },
          },
        ],
      })
      const alice = await stage.stack('alice')
      stage.network.drop(183, { nth: 1 })
      stage.network.drop('PRACK', { nth: 1 })
      const call = alice.stack.invite(bob.uri(), { body: sdp })
      const dialog = await dialogOf(call)
      expect((await dialog.bye()).kind).to.equal('answered')
    }))

  for (const [what, streams, answer] of [
    ['what fits', 'm=audio 6000 RTP/AVP 3 0\r\n', /m=audio 4000 RTP\/AVP 0\r\n/],
    ['what does not fit', 'm=audio 6000 RTP/AVP 3\r\n', /m=audio 0 RTP\/AVP 3\r\n/],
  ] as const) {
    it(`INV-23 RFC 6337 §2.1 pattern 5: ${what} of an offer in the PRACK is answered in its 200, and another one may follow [3262-3-13]`, () =>
      passing(async stage => {
        const described = (version: number, media: string): string =>
          `v=0\r\no=- 9 ${version} IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n${media}`
        const typed = { 'Content-Type': 'application/sdp' }
        const core: Core = {
          name: 'bob',
          match: () => true,
          supported: ['100rel'],
          INVITE: invite => {
            invite.reply(183, { reliable: true, body: described(1, 'm=audio 4000 RTP/AVP 0\r\n') })
            invite.after(1000, () => void invite.reply(486))
          },
        }
        const bob = await stage.stack('bob', { cores: [core] })
        const alice = await stage.raw('alice')
        const body = described(5, 'm=audio 6000 RTP/AVP 0\r\n')
        alice.send('INVITE', { to: bob, headers: { ...able, ...typed }, body })
        const [progress] = await alice.expect(183)
        const RAck = `${progress.get('RSeq')} ${progress.cseq.number} INVITE`
        alice.send('PRACK', { headers: { ...typed, RAck }, body: described(6, streams) })
        const [ok] = await alice.expect(response(200, { of: 'PRACK' }))
        expect(ok.body).to.match(answer)
        alice.send('UPDATE', { headers: typed, body: described(6, streams) })
        await alice.expect(response(200, { of: 'UPDATE' }))
        await alice.expect(486)
        alice.send('ACK')
      }))
  }
})
