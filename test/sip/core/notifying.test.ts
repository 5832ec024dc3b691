/** What a notifier tells, and when that ends: RFC 6665 §4.2.2, §4.4.2. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import { Watcher as NotifiedWatcher } from '../../../apps/sip/core/watcher.js'
import type { WatcherEnd } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'
import { presence, stateOf, subscribe, subscribed, unsubscribed, watching } from './watching.js'

describe('what a notifier tells', () => {
  it(
    'RFC 6665 §4.2.1.3 tells first that it waits for an authorisation, and then that it has or has not got it',
    watching(
      async parts => {
        const { alice, core } = parts
        subscribe(parts)
        const [, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
        expect(stateOf(first)).to.equal('pending;expires=600')
        alice.send(200, { for: first })
        const [watcher] = core.watchers
        const asked = [
          watcher?.notify('open', { contentType: 'text/plain', state: 'active' }),
          watcher?.terminate('rejected'),
        ]
        const [second] = await alice.expect('NOTIFY')
        expect(stateOf(second)).to.equal('active;expires=600 open')
        await alice.silence(300)
        alice.send(200, { for: second })
        const [third] = await alice.expect('NOTIFY')
        expect(stateOf(third)).to.equal('terminated;reason=rejected')
        alice.send(200, { for: third })
        expect((await Promise.all(asked)).map(each => each?.kind)).to.deep.equal(['answered', 'answered'])
        expect(await watcher?.closed).to.equal('terminated')
        expect(() => watcher?.notify('€')).to.throw(TypeError)
        expect(() => watcher?.notify('x', { contentType: 'no type' })).to.throw(TypeError)
        expect(() => watcher?.terminate('giveup', { retryAfter: -1 })).to.throw(TypeError)
      },
      { state: 'pending', body: '' },
    ),
  )

  it(
    'RFC 6665 §4.2.1.4 ends once, though it expires while its last NOTIFY has no answer',
    watching(async parts => {
      const { alice, stage } = parts
      const watcher = await subscribed(parts, { Expires: '10' })
      await stage.pause(9_000)
      void watcher.terminate('noresource')
      const [last] = await alice.expect('NOTIFY')
      await alice.silence(3000)
      alice.send(200, { for: last })
      expect(await watcher.closed).to.equal('terminated')
      await alice.silence(1000)
    }),
  )

  it(
    'RFC 6665 §4.4.2 moves a watcher elsewhere, with the seconds after which it may come',
    watching(async parts => {
      const watcher = await subscribed(parts)
      void watcher.terminate('probation', { retryAfter: 60, body: 'gone' })
      const [last] = await parts.alice.expect('NOTIFY')
      expect(stateOf(last)).to.equal('terminated;reason=probation;retry-after=60 gone')
      parts.alice.send(200)
      await watcher.closed
    }),
  )

  for (const status of [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]) {
    it(
      `EXT-09 RFC 6665 §4.2.2 a ${status} to a NOTIFY ends the subscription [6665-4.2.2-4]`,
      watching(async parts => {
        const { alice } = parts
        const watcher = await subscribed(parts)
        const told = [watcher.notify('busy'), watcher.notify('more')]
        await alice.expect('NOTIFY')
        alice.send(status)
        expect((await Promise.all(told)).map(({ kind }) => kind)).to.deep.equal(['rejected', 'transportError'])
        expect(await watcher.closed).to.equal('lost')
        subscribe(parts, {}, true)
        await alice.expect(response(481, { of: 'SUBSCRIBE' }))
      }),
    )
  }

  it(
    'EXT-09 RFC 6665 §4.2.2 so does silence, but a 500 does not [6665-4.2.2-3]',
    watching(async parts => {
      const { alice } = parts
      const watcher = await subscribed(parts, { Expires: '3000' })
      const refused = watcher.notify('busy')
      await alice.expect('NOTIFY')
      alice.send(500)
      expect((await refused).kind).to.equal('rejected')
      const silent = watcher.notify('more')
      await alice.expect('NOTIFY')
      expect((await silent).kind).to.equal('timeout')
      expect(await watcher.closed).to.equal('lost')
    }),
  )

  it(
    'RFC 6665 §4.2.1.2 one who refreshes and answers no NOTIFY is told the latest state, once for all of them',
    watching(async parts => {
      const { alice } = parts
      subscribe(parts)
      const [, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      for (let at = 0; at < 5; at++) {
        subscribe(parts, {}, true)
        await alice.expect(response(200, { of: 'SUBSCRIBE' }))
      }
      void parts.core.watchers[0]?.notify('busy')
      void parts.core.watchers[0]?.notify('away')
      alice.send(200, { for: first })
      for (const body of ['busy', 'away']) {
        const [notify] = await alice.expect('NOTIFY')
        expect(notify.body).to.equal(body)
        alice.send(200, { for: notify })
      }
      await alice.silence(100)
      await unsubscribed(parts)
    }),
  )

  it('RFC 6665 §4.2.2 a state that is told to a notifier that has just gone is settled with its end', async () => {
    const ends: ((how: WatcherEnd) => void)[] = []
    const first = { body: '', contentType: 'text/plain', state: 'active' } as const
    const watcher = new NotifiedWatcher('presence', first, ended => {
      ends.push(ended)
      return () => undefined
    })
    const told = watcher.notify('late')
    for (const end of ends) end('timeout')
    expect((await told).kind).to.equal('transportError')
    expect((await watcher.notify('later')).kind).to.equal('transportError')
  })

  it('RFC 6665 §4.4.2 sends its watchers elsewhere when its stack is drained, and so do subscribers of ours leave', () =>
    passing(async stage => {
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [presence()] })
      const headers = { Event: 'presence', Expires: '600', Contact: `<${alice.uri()}>` }
      alice.send('SUBSCRIBE', { to: bob, headers })
      const [, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      alice.send(200, { for: first })
      const watched = bob.stack.subscribe(alice.uri(), { event: 'dialog' })
      const [asked] = await alice.expect('SUBSCRIBE')
      alice.send(200, { for: asked, headers: { Expires: '600' } })
      alice.send('NOTIFY', { headers: { Event: 'dialog', 'Subscription-State': 'active;expires=600' } })
      await alice.expect(response(200, { of: 'NOTIFY' }))
      const drained = bob.stack.drain(10_000)
      const [last, bye] = await alice.expect('NOTIFY', 'SUBSCRIBE')
      expect(stateOf(last)).to.equal('terminated;reason=deactivated')
      expect(bye.get('Expires')).to.equal(0)
      alice.send(200, { for: last })
      alice.send(481, { for: bye })
      expect((await watched.closed).kind).to.equal('removed')
      expect(await drained).to.include({ dialogs: 0 })
    }))
})
