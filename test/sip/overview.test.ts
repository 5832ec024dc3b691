/** What can be seen of a running stack, over all of its threads. */

import { connect } from 'node:net'
import { expect } from 'chai'
import { type Call, SipStack } from '../../apps/sip/sip.js'

for (const threads of [0, 1]) {
  describe(`a stack with ${threads} worker threads`, () => {
    let bob: SipStack
    let alice: SipStack
    let call: Call

    before(async () => {
      bob = await SipStack.start({ listen: ['tcp:127.0.0.1:0', 'udp:127.0.0.1:0'], threads, log: () => undefined })
      alice = await SipStack.start({ listen: ['tcp:127.0.0.1:0'], log: () => undefined })
      await bob.load(new URL('../../apps/busy/busy.js', import.meta.url))
      const { log } = console
      console.log = () => undefined
      call = alice.invite(`sip:busy@${bob.listening[0]?.slice(4)};transport=tcp`)
      for await (const { status } of call.responses) if (status === 180) break
      console.log = log
    })

    after(async () => {
      call.cancel()
      await call.outcome
      await Promise.all([alice.close(), bob.close()])
    })

    it('shows its threads with what each holds', async () => {
      const shards = await bob.shards()
      expect(shards.map(({ thread }) => thread)).to.deep.equal(threads === 0 ? ['main'] : ['main', 0])
      expect(shards.at(-1)).to.include({ transactions: 1, servers: 1 })
      expect(shards.at(-1)?.timers).to.be.greaterThan(0)
      for (const { actors } of shards) expect(actors).to.be.greaterThan(5)
    })

    it('shows its actors with who started them', async () => {
      const actors = await bob.actors()
      const server = actors.find(({ label }) => label === 'INVITE server transaction')
      const parent = actors.find(({ ref, thread }) => ref === server?.parent && thread === server?.thread)
      expect(parent?.label).to.equal('transactions')
      expect(server?.thread).to.equal(threads === 0 ? 'main' : 0)
      expect(await bob.actors(2)).to.have.length(threads === 0 ? 2 : 4)
    })

    it('shows the timers that fire next', async () => {
      const timers = await bob.timers()
      const ringing = timers.find(({ timer, actor }) => actor === 'server' && timer.startsWith('task'))
      expect(ringing?.left).to.be.within(5000, 10_000)
      expect(timers.map(({ left }) => left)).to.deep.equal(timers.map(({ left }) => left).toSorted((a, b) => a - b))
      expect(await bob.timers(1)).to.have.length(1)
    })

    it('counts the messages that came', async () => {
      const { requests, faults, busy } = await bob.counters()
      expect({ requests, faults, busy }).to.deep.equal({ requests: 1, faults: 0, busy: 0 })
      expect((await alice.counters()).responses).to.be.within(1, 2)
    })

    it('shows its connections, and closes one', async () => {
      const [called] = await bob.connections()
      const [made] = await alice.connections()
      expect(called).to.include({ transport: 'TCP', direction: 'in', state: 'open', queued: 0 })
      expect(made).to.include({ transport: 'TCP', direction: 'out', remote: bob.listening[0]?.slice(4) })
      expect([called?.received, called?.remote]).to.deep.equal([made?.sent, made?.local])
      const socket = connect(Number(bob.listening[0]?.split(':').at(-1)), '127.0.0.1')
      const ended = new Promise(resolve => socket.on('error', () => undefined).once('close', resolve))
      socket.write('OPTIONS')
      for (let tries = 0; tries < 100 && (await bob.connections()).length < 2; tries++) {
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      const [, extra] = await bob.connections()
      expect(await bob.connections(1)).to.have.length(1)
      expect(await bob.closeConnection(extra?.id ?? 0)).to.equal(true)
      await ended
      expect(await bob.closeConnection(extra?.id ?? 0)).to.equal(false)
      expect(await bob.connections()).to.have.length(1)
    })
  })
}
