/** Subscriptions and referrals where there are threads. */

import { expect } from 'chai'
import { type CallOutcome, type Core, type Log, SipStack, type Watcher } from '../../../apps/sip/sip.js'

async function started(threads: number, log?: Log): Promise<SipStack> {
  return SipStack.start({ listen: ['udp:127.0.0.1:0'], threads, trace: false, ...(log === undefined ? {} : { log }) })
}

function uriOf(stack: SipStack, user: string): string {
  return `sip:${user}@${stack.listening[0]?.slice(4)}`
}

async function settled(...stacks: readonly SipStack[]): Promise<void> {
  const until = Date.now() + 5000
  for (const stack of stacks) {
    while ((await stack.census()).dialogs > 0 && Date.now() < until) await new Promise(done => setTimeout(done, 20))
    expect(await stack.census()).to.include({ dialogs: 0 })
  }
}

/** That it refers to carol inside a call, too, who is busy; then nothing is left. */
async function refersInCall(alice: SipStack, bob: SipStack, carol: SipStack): Promise<void> {
  const call = await alice.invite(uriOf(bob, 'bob')).outcome
  if (call.kind !== 'answered') throw new Error(call.kind)
  const inside = await call.dialog.refer(uriOf(carol, 'carol')).outcome
  expect(inside.kind === 'rejected' && inside.status).to.equal(486)
  await call.dialog.bye()
  await settled(bob, alice, carol)
}

describe('with threads', () => {
  it('RFC 6665 §4.2 each thread notifies of its own, and RFC 3515 §2.4 follows; what the main thread has asked comes to it', async () => {
    const [bob, alice, carol] = [await started(2), await started(1), await started(0)]
    try {
      await bob.load(new URL('./watched.js', import.meta.url))
      carol.register({ name: 'carol', match: () => true, INVITE: invite => void invite.reply(486) })
      for (let at = 0; at < 4; at++) {
        const subscription = alice.subscribe(uriOf(bob, 'bob'), { event: 'presence' })
        for await (const { body } of subscription) {
          expect(body).to.equal('open')
          break
        }
        await subscription.unsubscribe()
        expect((await subscription.closed).kind).to.equal('removed')
        const outside = await alice.refer(uriOf(bob, 'bob'), uriOf(carol, 'carol')).outcome
        expect(outside.kind).to.equal('rejected')
      }
      await refersInCall(alice, bob, carol)
    } finally {
      await Promise.all([bob, alice, carol].map(stack => stack.close()))
    }
  })

  it('RFC 6665 §4.2 a core that serves the threads from its home notifies, and hears how that ends', async () => {
    const [bob, alice] = [await started(2), await started(0)]
    const watchers: Watcher[] = []
    const core: Core = {
      name: 'home',
      match: () => true,
      events: ['presence'],
      SUBSCRIBE(incoming) {
        const watcher = incoming.accept({ contentType: 'text/plain', body: 'open' })
        watchers.push(watcher)
        void watcher.notify('busy')
      },
    }
    bob.register(core)
    try {
      for (let at = 0; at < 4; at++) {
        const subscription = alice.subscribe(uriOf(bob, 'bob'), { event: 'presence', retry: false })
        const bodies = subscription[Symbol.asyncIterator]()
        const next = async (): Promise<string> => {
          const { value } = await bodies.next()
          return value === undefined ? 'over' : `${value.state} ${value.body}`
        }
        expect([await next(), await next()]).to.deep.equal(['active open', 'active busy'])
        const [watcher] = watchers.splice(0)
        if (watcher === undefined) throw new Error('nobody watches')
        const told = ['away', 'back', 'out'].map(each => watcher.notify(each))
        for (const each of ['away', 'back', 'out']) expect(await next()).to.equal(`active ${each}`)
        const outcomes = await Promise.all(told)
        expect(outcomes.map(each => each.kind === 'answered' && each.response.status)).to.deep.equal([200, 200, 200])
        if (at % 2 === 0) await subscription.unsubscribe()
        else expect((await watcher.terminate('noresource', { body: 'gone' })).kind).to.equal('answered')
        expect(await watcher.closed).to.equal(at % 2 === 0 ? 'unsubscribed' : 'terminated')
        expect((await watcher.notify('late')).kind).to.equal('transportError')
        await subscription.closed
      }
      await settled(bob, alice)
    } finally {
      await Promise.all([bob, alice].map(stack => stack.close()))
    }
  })

  it('RFC 6665 §4.2 what it tells to a thread that has died is lost, and so is who watched there', async () => {
    const [bob, alice] = [await started(1, () => undefined), await started(0)]
    const watchers: Watcher[] = []
    bob.register({
      name: 'home',
      match: () => true,
      events: ['presence'],
      SUBSCRIBE: incoming => watchers.push(incoming.accept({ contentType: 'text/plain' })),
    })
    try {
      const subscription = alice.subscribe(uriOf(bob, 'bob'), { event: 'presence', retry: false })
      for await (const { state } of subscription) {
        expect(state).to.equal('active')
        break
      }
      const [watcher] = watchers
      bob.killThread(0)
      expect((await watcher?.notify('late'))?.kind).to.equal('transportError')
      expect(await watcher?.closed).to.equal('lost')
    } finally {
      await Promise.all([bob, alice].map(stack => stack.close()))
    }
  })

  it('RFC 3515 §2.4 a core that serves the threads from its home follows, inside a call and outside', async () => {
    const [bob, alice, carol] = [await started(2), await started(0), await started(0)]
    carol.register({ name: 'carol', match: () => true, INVITE: invite => void invite.reply(486) })
    bob.register({
      name: 'home',
      match: () => true,
      INVITE: invite => void invite.reply(200),
      REFER: refer => void bob.follow(refer),
    })
    try {
      const outside = await alice.refer(uriOf(bob, 'bob'), uriOf(carol, 'carol')).outcome
      expect(outside.kind === 'rejected' && outside.status).to.equal(486)
      await refersInCall(alice, bob, carol)
    } finally {
      await Promise.all([bob, alice, carol].map(stack => stack.close()))
    }
  })

  it('RFC 6665 §4.2 what is too brief, and what it cannot do there, is settled at once', async () => {
    const said: string[] = []
    const log: Log = ({ text }) => void said.push(text)
    const [bob, alice] = [await started(1, log), await started(0)]
    const ends: (string | undefined)[] = []
    bob.register({
      name: 'home',
      match: () => true,
      events: ['presence', 'dialog'],
      SUBSCRIBE: async incoming => {
        const isOther = incoming.request.get('Event')?.value === 'dialog'
        const watcher = incoming.accept(isOther ? { full: () => '' } : { least: 3000 })
        ends.push(await watcher.closed)
      },
    })
    try {
      for (const [event, status] of [
        ['presence', 423],
        ['dialog', 500],
      ] as const) {
        const outcome = await alice.request('SUBSCRIBE', uriOf(bob, 'bob'), {
          headers: { Event: event, Expires: 60 },
        })
        expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(status)
      }
      expect(ends).to.deep.equal(['none'])
      expect(said.some(text => text.includes('load() its module'))).to.equal(true)
      await settled(bob, alice)
    } finally {
      await Promise.all([bob, alice].map(stack => stack.close()))
    }
  })

  for (const [where, url] of [
    ['each', new URL('./replacing.js', import.meta.url)],
    ['one', new URL('./replacing-home.js', import.meta.url)],
  ] as const) {
    it(`EXT-11 RFC 3891 §3 a call takes the place of one that another thread has; the core is on ${where}`, async () => {
      const [bob, alice, carol] = [await started(2), await started(0), await started(0)]
      try {
        await bob.load(url)
        for (let at = 0; at < 6; at++) {
          const first = await alice.invite(uriOf(bob, 'bob')).outcome
          if (first.kind !== 'answered') throw new Error(first.kind)
          const { callId, localTag, remoteTag } = first.dialog.dialog
          const Replaces = (text: string): Promise<CallOutcome> =>
            carol.invite(uriOf(bob, 'bob'), { headers: { Replaces: text, Require: 'replaces' } }).outcome
          const unknown = await Replaces(`${callId};to-tag=x;from-tag=${localTag}`)
          expect(unknown.kind === 'rejected' && unknown.response.status).to.equal(481)
          const early = await Replaces(`${callId};to-tag=${remoteTag};from-tag=${localTag};early-only`)
          expect(early.kind === 'rejected' && early.response.status).to.equal(486)
          const second = await Replaces(`${callId};to-tag=${remoteTag};from-tag=${localTag}`)
          if (second.kind !== 'answered') throw new Error(second.kind)
          expect(second.response.raw('Subject').join()).to.equal(`instead of ${callId}`)
          expect(await first.dialog.ended).to.equal('remote')
          await second.dialog.bye()
        }
        await settled(bob, alice, carol)
      } finally {
        await Promise.all([bob, alice, carol].map(stack => stack.close()))
      }
    })
  }
})
