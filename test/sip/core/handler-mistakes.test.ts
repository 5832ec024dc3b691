/** Handlers that go wrong when they have answered already: what was answered stands. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, Core, Incoming } from '../../../apps/sip/sip.js'
import { hungUp, hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const sdp = (version: number): string =>
  `v=0\r\no=- 9 ${version} IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`
const described = (version: number) => ({ headers: { 'Content-Type': 'application/sdp' }, body: sdp(version) })

describe('a stack that is closed', () => {
  it('UA-7 whatever is asked of it, or of a call that it had, settles all the same', () =>
    passing(async stage => {
      const dialogs: ActiveDialog[] = []
      const core: Core = {
        name: 'bob',
        match: () => true,
        INVITE: invite => {
          invite.reply(200)
          if (invite.dialog !== undefined) dialogs.push(invite.dialog)
        },
        ACK: ack => {
          if (ack.dialog !== undefined) dialogs.push(ack.dialog)
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const { stack } = await stage.stack('alice')
      const outcome = await stack.invite(bob.uri()).outcome
      if (outcome.kind === 'answered') dialogs.push(outcome.dialog)
      await stage.pause(100)
      await stack.close()
      await bob.stack.close()
      const ends = [stack.request('OPTIONS', bob.uri()), stack.invite(bob.uri()).outcome]
      expect(dialogs).to.have.length(3)
      for (const dialog of dialogs) {
        expect(await dialog.snapshot()).to.equal(undefined)
        ends.push(dialog.request('INFO'), dialog.reinvite(), dialog.hold(), dialog.bye())
      }
      const kinds = (await Promise.all(ends)).map(({ kind }) => kind)
      expect(kinds).to.deep.equal(Array(14).fill('transportError'))
      for (const begin of [
        () => stack.keepRegistered('sip:alice@example.com'),
        () => stack.publish(bob.uri(), { event: 'presence', body: 'open', contentType: 'text/plain' }),
        () => stack.subscribe(bob.uri(), { event: 'presence' }),
        () => stack.refer(bob.uri(), 'sip:carol@example.com'),
      ]) {
        expect(begin).to.throw(TypeError, 'the stack was closed')
      }
    }))
})

describe('a handler that throws after its final answer', () => {
  it('§14.2 to a re-INVITE: what was agreed on by that is not taken back', () =>
    passing(async stage => {
      const handlers = {
        reINVITE: (invite: Incoming): void => {
          invite.reply(200, { body: sdp(2) })
          throw new Error('a bug')
        },
      }
      const { alice, bob, dialog } = await established(stage, { body: sdp(1), handlers })
      bob.send('INVITE', described(7))
      await bob.expect(response(200, { of: 'INVITE' }))
      bob.send('ACK')
      await stage.pause(100)
      const { agreement } = (await dialog.snapshot()) ?? {}
      expect(agreement).to.include({ local: sdp(2), remote: sdp(7) })
      expect(alice.errors().join()).to.include('INVITE handler threw Error: a bug')
      await hungUp(bob, dialog)
    }))

  it('§13.2.1 with an offer to an INVITE: the answer in its ACK is taken', () =>
    passing(async stage => {
      let dialog: ActiveDialog | undefined
      const core: Core = {
        name: 'bob',
        match: () => true,
        INVITE: invite => {
          invite.reply(200, { body: sdp(2) })
          dialog = invite.dialog
          throw new Error('a bug')
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      await stage.pause(100)
      alice.send('ACK', described(7))
      await stage.pause(100)
      expect((await dialog?.snapshot())?.agreement).to.include({ local: sdp(2), remote: sdp(7) })
      expect(bob.errors()).to.have.length(2)
      await hungUpBy(alice)
    }))

  it('RFC 3262 §3 that waits for a PRACK: it goes out when that is there, and no 500 before', () =>
    passing(async stage => {
      const core: Core = {
        name: 'bob',
        match: () => true,
        supported: ['100rel'],
        INVITE: invite => {
          invite.reply(183, { reliable: true, body: sdp(2) })
          expect(invite.reply(200)).to.equal(true)
          throw new Error('a bug')
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, headers: { Supported: '100rel' } })
      const [progress] = await alice.expect(183)
      await alice.silence(100)
      alice.send('PRACK', { headers: { RAck: `${progress.get('RSeq')} ${progress.cseq.number} INVITE` } })
      await alice.expect(response(200, { of: 'PRACK' }), response(200, { of: 'INVITE' }))
      alice.send('ACK')
      bob.errors()
      await hungUpBy(alice)
    }))

  it('§9.2 one for CANCEL that throws is told by its name, and the 487 stands; a time that is none is refused at once', () =>
    passing(async stage => {
      const refused: unknown[] = []
      const core: Core = {
        name: 'bob',
        match: () => true,
        INVITE: invite => {
          for (const ms of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
            try {
              invite.after(ms, () => invite.reply(500))
            } catch (thrown) {
              refused.push(thrown)
            }
          }
          invite.after(0, () => invite.reply(180))
        },
        CANCEL: () => {
          throw new Error('a bug')
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      expect(refused.map(each => each instanceof TypeError)).to.deep.equal([true, true, true])
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
      alice.send('ACK')
      await stage.pause(100)
      expect(bob.errors().map(text => text.replace(/ \(.*/, ''))).to.deep.equal([
        'core bob: its CANCEL handler threw Error: a bug',
      ])
    }))

  it('the same from a promise is told, and changes nothing', () =>
    passing(async stage => {
      const late = async (incoming: Incoming): Promise<void> => {
        incoming.reply(200)
        await stage.pause(100)
        throw new Error('a late bug')
      }
      const bob = await stage.stack('bob', {
        cores: [{ name: 'bob', match: () => true, INVITE: late, OPTIONS: late, ACK: late, INFO: late }],
      })
      const carol = await stage.stack('carol', {
        cores: [{ name: 'carol', match: () => true, INVITE: invite => void invite.reply(180), CANCEL: late }],
      })
      const alice = await stage.raw('alice')
      const told: string[] = []
      for (const method of ['OPTIONS', 'INVITE', 'ACK', 'INFO']) {
        alice.send(method, method === 'OPTIONS' || method === 'INVITE' ? { to: bob } : {})
        if (method !== 'ACK') await alice.expect(response(200, { of: method }))
        await stage.pause(200)
        told.push(...bob.errors().map(text => text.replace(/ \(.*/, '')))
      }
      await hungUpBy(alice)
      alice.send('INVITE', { to: carol })
      await alice.expect(180)
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
      alice.send('ACK')
      await stage.pause(200)
      expect(carol.errors().join()).to.match(/^core carol: its CANCEL handler threw Error: a late bug/)
      expect(told).to.deep.equal(
        ['OPTIONS', 'INVITE', 'ACK', 'INFO'].map(method => `core bob: its ${method} handler threw Error: a late bug`),
      )
    }))
})
