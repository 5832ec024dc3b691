/** Subscriptions at us inside a call: RFC 6665 §4.4.1, §4.5.2. */

import { expect } from 'chai'
import { response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core, Incoming, Response } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { type Parts, presence, stateOf, subscribe, unsubscribed } from './watching.js'

/** alice has called bob, whom she may watch. */
async function called(stage: Stage, watched: Parts['core']): Promise<Parts & { readonly ok: Response }> {
  const core = { ...watched, INVITE: ((invite): void => void invite.reply(200)) satisfies Core['INVITE'] }
  const alice = await stage.raw('alice')
  const bob = await stage.stack('bob', { cores: [core] })
  alice.send('INVITE', { to: bob })
  const [ok] = await alice.expect(200)
  alice.send('ACK')
  return { stage, alice, bob, core, ok }
}

describe('a subscription inside a call', () => {
  it('RFC 6665 §4.2.1 a function for the state that throws ends the subscription, and not the call that it is in', () =>
    passing(async stage => {
      const full = (): string => {
        throw new Error('no state')
      }
      const parts = await called(stage, presence({ full }))
      const { alice, bob, core } = parts
      subscribe(parts, {}, true)
      await alice.expect(response(200, { of: 'SUBSCRIBE' }))
      expect(await core.watchers[0]?.closed).to.equal('lost')
      expect(bob.errors().length).to.equal(1)
      await hungUpBy(alice)
    }))

  it('RFC 6665 §4.5.2 §8.2.1 two of one package in a call, told apart by their ids, are refreshed and end each for itself', () =>
    passing(async stage => {
      const parts = await called(stage, presence())
      const { alice, bob, core } = parts
      for (const [event, seconds] of [
        ['presence;id=a', '600'],
        ['presence;id=b', '600'],
        ['presence', '600'],
        ['presence;id=a', '300'],
        ['presence;id=b', '0'],
      ] as const) {
        subscribe(parts, { Event: event, Expires: seconds }, true)
        const [, notify] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
        expect(notify.raw('Event')).to.deep.equal([event])
        expect(stateOf(notify)).to.match(seconds === '0' ? /^terminated/ : new RegExp(`^active;expires=${seconds} `))
        alice.send(200, { for: notify })
      }
      await stage.pause(10)
      expect(core.watchers.map(({ ended }) => ended)).to.deep.equal([undefined, 'unsubscribed', undefined])
      for (const event of ['presence;id=a', 'presence']) {
        subscribe(parts, { Event: event, Expires: '0' }, true)
        const [, last] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
        alice.send(200, { for: last })
      }
      await hungUpBy(alice)
      await stage.pause(40_000)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))

  it('EXT-07 RFC 6665 §4.5.2 accepts a subscription inside a call, which outlives it', () =>
    passing(async stage => {
      const parts = await called(stage, presence())
      const { alice, bob, core } = parts
      expect(parts.ok.raw('Allow-Events')).to.deep.equal(['presence'])
      subscribe(parts, {}, true)
      const [, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      alice.send(200, { for: first })
      await hungUpBy(alice)
      void core.watchers[0]?.notify('busy')
      await alice.expect('NOTIFY')
      alice.send(200)
      await unsubscribed(parts)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))

  it('§15.1.2 §8.2.6.2 an INVITE that is answered too late gets 487 with our tag, though its dialog has a subscription', () =>
    passing(async stage => {
      const ringing: Incoming[] = []
      const core = {
        ...presence(),
        INVITE: ((invite): void => {
          ringing.push(invite)
          invite.reply(180)
        }) satisfies Core['INVITE'],
        BYE: ((): void => void ringing[0]?.reply(200)) satisfies Core['BYE'],
      }
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [core] })
      const parts = { stage, alice, bob, core }
      alice.send('INVITE', { to: bob })
      const [rings] = await alice.expect(180)
      subscribe(parts, {}, true)
      const [, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      alice.send(200, { for: first })
      alice.send('BYE')
      const [late] = await alice.expect(response(487, { of: 'INVITE' }), response(200, { of: 'BYE' }))
      expect(late.to.tag).to.equal(rings.to.tag)
      alice.send('ACK')
      await unsubscribed(parts)
    }))

  it('RFC 6665 §4.4.1 of two subscriptions to the same in one dialog the latter stays', () =>
    passing(async stage => {
      const core = presence()
      const late: Core = {
        name: 'late',
        match: () => true,
        events: ['presence'],
        INVITE: invite => void invite.reply(200),
        SUBSCRIBE: incoming => incoming.after(100, () => core.SUBSCRIBE?.(incoming)),
      }
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [late] })
      const parts = { stage, alice, bob, core }
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      subscribe(parts, {}, true)
      subscribe(parts, {}, true)
      const accepted = [response(200, { of: 'SUBSCRIBE' }), 'NOTIFY'] as const
      const [, one, , other] = await alice.expect(...accepted, ...accepted)
      alice.send(200, { for: one })
      alice.send(200, { for: other })
      await stage.pause(10)
      expect(core.watchers.map(({ ended }) => ended)).to.deep.equal(['lost', undefined])
      await hungUpBy(alice)
      await unsubscribed(parts)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))
})
