/** The notifier's side: RFC 6665 §4.2. */

import { expect } from 'chai'
import { type RawPeer, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import { Watcher as NotifiedWatcher } from '../../../apps/sip/core/watcher.js'
import type { AcceptOptions, Core, Incoming, Request, Watcher, WatcherEnd } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

/** A notifier of presence, and those who watch it. */
function presence(options: AcceptOptions = {}, watchers: Watcher[] = []): Core & { readonly watchers: Watcher[] } {
  return {
    name: 'presence',
    match: () => true,
    events: ['presence'],
    watchers,
    SUBSCRIBE(incoming) {
      watchers.push(incoming.accept({ body: 'open', contentType: 'text/plain', ...options }))
    },
  }
}

interface Parts {
  readonly stage: Stage
  readonly alice: RawPeer
  readonly bob: StackPeer
  readonly core: ReturnType<typeof presence>
}

/** alice watches bob, whose stack has nothing left at the end. */
function watching(body: (parts: Parts) => Promise<void>, options?: AcceptOptions): () => Promise<unknown> {
  const whole = async (stage: Stage): Promise<void> => {
    const core = presence(options)
    const alice = await stage.raw('alice')
    const bob = await stage.stack('bob', { cores: [core] })
    await body({ stage, alice, bob, core })
    expect(await bob.stack.census()).to.include({ dialogs: 0, servers: 0, clients: 0 })
  }
  return () => passing(whole)
}

function subscribe({ alice, bob }: Parts, more: Record<string, string | undefined> = {}, inside = false): Request {
  const headers = { Event: 'presence', Contact: `<${alice.uri()}>`, Expires: '600', ...more }
  return alice.send('SUBSCRIBE', inside ? { headers } : { to: bob, headers })
}

/** A subscription that stands, with its first NOTIFY answered. */
async function subscribed(parts: Parts, more: Record<string, string> = {}): Promise<Watcher> {
  subscribe(parts, more)
  const [, notify] = await parts.alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
  parts.alice.send(200, { for: notify })
  const watcher = parts.core.watchers.at(-1)
  if (watcher === undefined) throw new Error('nobody watches')
  return watcher
}

function stateOf(notify: Request): string {
  return `${notify.raw('Subscription-State')[0]} ${notify.body}`.trim()
}

async function unsubscribed(parts: Parts): Promise<void> {
  subscribe(parts, { Expires: '0' }, true)
  const [, last] = await parts.alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
  parts.alice.send(200, { for: last })
  await parts.stage.pause(10)
}

describe('a notifier', () => {
  it(
    'EXT-07 RFC 6665 §4.2.1 accepts, tells the state at once and when it changes, and ends with Expires 0 [6665-4.2.1.2-1] [6665-4.2.2-1] [6665-4.2.2-5] [6665-4.2.2-2] [6665-4.2.2-6] [6665-3.1.1-3] [6665-8.3.1-2] [6665-4.2.1.1-1]',
    watching(async parts => {
      const { alice, core } = parts
      subscribe(parts)
      const [ok, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      expect([ok.get('Expires'), ok.getAll('Contact').length]).to.deep.equal([600, 1])
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
    'EXT-07 RFC 6665 §4.2.1.1 §4.4.4 an unknown package gets 489, as does none; Allow-Events names those there are [6665-4.2.1.1-2] [6665-4.2.1.1-3] [6665-4.2.3-1] [6665-4.4.4-1] [6665-4.4.4-2]',
    watching(async parts => {
      const { alice, bob } = parts
      for (const event of ['dialog', undefined, 'presence;id="a b"', 'presence;id']) {
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

  it('RFC 6665 §4.2.1 a function for the state that throws ends the subscription, and not the call that it is in', () =>
    passing(async stage => {
      const full = (): string => {
        throw new Error('no state')
      }
      const core = {
        ...presence({ full }),
        INVITE: ((invite): void => void invite.reply(200)) satisfies Core['INVITE'],
      }
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [core] })
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      subscribe({ stage, alice, bob, core }, {}, true)
      await alice.expect(response(200, { of: 'SUBSCRIBE' }))
      expect(await core.watchers[0]?.closed).to.equal('lost')
      expect(bob.errors().length).to.equal(1)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    }))

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

  it('RFC 6665 §4.5.2 §8.2.1 two of one package in a call, told apart by their ids, are refreshed and end each for itself', () =>
    passing(async stage => {
      const core = { ...presence(), INVITE: ((invite): void => void invite.reply(200)) satisfies Core['INVITE'] }
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [core] })
      const parts = { stage, alice, bob, core }
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
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
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
      await stage.pause(40_000)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))

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

  it('EXT-07 RFC 6665 §4.5.2 accepts a subscription inside a call, which outlives it', () =>
    passing(async stage => {
      const core = { ...presence(), INVITE: ((invite): void => void invite.reply(200)) satisfies Core['INVITE'] }
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [core] })
      const parts = { stage, alice, bob, core }
      alice.send('INVITE', { to: bob })
      const [ok] = await alice.expect(200)
      expect(ok.raw('Allow-Events')).to.deep.equal(['presence'])
      alice.send('ACK')
      subscribe(parts, {}, true)
      const [, first] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      alice.send(200, { for: first })
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
      void core.watchers[0]?.notify('busy')
      await alice.expect('NOTIFY')
      alice.send(200)
      await unsubscribed(parts)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))

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
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
      await unsubscribed(parts)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))

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
