/** What a subscriber makes of NOTIFY, and of forks: RFC 6665 §4.1.3, §4.1.4, §4.4. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import { branch, expires, firstTwo, next, notified, opened, state, subscribing } from './subscribing.js'

describe('a subscriber that is notified', () => {
  for (const standing of ['active', 'pending']) {
    it(
      `EXT-08 RFC 6665 §4.1.3 goes by the expires of its latest NOTIFY when it is ${standing} [6665-4.1.3-4] [6665-4.1.3-5]`,
      subscribing(async ({ stage, bob, alice }) => {
        const watched = await notified(bob, alice)
        await stage.pause(50_000)
        bob.send('NOTIFY', state(`${standing};expires=100`))
        await bob.expect(response(200, { of: 'NOTIFY' }))
        const told = stage.now
        await bob.within(100_000).expect('SUBSCRIBE')
        expect(stage.now - told).to.be.within(60_000, 70_000)
        bob.send(603)
        await bob.silence(100)
        expect(watched.state).to.equal('failing')
        void watched.unsubscribe()
        await bob.expect('SUBSCRIBE')
        bob.send(481)
        await watched.closed
      }),
    )
  }

  for (const [reason, least, most] of [
    ['deactivated', 0, 10],
    ['timeout', 0, 10],
    ['probation;retry-after=300', 300_000, 300_010],
    ['giveup;retry-after=20', 20_000, 20_010],
    ['something;retry-after=20', 20_000, 20_010],
    ['probation', 30_000, 60_010],
  ] as const) {
    it(
      `EXT-08 RFC 6665 §4.1.3 §4.4.2 after ${reason} another one is opened in time [6665-4.1.3-6] [6665-4.1.3-8] [6665-4.1.3-9] [6665-4.1.3-10] [6665-4.1.3-11] [6665-4.1.3-13] [6665-4.4.2-1]`,
      subscribing(async ({ stage, bob, alice }) => {
        const watched = await notified(bob, alice)
        bob.send('NOTIFY', state(`terminated;reason=${reason}`))
        await bob.expect(response(200, { of: 'NOTIFY' }))
        const ended = stage.now
        const [again] = await bob.within(400_000).expect('SUBSCRIBE')
        expect(stage.now - ended).to.be.within(least - 10, most)
        expect(again.to.tag).to.equal(undefined)
        bob.send(603)
        expect((await watched.closed).kind).to.equal('refused')
      }),
    )
  }

  for (const reason of ['rejected;expires=600', 'noresource', 'invariant;retry-after=31536000']) {
    it(
      `EXT-08 RFC 6665 §4.1.3 after ${reason} there is no other [6665-4.1.3-7] [6665-4.1.3-12] [6665-4.1.3-14] [6665-4.1.3-15]`,
      subscribing(async ({ bob, alice }) => {
        const watched = await notified(bob, alice)
        bob.send('NOTIFY', state(`terminated;reason=${reason}`))
        await bob.expect(response(200, { of: 'NOTIFY' }))
        expect((await watched.closed).kind).to.equal('terminated')
        await bob.silence(200_000)
        bob.send('NOTIFY', state('active'))
        await bob.expect(response(481, { of: 'NOTIFY' }))
      }),
    )
  }

  it(
    'RFC 6665 §4.1.3 a notifier that ends each one at once is not asked without end',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence' })
      const times: number[] = []
      for (let at = 0; at < 3; at++) {
        await bob.within(70_000).expect('SUBSCRIBE')
        times.push(stage.now)
        bob.send(200, expires)
        bob.send('NOTIFY', state('terminated;reason=deactivated'))
        await bob.expect(response(200, { of: 'NOTIFY' }))
      }
      const [first = 0, second = 0, third = 0] = times
      expect(second - first).to.be.below(20)
      expect(third - second).to.be.above(29_000)
      await bob.expect('SUBSCRIBE')
      bob.send(603)
      expect((await watched.closed).kind).to.equal('refused')
    }),
  )

  it(
    'RFC 6665 §4.4.3 what is asked for once is over after 64*T1 with all branches of its fork, whatever they say',
    subscribing(async ({ stage, bob, alice }) => {
      const fetched = alice.stack.subscribe(bob.uri(), { event: 'presence', expires: 0, forks: 'all' })
      await bob.expect('SUBSCRIBE')
      bob.send(200, { headers: { Expires: '0' } })
      const notify = bob.compose('NOTIFY', state('active;expires=0', { Contact: `<${bob.uri()}>` }))
      for (const each of [notify, branch(notify, 'other')]) {
        bob.write(each)
        await bob.expect(response(200, { of: 'NOTIFY' }))
      }
      await stage.pause(33_000)
      expect(fetched.state).to.equal('over')
    }),
  )

  it(
    'EXT-09 RFC 6665 §4.1.3 a NOTIFY of no subscription gets 481, of another package 489, one without a state 400 [6665-4.1.3-1] [6665-4.1.3-3] [6665-3.2.1-2]',
    subscribing(async ({ bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence;id=7' })
      const [first] = await bob.expect('SUBSCRIBE')
      expect(first.raw('Event')).to.deep.equal(['presence;id=7'])
      bob.send(200, expires)
      bob.send('NOTIFY', { headers: { Event: 'dialog', 'Subscription-State': 'active' } })
      await bob.expect(response(489, { of: 'NOTIFY' }))
      bob.send('NOTIFY', { headers: { Event: 'presence;id=7', 'Subscription-State': 'active;expires=600' } })
      await bob.expect(response(200, { of: 'NOTIFY' }))
      bob.send('NOTIFY', { headers: { Event: 'presence;id=7' } })
      await bob.expect(response(400, { of: 'NOTIFY' }))
      bob.send('NOTIFY', { headers: { Event: 'presence', 'Subscription-State': 'active' } })
      await bob.expect(response(481, { of: 'NOTIFY' }))
      bob.send('NOTIFY', { headers: { Event: 'presence;id=7', 'Subscription-State': 'terminated;reason=noresource' } })
      await bob.expect(response(200, { of: 'NOTIFY' }))
      await watched.closed
    }),
  )

  it(
    'RFC 6665 §4.1.4 a second branch of a fork gets 481',
    subscribing(async ({ bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', retry: false })
      const notify = await opened(bob)
      bob.write(branch(notify, 'other'))
      await bob.expect(response(481, { of: 'NOTIFY' }))
      void watched.unsubscribe()
      await bob.expect('SUBSCRIBE')
      bob.send(481)
      expect((await watched.closed).kind).to.equal('removed')
    }),
  )

  it(
    'RFC 6665 §4.4.1 §4.1.2.4 where all branches are wanted each is a subscription, until 64*T1 have passed [6665-4.1.4-1] [6665-4.1.2.4-1]',
    subscribing(async ({ stage, bob, alice }) => {
      const carol = await stage.raw('carol')
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', forks: 'all' })
      const notify = await opened(bob)
      const atCarol = notify.replace(`Contact: <${bob.uri()}>`, `Contact: <${carol.uri()}>`)
      for (const tag of ['second', 'third']) {
        bob.write(branch(atCarol, tag))
        await bob.expect(response(200, { of: 'NOTIFY' }))
      }
      await stage.pause(33_000)
      bob.write(branch(notify, 'late'))
      await bob.expect(response(481, { of: 'NOTIFY' }))
      const [second, third] = await firstTwo(watched.forks)
      expect([await next(second), await next(third)]).to.deep.equal(['active', 'active'])
      void second.unsubscribe()
      await carol.expect('SUBSCRIBE')
      carol.send(481)
      expect((await second.closed).kind).to.equal('removed')
      // Another one would be that of all branches.
      bob.write(
        branch(atCarol, 'third')
          .replace(/^CSeq: 1/m, 'CSeq: 2')
          .replace('z9hG4bK', 'z9hG4bKx')
          .replace('active;expires=600', 'terminated;reason=deactivated'),
      )
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect((await third.closed).kind).to.equal('terminated')
      await bob.silence(1000)
      void watched.unsubscribe()
      await bob.expect('SUBSCRIBE')
      bob.send(481)
      expect((await watched.closed).kind).to.equal('removed')
    }),
  )

  it(
    'RFC 6665 §3.1.1 is refreshed in the time that it has asked for, though the notifier speaks of more',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', expires: 600 })
      await bob.expect('SUBSCRIBE')
      bob.send(200, expires)
      bob.send('NOTIFY', state('active;expires=9999999999', { Contact: `<${bob.uri()}>` }))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      await bob.within(545_000).expect('SUBSCRIBE')
      expect(stage.now).to.be.within(480_000, 545_000)
      bob.send(481)
      await bob.expect('SUBSCRIBE')
      bob.send(489)
      expect((await watched.closed).kind).to.equal('refused')
    }),
  )
})
