/** Subscriptions and referrals where there are threads. */

import { expect } from 'chai'
import { type Core, SipStack } from '../../../apps/sip/sip.js'

async function started(threads: number): Promise<SipStack> {
  return SipStack.start({ listen: ['udp:127.0.0.1:0'], threads, trace: false })
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
      const call = await alice.invite(uriOf(bob, 'bob')).outcome
      if (call.kind !== 'answered') throw new Error(call.kind)
      const inside = await call.dialog.refer(uriOf(carol, 'carol')).outcome
      expect(inside.kind === 'rejected' && inside.status).to.equal(486)
      await call.dialog.bye()
      await settled(bob, alice, carol)
    } finally {
      await Promise.all([bob, alice, carol].map(stack => stack.close()))
    }
  })

  it('a core that serves the threads from its home accepts none, and says why', async () => {
    const said: string[] = []
    const bob = await SipStack.start({
      listen: ['udp:127.0.0.1:0'],
      threads: 1,
      trace: false,
      log: ({ text }) => said.push(text),
    })
    const alice = await started(0)
    const core: Core = { name: 'home', match: () => true, SUBSCRIBE: incoming => void incoming.accept() }
    bob.register(core)
    try {
      const end = await alice.subscribe(uriOf(bob, 'bob'), { event: 'presence', retry: false }).closed
      expect(end.kind === 'refused' && end.outcome.kind === 'rejected' && end.outcome.response.status).to.equal(500)
      expect(said.some(text => text.includes('load() its module'))).to.equal(true)
    } finally {
      await Promise.all([bob, alice].map(stack => stack.close()))
    }
  })
})
