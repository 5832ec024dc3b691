/** A call that several answer: early dialogs, further 2xx, 199 and PRACK for each branch: §12.1.2, §13.2.2.4, RFC 3262, RFC 6228. */

import { expect } from 'chai'
import { again, type RawPeer, request } from '../../../apps/scenario/scenario.js'
import type { Call, Request } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

/** Answers as another branch of the fork. */
function branch(bob: RawPeer, invite: Request, tag: string) {
  const To = `${invite.raw('To').join()};tag=${tag}`
  return (status: number, headers: Record<string, string> = {}, body = '') =>
    bob.send(status, { for: invite, headers: { To, ...headers }, body })
}

const tags = (call: Call): readonly string[] => call.earlyDialogs.map(({ dialog }) => dialog.remoteTag)
const to = (sent: Request): string | undefined => sent.to.tag

describe('early dialogs of a call that we place', () => {
  it('UC-10 §12.1.2 there is one for each To tag, until the call is answered or refused [UAC-20] [DLG-11]', () =>
    passing(async stage => {
      const { alice, bob, call, invite } = await placed(stage)
      const [one, two] = [branch(bob, invite, 'one'), branch(bob, invite, 'two')]
      bob.send(100)
      one(180)
      two(183)
      one(183)
      await stage.pause(100)
      expect(tags(call)).to.deep.equal(['one', 'two'])
      expect(await alice.stack.census()).to.include({ dialogs: 2 })
      one(486)
      await bob.expect('ACK')
      await stage.pause(100)
      expect(tags(call)).to.deep.equal([])
      expect(await alice.stack.census()).to.include({ dialogs: 0, calls: 0 })
    }))

  it('requests inside go to the branch that is meant, each with CSeq numbers of its own', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      const [one, two] = [branch(bob, invite, 'one'), branch(bob, invite, 'two')]
      one(180)
      two(180)
      await stage.pause(100)
      for (const dialog of call.earlyDialogs) {
        const info = dialog.request('INFO')
        const [sent] = await bob.expect('INFO')
        expect(to(sent)).to.equal(dialog.dialog.remoteTag)
        expect(sent.cseq.number).to.equal(invite.cseq.number + 1)
        bob.send(200)
        expect((await info).kind).to.equal('answered')
      }
      two(603)
      await bob.expect('ACK')
    }))

  it('RFC 6228 199 ends the early dialog it is of, and begins none', () =>
    passing(async stage => {
      const { alice, bob, call, invite } = await placed(stage)
      const [one, two, none] = [branch(bob, invite, 'one'), branch(bob, invite, 'two'), branch(bob, invite, 'none')]
      one(180)
      two(180)
      await stage.pause(100)
      const [first] = call.earlyDialogs
      one(199)
      none(199)
      await stage.pause(100)
      expect(tags(call)).to.deep.equal(['two'])
      expect(await first?.ended).to.equal('remote')
      expect(await alice.stack.census()).to.include({ dialogs: 1 })
      two(486)
      await bob.expect('ACK')
    }))

  it('§12.1.2 neither a 100 nor an answer without a tag opens one, and of tags without end 64 do', () =>
    passing(async stage => {
      const { alice, bob, call, invite } = await placed(stage)
      branch(bob, invite, 'trying')(100)
      bob.send(180, { for: invite, headers: { To: invite.raw('To')[0] ?? '' } })
      await stage.pause(100)
      expect(tags(call)).to.deep.equal([])
      for (let at = 0; at < 65; at++) branch(bob, invite, `t${at}`)(180)
      await stage.pause(100)
      expect(tags(call)).to.deep.equal(Array.from({ length: 64 }, (_, at) => `t${at}`))
      expect(await alice.stack.census()).to.include({ dialogs: 64 })
      bob.send(486, { for: invite })
      await bob.expect('ACK')
    }))

  it('§8.1.3.4 those of a target that redirects end with it', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const home = await stage.raw('home')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(bob.uri(), { redirects: 1 })
      await bob.expect('INVITE')
      bob.send(180)
      await stage.pause(100)
      expect(call.earlyDialogs).to.have.length(1)
      bob.send(302, { headers: { Contact: `<${home.uri()}>` } })
      await bob.expect('ACK')
      await home.expect('INVITE')
      expect(call.earlyDialogs).to.have.length(0)
      expect(await alice.stack.census()).to.include({ dialogs: 0 })
      home.send(486)
      await home.expect('ACK')
    }))
})

describe('further answers', () => {
  it('§13.2.2.4 the second is acknowledged and hung up on, the first goes on [3261-13.2.2.4-1] [3261-13.2.2.4-2] [3261-13.2.2.4-3] [3261-13.2.2.4-7] [3261-13.2.2.4-8] [DLG-12]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      const [one, two] = [branch(bob, invite, 'one'), branch(bob, invite, 'two')]
      one(180)
      two(180)
      one(200)
      const [ack] = await bob.expect('ACK')
      expect([ack.to.tag, ack.cseq.number]).to.deep.equal(['one', invite.cseq.number])
      const late = two(200)
      const [second, bye] = await bob.expect('ACK', 'BYE')
      expect([to(second), to(bye)]).to.deep.equal(['two', 'two'])
      bob.send(200, { for: bye })
      bob.repeat(late)
      await bob.expect(again('ACK'))
      const dialog = await dialogOf(call)
      expect(dialog.dialog.remoteTag).to.equal('one')
      await hungUp(bob, dialog)
    }))

  it('§13.2.2.4 an answered call is no actor any more; a branch that answers later is acknowledged and hung up on', () =>
    passing(async stage => {
      const { alice, bob, call, invite } = await placed(stage)
      const [one, two] = [branch(bob, invite, 'one'), branch(bob, invite, 'two')]
      one(180)
      const first = one(200)
      const [ack] = await bob.expect('ACK')
      await stage.pause(100)
      expect(await alice.stack.tree()).not.to.match(/inviter/)
      expect(await alice.stack.census()).to.include({ calls: 1, dialogs: 1 })
      bob.repeat(first)
      await bob.expect(again('ACK'))
      const late = two(200, {}, 'v=0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n')
      const [second, bye] = await bob.expect('ACK', 'BYE')
      expect([to(second), to(bye)]).to.deep.equal(['two', 'two'])
      expect([second.cseq.number, bye.cseq.number]).to.deep.equal([ack.cseq.number, ack.cseq.number + 1])
      // RFC 3264 §6: it had an offer, for the INVITE had none.
      expect(second.body).to.match(/^m=audio 0 /m)
      bob.send(200, { for: bye })
      bob.repeat(late)
      await bob.expect(again('ACK'))
      await hungUp(bob, await dialogOf(call))
      await stage.pause(31_000)
      expect(await alice.stack.census()).to.include({ calls: 2 })
      await stage.pause(2000)
      expect(await alice.stack.census()).to.include({ calls: 0, dialogs: 0 })
    }))

  it("§13.2.2.4 with forks: all they are the application's, until 64*T1 after the first", () =>
    passing(async stage => {
      const { alice, bob, call, invite } = await placed(stage, { forks: 'all' })
      const answer = ['one', 'two', 'three'].map(tag => branch(bob, invite, tag))
      answer[0]?.(200)
      await bob.expect('ACK')
      await stage.pause(10_000)
      answer[1]?.(200)
      await bob.expect('ACK')
      const seen: string[] = []
      for await (const dialog of call.dialogs) {
        seen.push(dialog.dialog.remoteTag)
        await hungUp(bob, dialog)
      }
      expect(seen).to.deep.equal(['one', 'two'])
      expect(await alice.stack.census()).to.include({ calls: 0, dialogs: 0 })
    }))

  it('§13.2.2.4 with forks: of answers with tags without end 64 open dialogs', () =>
    passing(async stage => {
      const { alice, bob, invite } = await placed(stage, { forks: 'all' })
      for (let at = 0; at < 64; at++) {
        branch(bob, invite, `t${at}`)(200)
        await bob.expect('ACK')
      }
      branch(bob, invite, 't64')(200)
      await bob.silence(1000)
      expect(await alice.stack.census()).to.include({ dialogs: 64 })
      await alice.stack.close()
    }))

  it('§13.2.2.4 early dialogs that nobody confirms end 64*T1 after the first 2xx', () =>
    passing(async stage => {
      const { alice, bob, call, invite } = await placed(stage)
      branch(bob, invite, 'other')(180)
      branch(bob, invite, 'one')(200)
      await bob.expect('ACK')
      await stage.pause(31_000)
      expect(await alice.stack.census()).to.include({ dialogs: 2 })
      await stage.pause(1500)
      expect(await alice.stack.census()).to.include({ dialogs: 1 })
      await hungUp(bob, await dialogOf(call))
    }))
})

describe('reliable provisional responses to a call that we place', () => {
  const reliable = (rseq: number): Record<string, string> => ({ Require: '100rel', RSeq: String(rseq) })

  it('INV-01 RFC 3262 §4 §13.2.1 the INVITE says that it can, unless told otherwise, or that the callee has to [3261-13.2.1-3] [3261-8.1.1.9-3] [3262-4-1] [3262-4-2] [3262-4-3]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const seen: (readonly string[])[] = []
      for (const options of [
        {},
        { reliable: 'required' },
        { reliable: 'unsupported' },
        { headers: { Supported: 'other' } },
      ] as const) {
        const call = alice.stack.invite(bob.uri(), options)
        const [invite] = await bob.expect('INVITE')
        seen.push([invite.raw('Supported').join(), invite.raw('Require').join()])
        bob.send(486)
        await bob.expect('ACK')
        await call.outcome
      }
      expect(seen).to.deep.equal([
        ['100rel, timer', ''],
        ['timer', '100rel'],
        ['timer', ''],
        ['other', ''],
      ])
      const asked = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      expect(options.has('Require')).to.equal(false)
      bob.send(200)
      await asked
    }))

  it('EXT-02 RFC 3262 §4 each is acknowledged in its dialog, in order and once [3262-4-5] [3262-4-6] [3262-4-7] [3262-4-8] [3262-4-9] [3262-4-10] [3262-4-11] [3262-4-12]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      const { number } = invite.cseq
      const [one, two] = [branch(bob, invite, 'one'), branch(bob, invite, 'two')]
      const first = one(183, reliable(7))
      const [prack] = await bob.expect(request('PRACK', { headers: { RAck: `7 ${number} INVITE` } }))
      bob.send(200)
      expect([prack.to.tag, prack.cseq.number]).to.deep.equal(['one', number + 1])
      bob.repeat(first)
      one(183, reliable(9))
      await bob.silence(1000)
      one(180, reliable(8))
      const [next] = await bob.expect(request('PRACK', { headers: { RAck: `8 ${number} INVITE` } }))
      bob.send(200)
      expect(next.cseq.number).to.equal(number + 2)
      two(180, reliable(1))
      const [other] = await bob.expect(request('PRACK', { headers: { RAck: `1 ${number} INVITE` } }))
      bob.send(200)
      expect([other.to.tag, other.cseq.number]).to.deep.equal(['two', number + 1])
      one(200)
      await bob.expect('ACK')
      const seen: number[] = []
      for await (const { status } of call.responses) seen.push(status)
      expect(seen).to.deep.equal([183, 180, 180, 200])
      await hungUp(bob, await dialogOf(call))
    }))

  it('RFC 6141 §4.7, §4.9 one of them moves the target, of what rings and of its PRACK; one that may be lost does not [6141-4.7-1] [6141-4.7-2]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      const one = branch(bob, invite, 'one')
      const at = (user: string): Record<string, string> => ({ Contact: `<${bob.uri(user)}>` })
      const asked = async (user: string): Promise<void> => {
        const told = call.earlyDialogs[0]?.request('INFO')
        await bob.expect(request('INFO', { uri: bob.uri(user) }))
        bob.send(200)
        await told
      }
      one(180, at('first'))
      await stage.pause(10)
      await asked('first')
      one(180, at('lost'))
      await stage.pause(10)
      await asked('first')
      for (const [rseq, user] of [
        [1, 'second'],
        [2, 'third'],
      ] as const) {
        one(183, { ...reliable(rseq), ...at(user) })
        await bob.expect(request('PRACK', { uri: bob.uri(user) }))
        bob.send(200)
        await asked(user)
      }
      one(200, at('fourth'))
      await bob.expect(request('ACK', { uri: bob.uri('fourth') }))
      await hungUp(bob, await dialogOf(call))
    }))

  it('§7.3.1 RFC 3262 §4 is known by 100rel in whatever case', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      branch(bob, invite, 'one')(180, { Require: 'timer, 100REL', RSeq: '1' })
      await bob.expect(request('PRACK', { headers: { RAck: `1 ${invite.cseq.number} INVITE` } }))
      bob.send(200)
      bob.send(486, { for: invite })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('rejected')
    }))

  it('RFC 3262 §4 a 100 is never reliable [3262-4-4]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      branch(bob, invite, 'one')(100, reliable(1))
      await bob.silence(1000)
      bob.send(486, { for: invite })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('rejected')
    }))

  it('INV-03 RFC 3262 §5 an offer in one is answered in the PRACK, and not again in the ACK [3262-5-2]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage, { answer: offer => `v=0\r\ns=${offer.length}\r\n` })
      const one = branch(bob, invite, 'one')
      one(183, { ...reliable(1), 'Content-Type': 'application/sdp' }, 'v=0\r\n')
      const [prack] = await bob.expect('PRACK')
      bob.send(200)
      expect(prack.body).to.equal('v=0\r\ns=5\r\n')
      one(200)
      const [ack] = await bob.expect('ACK')
      expect(ack.body).to.equal('')
      await hungUp(bob, await dialogOf(call))
    }))
})

describe('an offer that comes with the answer', () => {
  const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n'
  const refusal = 'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n'

  it('INV-03 §13.2.1 §13.2.2.4 the ACK carries what the application answers, at once or later [3261-13.2.1-8] [3261-13.2.2.4-5]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      for (const ms of [0, 700]) {
        const slow = (): Promise<string> =>
          new Promise(done => stage.network.clock.start(ms, { fire: () => done('v=0\r\ns=late\r\n') }))
        const call = alice.stack.invite(bob.uri(), { answer: ms === 0 ? () => 'v=0\r\ns=now\r\n' : slow })
        const [invite] = await bob.expect('INVITE')
        expect(invite.body).to.equal('')
        const ok = bob.send(200, { body: offer })
        await stage.pause(500)
        bob.repeat(ok)
        const [ack] = await bob.expect('ACK')
        expect(ack.body).to.equal(`v=0\r\ns=${ms === 0 ? 'now' : 'late'}\r\n`)
        expect(ack.raw('Content-Type').join()).to.equal('application/sdp')
        await hungUp(bob, await dialogOf(call))
      }
    }))

  it('§13.2.1 RFC 3262 §5 without a function for it, the streams are refused in the PRACK or the ACK, and the call goes on [3261-13.2.2.4-5] [3262-5-2]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const refused = 'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n'
      const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
      const typed = { 'Content-Type': 'application/sdp' }
      for (const [when, type, answers] of [
        ['early', typed, [refused, '']],
        ['late', typed, [refused]],
        ['late', { 'Content-Type': 'text/plain' }, ['']],
      ] as const) {
        const call = alice.stack.invite(bob.uri())
        const [invite] = await bob.expect('INVITE')
        const one = branch(bob, invite, when)
        const bodies: string[] = []
        if (when === 'early') {
          one(183, { Require: '100rel', RSeq: '1', ...type }, offer)
          const [prack] = await bob.expect('PRACK')
          bob.send(200)
          bodies.push(prack.body)
        }
        one(200, type, offer)
        const [ack] = await bob.expect('ACK')
        expect([...bodies, ack.body]).to.deep.equal(answers)
        await hungUp(bob, await dialogOf(call))
      }
    }))

  it('§13.2.2.4 a call whose ACK is too large for a record is forgotten when the others are', () =>
    passing(
      async stage => {
        const bob = await stage.raw('bob')
        const alice = await stage.stack('alice')
        const long = `v=0\r\n${'x'.repeat(1_048_560)}`
        const call = alice.stack.invite(bob.uri(), { answer: () => long })
        await bob.expect('INVITE')
        bob.send(200, { body: offer })
        const [ack] = await bob.expect('ACK')
        expect(ack.body.length).to.equal(long.length)
        await hungUp(bob, await dialogOf(call))
        await stage.pause(31_000)
        expect(await alice.stack.census()).to.include({ calls: 1 })
        await stage.pause(2000)
        expect(await alice.stack.census()).to.include({ calls: 0, dialogs: 0 })
      },
      { transport: 'tcp' },
    ))

  it('§13.2.2.4 when there is no answer, all streams are refused and the call is ended [3261-13.2.2.4-6]', async () => {
    const failing = [
      () => {
        throw new Error('no codec')
      },
      () => Promise.reject(new Error('no codec')),
      () => new Promise<string>(() => undefined),
    ]
    for (const answer of failing) {
      await passing(async stage => {
        const { alice, bob, call } = await placed(stage, { answer })
        bob.send(200, { body: offer })
        const [ack, bye] = await bob.within(33_000).expect('ACK', 'BYE')
        expect(ack.body).to.equal(refusal)
        bob.send(200, { for: bye })
        expect((await call.outcome).kind).to.equal('cancelled')
        for (const text of alice.errors()) expect(text).to.contain('no codec')
        await stage.pause(33_000)
        expect(await alice.stack.census()).to.include({ calls: 0, dialogs: 0 })
      })
    }
  })

  it('RFC 3262 §5 §9.1 when there is none for that of a reliable provisional answer, the PRACK refuses it and the call is cancelled [3262-5-2]', () =>
    passing(async stage => {
      const { alice, bob, call, invite } = await placed(stage, { answer: () => Promise.reject(new Error('no codec')) })
      bob.send(183, { for: invite, headers: { Require: '100rel', RSeq: '7' }, body: offer })
      const [prack, cancel] = await bob.expect('PRACK', 'CANCEL')
      expect(prack.body).to.equal(refusal)
      bob.send(200, { for: prack })
      bob.send(200, { for: cancel })
      bob.send(487, { for: invite })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('cancelled')
      expect(alice.errors().join()).to.contain('no codec')
    }))

  it('one that crosses a CANCEL is refused without asking anybody', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      let asked = 0
      const call = alice.stack.invite(bob.uri(), { answer: () => `${++asked}` })
      await bob.expect('INVITE')
      bob.send(180)
      await stage.pause(100)
      call.cancel()
      bob.send(200, { body: offer })
      const [ack, bye, cancel] = await bob.expect('ACK', 'BYE', 'CANCEL')
      bob.send(481, { for: cancel })
      bob.send(200, { for: bye })
      expect(ack.body).to.equal(refusal)
      expect(asked).to.equal(0)
    }))
})
