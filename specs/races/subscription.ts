/** Subscriptions whose messages cross, or are lost: RFC 6665 §4.1.2.4, §4.2.2. */

import { equal } from 'node:assert/strict'
import { type RawPeer, response, type Scenario, type Stage, scenario } from '../../apps/scenario/scenario.js'
import type { Core, Subscription, Watcher } from '../../apps/sip/sip.js'

/** Notifies of presence those whom it puts among `watchers`. */
function presence(watchers: Watcher[]): Core {
  return {
    name: 'presence',
    match: () => true,
    events: ['presence'],
    SUBSCRIBE: incoming => watchers.push(incoming.accept({ expires: 600, contentType: 'text/plain', body: 'open' })),
  }
}

function state(value: string): { readonly headers: Record<string, string> } {
  return { headers: { Event: 'presence', 'Subscription-State': value } }
}

async function next(subscription: Subscription): Promise<string> {
  for await (const { state: name, body } of subscription) return `${name} ${body}`
  return 'over'
}

/** alice, who has a stack, is subscribed at bob, who has none. */
async function subscribed(stage: Stage): Promise<{ readonly bob: RawPeer; readonly watched: Subscription }> {
  const bob = await stage.raw('bob')
  const alice = await stage.stack('alice')
  const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', retry: false })
  await bob.expect('SUBSCRIBE')
  bob.send(200, { headers: { Expires: '600' } })
  bob.send('NOTIFY', state('active;expires=600'))
  await bob.expect(response(200, { of: 'NOTIFY' }))
  return { bob, watched }
}

const scenarios: readonly Scenario[] = [
  ...[0, 1, 3].map(lost =>
    scenario(
      `EXT-07 EXT-08 RFC 6665 §4.1.2 §4.2.1 subscribed, notified, unsubscribed, ${lost} copies of each request lost`,
      async stage => {
        const watchers: Watcher[] = []
        const bob = await stage.stack('bob', { cores: [presence(watchers)] })
        const alice = await stage.stack('alice')
        for (let nth = 1; nth <= lost; nth++) {
          for (const method of ['SUBSCRIBE', 'NOTIFY'] as const) stage.network.drop(method, { nth })
        }
        const watched = alice.stack.subscribe(bob.uri(), { event: 'presence' })
        equal(await next(watched), 'active open')
        void watchers[0]?.notify('busy')
        equal(await next(watched), 'active busy')
        equal((await watched.unsubscribe()).kind, 'answered')
        equal((await watched.closed).kind, 'removed')
        await stage.pause(1000)
        equal(watchers[0]?.ended, 'unsubscribed')
        await stage.pause(40_000)
      },
      lost === 0 ? {} : { mode: 'virtual', transport: 'udp' },
    ),
  ),

  scenario('EXT-08 RFC 6665 §4.1.2.4 the NOTIFY comes before the 200 [6665-4.1.2.4-3]', async stage => {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    const watched = alice.stack.subscribe(bob.uri(), { event: 'presence', retry: false })
    const [subscribe] = await bob.expect('SUBSCRIBE')
    bob.send('NOTIFY', state('active;expires=600'))
    await bob.expect(response(200, { of: 'NOTIFY' }))
    bob.send(200, { for: subscribe, headers: { Expires: '600' } })
    await stage.pause(100)
    equal(watched.state, 'active')
    bob.send('NOTIFY', state('terminated;reason=noresource'))
    await bob.expect(response(200, { of: 'NOTIFY' }))
    equal((await watched.closed).kind, 'terminated')
  }),

  scenario(
    'EXT-08 RFC 6665 §4.1.2.4 all copies of the 200 are lost, and the NOTIFY has come: it stands',
    async stage => {
      const bob = await stage.stack('bob', { cores: [presence([])] })
      const alice = await stage.stack('alice')
      for (let nth = 1; nth <= 20; nth++) stage.network.drop(200, { nth, from: bob.place.address })
      const watched = alice.stack.subscribe(bob.uri(), { event: 'presence' })
      equal(await next(watched), 'active open')
      await stage.pause(40_000)
      equal(watched.state, 'active')
      await watched.unsubscribe()
      equal((await watched.closed).kind, 'removed')
      await stage.pause(40_000)
    },
    { mode: 'virtual', transport: 'udp' },
  ),

  scenario('EXT-08 RFC 6665 §4.1.3 a refresh crosses the last NOTIFY: 481, and it is over once', async stage => {
    const { bob, watched } = await subscribed(stage)
    const refreshed = watched.refresh()
    bob.send('NOTIFY', state('terminated;reason=noresource'))
    const [refresh] = await bob.expect('SUBSCRIBE', response(200, { of: 'NOTIFY' }))
    bob.send(481, { for: refresh })
    equal((await watched.closed).kind, 'terminated')
    equal((await refreshed).kind === 'answered', false)
    await bob.silence(40_000)
  }),

  scenario('EXT-07 RFC 6665 §4.2.1.4 our last NOTIFY crosses a refresh: 481 to that, and it is over', async stage => {
    const watchers: Watcher[] = []
    const bob = await stage.stack('bob', { cores: [presence(watchers)] })
    const alice = await stage.raw('alice')
    const headers = { Event: 'presence', Expires: '600', Contact: `<${alice.uri()}>` }
    alice.send('SUBSCRIBE', { to: bob, headers })
    const [, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
    alice.send(200, { for: first })
    await stage.pause(100)
    void watchers[0]?.terminate('deactivated')
    alice.send('SUBSCRIBE', { headers })
    const [, last] = await alice.expect(response(481, { of: 'SUBSCRIBE' }), 'NOTIFY')
    alice.send(200, { for: last })
    equal(await watchers[0]?.closed, 'terminated')
  }),

  scenario(
    'EXT-08 RFC 6665 §4.1.2.3 an end that crosses a NOTIFY: both are answered, the last one ends it',
    async stage => {
      const { bob, watched } = await subscribed(stage)
      const over = watched.unsubscribe()
      bob.send('NOTIFY', state('active;expires=600'))
      const [bye] = await bob.expect('SUBSCRIBE', response(200, { of: 'NOTIFY' }))
      bob.send(200, { for: bye, headers: { Expires: '0' } })
      equal((await over).kind, 'answered')
      bob.send('NOTIFY', state('terminated;reason=timeout'))
      await bob.expect(response(200, { of: 'NOTIFY' }))
      equal((await watched.closed).kind, 'removed')
    },
  ),
]

export default scenarios
