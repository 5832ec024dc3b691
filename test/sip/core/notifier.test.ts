/** What a notifier does about SUBSCRIBE: RFC 6665 §4.2.1. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import type { Core, Incoming } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { presence, stateOf, subscribe, subscribed, unsubscribed, watching } from './watching.js'

describe('a notifier', () => {
  it(
    'EXT-07 RFC 6665 §4.2.1 accepts, tells the state at once and when it changes, and ends with Expires 0 [6665-4.2.1.2-1] [6665-4.2.2-1] [6665-4.2.2-5] [6665-4.2.2-2] [6665-4.2.2-6] [6665-3.1.1-3] [6665-3.2.1-1] [6665-8.3.1-2] [6665-4.2.1.1-1] [6665-8.2.1-3] [6665-8.2.3-1]',
    watching(async parts => {
      const { alice, core } = parts
      subscribe(parts)
      const [ok, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      expect([ok.get('Expires'), ok.getAll('Contact').length]).to.deep.equal([600, 1])
      expect([ok.has('Event'), ok.has('Subscription-State')]).to.deep.equal([false, false])
      expect([stateOf(first), first.raw('Event')[0]]).to.deep.equal(['active;expires=600 open', 'presence'])
      expect([first.from.tag, first.raw('Content-Type')[0]]).to.deep.equal([ok.to.tag, 'text/plain'])
      expect(first.getAll('Contact').length).to.equal(1)
      alice.send(200, { for: first })
      const [watcher] = core.watchers
      const told = watcher?.notify('busy')
      const [second] = await alice.expect('NOTIFY')
      expect(stateOf(second)).to.equal('active;expires=600 busy')
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      alice.send(200)
      expect((await told)?.kind).to.equal('answered')
      subscribe(parts, { Expires: '0' }, true)
      const [bye, last] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      expect([bye.get('Expires'), stateOf(last)]).to.deep.equal([0, 'terminated;reason=timeout busy'])
      alice.send(200, { for: last })
      expect(await watcher?.closed).to.equal('unsubscribed')
      expect((await watcher?.notify('late'))?.kind).to.equal('transportError')
      expect(core.watchers.length).to.equal(1)
    }),
  )

  it('RFC 6665 §4.2.1 nothing but a SUBSCRIBE, and the REFER of RFC 3515, makes a subscription [6665-4.2.1-1]', () =>
    passing(async stage => {
      const thrown: unknown[] = []
      const accepts = (incoming: Incoming): void => {
        expect(() => incoming.accept({ body: 'open', contentType: 'text/plain' })).to.throw(TypeError)
        thrown.push(incoming.request.method)
        incoming.reply(200)
      }
      const core: Core = { name: 'bob', match: () => true, INVITE: accepts, MESSAGE: accepts, PUBLISH: accepts }
      const bob = await stage.stack('bob', { cores: [{ ...core, INFO: accepts }] })
      const alice = await stage.raw('alice')
      for (const method of ['MESSAGE', 'PUBLISH', 'INFO', 'INVITE']) {
        alice.send(method, { to: bob, headers: { Event: 'presence', Expires: '600' } })
        await alice.expect(response(200, { of: method }))
      }
      alice.send('ACK')
      await alice.silence(1000)
      await hungUpBy(alice)
      expect(thrown).to.deep.equal(['MESSAGE', 'PUBLISH', 'INFO', 'INVITE'])
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))

  it(
    'EXT-07 RFC 6665 §4.2.1.4 grants no more than it wants and than is asked for, and tells the state on each refresh [6665-3.1.1-4] [6665-4.2.1.1-5] [6665-4.2.1.4-1] [6665-4.2.2-7]',
    watching(
      async parts => {
        const { alice } = parts
        subscribe(parts, { Expires: '9000' })
        const [ok, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
        expect([ok.get('Expires'), stateOf(first)]).to.deep.equal([1200, 'active;expires=1200 open'])
        alice.send(200, { for: first })
        await parts.stage.pause(100_000)
        for (const [asked, granted] of [
          ['300', 300],
          ['9000', 1200],
          [undefined, 1200],
        ] as const) {
          subscribe(parts, { Expires: asked }, true)
          const [refreshed, notify] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
          expect([refreshed.get('Expires'), stateOf(notify)]).to.deep.equal([granted, `active;expires=${granted} open`])
          alice.send(200, { for: notify })
        }
        await unsubscribed(parts)
      },
      { expires: 1200 },
    ),
  )

  it(
    'EXT-07 RFC 6665 §4.2.1.1 §4.2.1.4 what is too brief gets 423, first and later, but an hour never is [6665-4.2.1.4-2]',
    watching(
      async parts => {
        const { alice, core } = parts
        subscribe(parts, { Expires: '60' })
        const [refusal] = await alice.expect(response(423, { of: 'SUBSCRIBE' }))
        expect(refusal.get('Min-Expires')).to.equal(7200)
        expect(await core.watchers[0]?.closed).to.equal('none')
        await subscribed(parts, { Expires: '3600' })
        subscribe(parts, { Expires: '3599' }, true)
        await alice.expect(response(423, { of: 'SUBSCRIBE' }))
        await unsubscribed(parts)
      },
      { least: 7200, expires: 9000 },
    ),
  )

  it(
    'EXT-07 RFC 6665 §4.2.1.4 ends what nobody refreshes, with the reason timeout; a refresh that comes then gets 481 [6665-4.2.1.4-3] [6665-4.2.1.4-4] [6665-4.2.2-8]',
    watching(async parts => {
      const { alice, stage } = parts
      const watcher = await subscribed(parts, { Expires: '100' })
      const began = stage.now
      const [last] = await alice.within(110_000).expect('NOTIFY')
      expect(stage.now - began).to.be.within(99_900, 100_100)
      expect(stateOf(last)).to.equal('terminated;reason=timeout')
      subscribe(parts, {}, true)
      await alice.expect(response(481, { of: 'SUBSCRIBE' }))
      alice.send(200, { for: last })
      expect(await watcher.closed).to.equal('timeout')
      subscribe(parts, {}, true)
      await alice.expect(response(481, { of: 'SUBSCRIBE' }))
    }),
  )

  it(
    'EXT-07 RFC 6665 §4.2.1.1 §4.4.4 an unknown package gets 489, as does none; Allow-Events names those there are [6665-8.2.1-2] [6665-4.2.1.1-2] [6665-4.2.1.1-3] [6665-4.2.3-1] [6665-4.4.4-1] [6665-4.4.4-2]',
    watching(async parts => {
      const { alice, bob } = parts
      for (const event of ['dialog', undefined, 'presence, dialog', 'presence;id="a b"', 'presence;id']) {
        subscribe(parts, { Event: event })
        const [refusal] = await alice.expect(response(489, { of: 'SUBSCRIBE' }))
        expect(refusal.raw('Allow-Events')).to.deep.equal(['presence'])
      }
      subscribe(parts, { Event: 'refer' })
      await alice.expect(response(403, { of: 'SUBSCRIBE' }))
      alice.send('OPTIONS', { to: bob })
      const [options] = await alice.expect(200)
      expect(options.raw('Allow-Events')).to.deep.equal(['presence'])
    }),
  )

  it(
    'RFC 6665 §4.4.3 with Expires 0 tells the state once [6665-4.2.1.2-1]',
    watching(async parts => {
      const { alice, core } = parts
      subscribe(parts, { Expires: '0' })
      const [ok, notify] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      expect([ok.get('Expires'), stateOf(notify)]).to.deep.equal([0, 'terminated;reason=timeout open'])
      alice.send(200, { for: notify })
      expect(await core.watchers[0]?.closed).to.equal('unsubscribed')
    }),
  )

  it(
    'RFC 6665 §4.5.2 tells the id of its subscription, and two of one dialog apart [6665-4.5.2-3] [6665-4.5.2-4]',
    watching(async parts => {
      const { alice } = parts
      const watcher = await subscribed(parts, { Event: 'presence;id=a' })
      expect(watcher.event).to.equal('presence;id=a')
      void watcher.notify('busy')
      const [notify] = await alice.expect('NOTIFY')
      expect(notify.raw('Event')).to.deep.equal(['presence;id=a'])
      alice.send(200)
      subscribe(parts, { Event: 'presence;id=b' }, true)
      await alice.expect(response(481, { of: 'SUBSCRIBE' }))
      subscribe(parts, { Event: 'presence;id=a', Expires: '0' }, true)
      const [, last] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      alice.send(200, { for: last })
      await watcher.closed
    }),
  )

  it(
    'RFC 6665 §4.2.1.1 grants the longest that can be asked for, which is 136 years, and goes on after 24.8 days',
    watching(
      async parts => {
        const { alice, stage, core } = parts
        subscribe(parts, { Expires: '4294967295' })
        const [ok, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
        expect(ok.get('Expires')).to.equal(4_294_967_295)
        alice.send(200, { for: first })
        await stage.pause(2 ** 31 + 1000)
        expect(core.watchers[0]?.ended).to.equal(undefined)
        await unsubscribed(parts)
      },
      { expires: 4_294_967_295 },
    ),
  )

  it('RFC 6665 §4.2.1.4 a refresh right behind the answer to the last NOTIFY gets 481, not silence', () =>
    passing(
      async stage => {
        const core = presence()
        const alice = await stage.raw('alice')
        const bob = await stage.stack('bob', { cores: [core] })
        const parts = { stage, alice, bob, core }
        await subscribed(parts)
        subscribe(parts, { Expires: '0' }, true)
        const [, last] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
        const headers = { Event: 'presence', Contact: `<${alice.uri()}>`, Expires: '600' }
        alice.write(alice.compose(200, { for: last }) + alice.compose('SUBSCRIBE', { headers }), bob)
        await alice.expect(response(481, { of: 'SUBSCRIBE' }))
        expect(await bob.stack.census()).to.include({ dialogs: 0, servers: 0 })
      },
      { transport: 'tcp' },
    ))

  it(
    'makes the whole state for whoever asks anew, and ends when that fails',
    watching(
      async parts => {
        const { alice, bob } = parts
        const watcher = await subscribed(parts)
        subscribe(parts, {}, true)
        await alice.expect(response(200, { of: 'SUBSCRIBE' }))
        expect(await watcher.closed).to.equal('lost')
        expect(bob.errors().length).to.equal(1)
      },
      {
        full: (() => {
          let times = 0
          return () => {
            if (times++ > 0) throw new Error('no state')
            return 'whole'
          }
        })(),
      },
    ),
  )

  it(
    'RFC 6665 §4.6 a CANCEL for a SUBSCRIBE is answered, and has no effect [6665-4.6-1] [6665-4.6-2]',
    watching(async parts => {
      const { alice } = parts
      const asked = subscribe(parts)
      const [, notify] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      alice.write(
        alice
          .compose('SUBSCRIBE', {
            headers: { CSeq: `${asked.cseq.number} CANCEL`, Via: asked.raw('Via')[0], To: asked.raw('To')[0] },
          })
          .replace(/^SUBSCRIBE \S+/, `CANCEL ${asked.uri}`),
      )
      await alice.expect(response(481, { of: 'CANCEL' }))
      alice.send(200, { for: notify })
      await unsubscribed(parts)
    }),
  )
})
