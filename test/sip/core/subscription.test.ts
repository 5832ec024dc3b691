/** What a subscriber asks for: RFC 6665 §4.1.2. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import { expires, next, notified, state, subscribing } from './subscribing.js'

describe('a subscription', () => {
  it(
    'EXT-08 RFC 6665 §4.1.2.1 §4.1.3 is opened, notified, refreshed in its dialog, and ended with Expires 0 [6665-3.1.1-1] [6665-3.1.2-1] [6665-4.1.3-16] [6665-4.1.3-17]',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), {
        event: 'presence',
        accept: ['application/pidf+xml'],
        expires: 900,
      })
      const [first] = await bob.expect('SUBSCRIBE')
      expect([first.get('Event')?.value, first.get('Expires')]).to.deep.equal(['presence', 900])
      expect(first.raw('Accept')).to.deep.equal(['application/pidf+xml'])
      expect(first.getAll('Contact').length).to.equal(1)
      bob.send(200, expires)
      const notify = bob.send('NOTIFY', {
        ...state('active;expires=600', { Contact: `<${bob.uri('here')}>`, 'Content-Type': 'text/plain' }),
        body: 'open',
      })
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(await next(watched)).to.equal('active open')
      expect([watched.state, watched.latest?.expires]).to.deep.equal(['active', 600])
      expect(watched.latest?.contentType).to.equal('text/plain')
      const [again] = await bob.within(545_000).expect('SUBSCRIBE')
      expect(stage.now).to.be.within(480_000, 545_000)
      expect(again.callId).to.equal(first.callId)
      expect(String(again.uri)).to.equal(bob.uri('here'))
      expect(again.cseq.number).to.equal(first.cseq.number + 1)
      expect(again.to.tag).to.equal(notify.from.tag)
      expect(again.get('Expires')).to.equal(900)
      bob.send(200, expires)
      bob.send('NOTIFY', state('active;expires=600'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      const gone = watched.unsubscribe()
      const [last] = await bob.expect('SUBSCRIBE')
      expect(last.get('Expires')).to.equal(0)
      bob.send(200, { headers: { Expires: '0' } })
      expect((await gone).kind).to.equal('answered')
      bob.send('NOTIFY', state('terminated;reason=timeout'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect((await watched.closed).kind).to.equal('removed')
      expect(watched.state).to.equal('over')
    }),
  )

  it(
    'EXT-08 RFC 6665 §4.1.2.4 takes the NOTIFY that comes before the 200, and its route, not that of the 200 [6665-4.1.2.4-3]',
    subscribing(async ({ bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence' })
      const [first] = await bob.expect('SUBSCRIBE')
      const route = { 'Record-Route': `<${bob.uri('proxy')};lr>` }
      const early = bob.compose(200, { headers: { Expires: '600', 'Record-Route': `<${bob.uri('other')};lr>` } })
      bob.send('NOTIFY', state('pending;expires=600', { ...route, Contact: `<${bob.uri()}>` }))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(watched.state).to.equal('pending')
      bob.write(early, first)
      bob.send('NOTIFY', state('active;expires=600'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(watched.state).to.equal('active')
      void watched.refresh()
      const [again] = await bob.expect('SUBSCRIBE')
      expect(again.getAll('Route').map(({ uri }) => String(uri))).to.deep.equal([`${bob.uri('proxy')};lr`])
      bob.send(200, expires)
      bob.send('NOTIFY', state('terminated;reason=rejected'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      const end = await watched.closed
      expect(end.kind === 'terminated' && end.notification.reason).to.equal('rejected')
    }),
  )

  it(
    'EXT-08 RFC 6665 §4.1.2.4 has failed when no NOTIFY comes for 64*T1; one that comes then gets 481 [6665-4.1.2.4-1]',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', retry: false })
      await bob.expect('SUBSCRIBE')
      const asked = stage.now
      bob.send(200, expires)
      expect(await watched.closed).to.deep.equal({ kind: 'refused', outcome: { kind: 'timeout' } })
      expect(stage.now - asked).to.be.within(31_900, 32_100)
      bob.send('NOTIFY', state('active;expires=600'))
      await bob.expect(response(481, { of: 'NOTIFY' }))
    }),
  )

  it(
    'RFC 6665 §4.1.2.2 a refresh that no NOTIFY follows ends it, and another one is opened after a while',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = await notified(bob, alice)
      void watched.refresh()
      const [refresh] = await bob.expect('SUBSCRIBE')
      bob.send(200, expires)
      const asked = stage.now
      const [other] = await bob.within(120_000).expect('SUBSCRIBE')
      expect(stage.now - asked).to.be.within(62_000, 92_100)
      expect([other.to.tag, other.callId === refresh.callId]).to.deep.equal([undefined, false])
      bob.send(403)
      expect((await watched.closed).kind).to.equal('refused')
    }),
  )

  it(
    'RFC 6665 §4.1.2.2 §8.3.1 needs no NOTIFY after a 204; a 202 is as good as a 200 [6665-4.1.2.2-2] [6665-8.3.1-1]',
    subscribing(async ({ bob, alice }) => {
      const watched = await notified(bob, alice)
      for (const status of [204, 202]) {
        const refreshed = watched.refresh()
        await bob.expect('SUBSCRIBE')
        bob.send(status, expires)
        if (status === 202) {
          bob.send('NOTIFY', state('active;expires=600'))
          await bob.expect(response(200, { of: 'NOTIFY' }))
        }
        expect((await refreshed).kind).to.equal('answered')
        await bob.silence(40_000)
        expect(watched.state).to.equal('active')
      }
      void watched.unsubscribe()
      await bob.expect('SUBSCRIBE')
      bob.send(481)
      await watched.closed
    }),
  )

  it(
    '§10.2.8 RFC 6665 §4.2.1.1 asks for as long as a 423 wants',
    subscribing(async ({ bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', expires: 60 })
      await bob.expect('SUBSCRIBE')
      bob.send(423, { headers: { 'Min-Expires': '1800' } })
      const [again] = await bob.expect('SUBSCRIBE')
      expect(again.get('Expires')).to.equal(1800)
      bob.send(489)
      const end = await watched.closed
      expect(end.kind === 'refused' && end.outcome.kind === 'rejected' && end.outcome.response.status).to.equal(489)
    }),
  )

  for (const status of [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]) {
    const isOver = status !== 480 && status !== 481
    it(
      `RFC 6665 §4.1.2.2 a ${status} to a refresh ends it${isOver ? '' : ', and another one is opened'} [6665-4.1.2.2-1]`,
      subscribing(async ({ bob, alice }) => {
        const watched = await notified(bob, alice)
        void watched.refresh()
        await bob.expect('SUBSCRIBE')
        bob.send(status)
        if (!isOver) {
          const [another] = await bob.expect('SUBSCRIBE')
          expect(another.to.tag).to.equal(undefined)
          bob.send(603)
        }
        expect((await watched.closed).kind).to.equal('refused')
      }),
    )
  }

  it(
    'RFC 6665 §4.1.2.4 has failed after 64*T1 without a NOTIFY, however soon it is to be refreshed [6665-4.1.2.4-1]',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', expires: 30, retry: false })
      const brief = { headers: { Expires: '30' } }
      for (let time = 0; time < 3; time++) {
        await bob.within(20_000).expect('SUBSCRIBE')
        bob.send(200, brief)
      }
      const end = await watched.closed
      expect(end.kind === 'refused' && end.outcome.kind).to.equal('timeout')
      expect(stage.now).to.be.within(32_000, 33_000)
    }),
  )

  it(
    'RFC 6665 §4.1.2.2 any other refusal of a refresh leaves it as it was until it expires',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = await notified(bob, alice)
      void watched.refresh()
      const [refresh] = await bob.expect('SUBSCRIBE')
      const began = stage.now
      bob.send(500)
      bob.send('NOTIFY', { ...state('active;expires=600', { 'Content-Type': 'text/plain' }), body: 'still' })
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(watched.latest?.body).to.equal('still')
      const [second] = await bob.within(61_000).expect('SUBSCRIBE')
      expect(second.callId).to.equal(refresh.callId)
      bob.send(403)
      const [third] = await bob.within(700_000).expect('SUBSCRIBE')
      expect(third.callId).to.equal(refresh.callId)
      bob.send(500)
      for (;;) {
        const [another] = await bob.within(1_900_000).expect('SUBSCRIBE')
        if (another.callId !== refresh.callId) break
        bob.send(500)
      }
      expect(stage.now - began).to.be.above(600_000)
      bob.send(603)
      await watched.closed
    }),
  )

  it(
    'RFC 6665 §4.4.3 is told once and over with Expires 0',
    subscribing(async ({ bob, alice }) => {
      const fetched = alice.stack.subscribe(bob.uri(), { event: 'presence', expires: 0 })
      const [first] = await bob.expect('SUBSCRIBE')
      expect(first.get('Expires')).to.equal(0)
      bob.send(200, { headers: { Expires: '0' } })
      bob.send('NOTIFY', { ...state('terminated;reason=timeout', { 'Content-Type': 'text/plain' }), body: 'open' })
      await bob.expect(response(200, { of: 'NOTIFY' }))
      expect(await next(fetched)).to.equal('terminated open')
      expect((await fetched.closed).kind).to.equal('removed')
    }),
  )

  it(
    'RFC 6665 §4.1.2.3 a NOTIFY that crosses our farewell does not stand for the last one, for which we wait 64*T1',
    subscribing(async ({ stage, bob, alice }) => {
      const watched = await notified(bob, alice)
      void watched.unsubscribe()
      await bob.expect('SUBSCRIBE')
      bob.send('NOTIFY', state('active;expires=600'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      bob.send(200, { headers: { Expires: '0' } })
      bob.send('NOTIFY', state('active;expires=600'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      await stage.pause(33_000)
      expect(watched.state).to.equal('over')
      expect(await watched.closed).to.deep.equal({ kind: 'removed' })
    }),
  )

  it(
    'ends with the signal, and when it waits to be tried again at once',
    subscribing(async ({ bob, alice }) => {
      const end = new AbortController()
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', signal: end.signal })
      await bob.expect('SUBSCRIBE')
      bob.send(503)
      await bob.silence(100)
      expect(watched.state).to.equal('failing')
      end.abort()
      expect((await watched.closed).kind).to.equal('removed')
      await bob.silence(100_000)
      expect(() => alice.stack.subscribe(bob.uri(), { event: '' })).to.throw(TypeError)
      expect(() => alice.stack.subscribe(bob.uri(), { event: 'presence', expires: -1 })).to.throw(TypeError)
    }),
  )
})
