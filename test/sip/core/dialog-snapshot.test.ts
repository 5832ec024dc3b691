/** A call that is written down on one stack and goes on on another. */

import { expect } from 'chai'
import { type DialogSnapshot, SipStack } from '../../../apps/sip/sip.js'
import { hungUp, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const description = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'

/** As it comes out of a file. */
function written(snapshot: DialogSnapshot | undefined): DialogSnapshot {
  if (snapshot === undefined) throw new Error('there is no snapshot')
  return JSON.parse(JSON.stringify(snapshot))
}

describe('a call that is restored', () => {
  it('§12.2 goes on on another stack: requests and answers both ways, with the numbers that come next', () =>
    passing(async stage => {
      const { alice, bob, dialog, seq } = await established(stage)
      bob.send('INFO', { headers: { CSeq: '7 INFO' } })
      await bob.expect(405)
      const snapshot = written(await dialog.snapshot())
      await alice.stack.close()
      const carol = await stage.stack('carol')
      const asked: string[] = []
      const restored = carol.stack.restore(snapshot, {
        handlers: {
          INFO: info => {
            asked.push(info.request.body)
            info.reply(200)
          },
        },
      })
      const { callId, localTag, remoteTag } = dialog.dialog
      expect((await carol.stack.dialogs()).map(({ since, ...row }) => row)).to.deep.equal([
        {
          ...{ thread: 'main', callId, localTag, remoteTag, state: 'confirmed', role: 'uac', usages: ['invite'] },
          ...{ remoteTarget: String(dialog.dialog.remoteTarget), localSeq: seq, remoteSeq: 7, isSecure: false },
        },
      ])
      const told = restored.request('INFO')
      const [info] = await bob.expect('INFO')
      expect([info.callId, info.cseq.number, info.from.tag, info.to.tag]).to.deep.equal([
        callId,
        seq + 1,
        localTag,
        remoteTag,
      ])
      bob.send(200)
      expect((await told).kind).to.equal('answered')
      bob.write(bob.compose('INFO', { headers: { CSeq: '6 INFO' } }), carol)
      await bob.expect(500)
      const text = { headers: { CSeq: '8 INFO', 'Content-Type': 'text/plain' }, body: 'here' }
      bob.write(bob.compose('INFO', text), carol)
      await bob.expect(200)
      expect(asked).to.deep.equal(['here'])
      bob.write(bob.compose('BYE', { headers: { CSeq: '9 BYE' } }), carol)
      await bob.expect(200)
      expect(await restored.ended).to.equal('remote')
      expect(await restored.snapshot()).to.equal(undefined)
    }))

  it('§12.2.1.1, §13.3.1.4 of a callee keeps route set and session descriptions: it is held, and ended, from there', () =>
    passing(async stage => {
      const alice = await stage.raw('alice')
      const snapshots: (DialogSnapshot | undefined)[] = []
      const bob = await stage.stack('bob', {
        cores: [
          {
            name: 'bob',
            match: () => true,
            INVITE: invite => void invite.reply(200, { body: description }),
            ACK: async ({ dialog }) => void snapshots.push(await dialog?.snapshot()),
          },
        ],
      })
      const route = `<sip:${alice.place.address}:${alice.place.port};lr>`
      const headers = { 'Record-Route': route, 'Content-Type': 'application/sdp' }
      const offer = { headers, body: `${description}a=sendonly\r\n` }
      alice.send('INVITE', { to: bob, ...offer })
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(100)
      await bob.stack.close()
      const carol = await stage.stack('carol')
      const restored = carol.stack.restore(written(snapshots[0]))
      const [first] = await Promise.all([restored.holds[Symbol.asyncIterator]().next(), stage.pause(10)])
      expect(first.value).to.equal(true)
      const held = restored.hold()
      const [reinvite] = await alice.expect('INVITE')
      expect(reinvite.raw('Route')).to.deep.equal([route])
      expect(reinvite.body).to.match(/^a=sendonly\r$/m)
      alice.send(200, { for: reinvite, headers: { 'Content-Type': 'application/sdp' }, body: description })
      await alice.expect('ACK')
      expect((await held).kind).to.equal('answered')
      await hungUp(alice, restored)
    }))

  it('RFC 6141 §4.8 tells the peer where it is by a request, and at once, where it refreshes the session [6141-4.8-1]', () =>
    passing(async stage => {
      const { alice, bob, call } = await placed(stage, { sessionTimer: { expires: 1800 } })
      const granted = { 'Session-Expires': '1800;refresher=uac', Require: 'timer', Allow: 'INVITE, UPDATE' }
      bob.send(200, { headers: granted })
      await bob.expect('ACK')
      const outcome = await call.outcome
      const snapshot = outcome.kind === 'answered' ? await outcome.dialog.snapshot() : undefined
      await alice.stack.close()
      const carol = await stage.stack('carol')
      const restored = carol.stack.restore(written(snapshot))
      const [update] = await bob.within(100).expect('UPDATE')
      const { address, port } = carol.place
      expect(String(update.get('Contact')?.uri)).to.equal(`sip:anonymous@${address}:${port}`)
      bob.send(200, { headers: granted })
      await hungUp(bob, restored)
    }))

  it('RFC 4028 §10 ends when its time is over, where the peer is to refresh it and does not [4028-10-3]', () =>
    passing(async stage => {
      const { alice, bob, call } = await placed(stage, { sessionTimer: { expires: 1800 } })
      bob.send(200, { headers: { 'Session-Expires': '1800;refresher=uas', Require: 'timer' } })
      await bob.expect('ACK')
      const outcome = await call.outcome
      const snapshot = outcome.kind === 'answered' ? await outcome.dialog.snapshot() : undefined
      await alice.stack.close()
      const carol = await stage.stack('carol')
      const restored = carol.stack.restore(written(snapshot))
      const began = stage.now
      await bob.silence(1_790_000)
      const [bye] = await bob.within(20_000).expect('BYE')
      expect(stage.now - began).to.be.within(1_799_000, 1_801_000)
      bob.send(200, { for: bye })
      expect(await restored.ended).to.equal('lost')
    }))

  it('§12.3 is not described before it is answered, nor when it is over; nonsense is refused', () =>
    passing(async stage => {
      const { alice, bob, call } = await placed(stage)
      bob.send(180)
      await stage.pause(100)
      expect(await call.earlyDialogs[0]?.snapshot()).to.equal(undefined)
      bob.send(486)
      await bob.expect('ACK')
      const snapshot = {
        version: 1,
        side: 'uac',
        callId: 'a',
        local: '<sip:a@b>;tag=1',
        remote: '<sip:c@d>;tag=2',
      } as const
      const good = { ...snapshot, remoteTarget: 'sip:c@d', routeSet: [], isSecure: false }
      const peer = { knowsTimer: true, takesUpdate: true, least: 0 }
      const timer = { interval: 90, isRefresher: false, isRefused: false, peer }
      for (const bad of [
        { version: 2 },
        { side: 'x' },
        { local: '' },
        { remoteSeq: -1 },
        { remoteTarget: '?' },
        { remoteTarget: {} },
        { routeSet: 1 },
        { callId: 'a\r\nVia: b' },
        { localSeq: 2 ** 31 },
        { agreement: 1 },
        { agreement: { local: description, remote: 1, latest: description, by: 'local' } },
        { agreement: { local: description, remote: description, latest: description, by: 'me' } },
        { timer: { interval: 90 } },
        { timer: { ...timer, interval: '90' } },
        { timer: { ...timer, interval: -1 } },
        { timer: { ...timer, isRefresher: 'no' } },
        { timer: { ...timer, peer: { ...timer.peer, least: null } } },
      ]) {
        const wrong: DialogSnapshot = JSON.parse(JSON.stringify({ ...good, ...bad }))
        expect(() => alice.stack.restore(wrong), JSON.stringify(bad)).to.throw(TypeError)
      }
    }))

  it('RFC 4028 §4 is refused with options that could not be told to the peer', () =>
    passing(async stage => {
      const { alice, dialog } = await established(stage)
      const snapshot = written(await dialog.snapshot())
      await alice.stack.close()
      const carol = await stage.stack('carol')
      for (const wrong of [{ sessionTimer: { expires: 5 } }, { infoPackages: ['a b'] }]) {
        expect(() => carol.stack.restore(snapshot, wrong)).to.throw(TypeError)
      }
      expect((await carol.stack.census()).dialogs).to.equal(0)
    }))

  it('is refused with threads, of which each has calls of its own', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads: 1 })
    try {
      const snapshot: DialogSnapshot = {
        ...{ version: 1, side: 'uac', callId: 'a', local: '<sip:a@b>;tag=1', remote: '<sip:c@d>;tag=2' },
        ...{ remoteTarget: 'sip:c@d', routeSet: [], isSecure: false },
      }
      expect(() => stack.restore(snapshot)).to.throw(TypeError, 'without threads')
    } finally {
      await stack.close()
    }
  })
})
