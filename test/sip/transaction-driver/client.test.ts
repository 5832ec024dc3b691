import { expect } from 'chai'
import { again, request } from '../../../apps/scenario/scenario.js'
import { dialogOf, hungUp, placed } from '../../../specs/callers.js'
import { overBoth, passing } from '../../scenario/passing.js'

/** When a request that is never answered is sent, in ms after the first time: T1 doubled up to a cap, for 64*T1. */
function intervals(cap: number): number[] {
  const times = [0]
  for (let at = 500, interval = 500; at < 32_000; at += interval) {
    times.push(at)
    interval = Math.min(2 * interval, cap)
  }
  return times
}

describe('client transactions on the network', () => {
  overBoth(
    'client_invite_ok: §17.1.1.2 the INVITE is repeated until a provisional response comes, over UDP only [3261-17.1.1.2-3] [6026-7.2-1]',
    async (stage, udp) => {
      const { bob, call, invite } = await placed(stage)
      await bob.silence(2000)
      bob.send(100)
      await bob.silence(10_000)
      bob.send(200)
      await bob.expect('ACK')
      expect(bob.times(invite)).to.deep.equal(udp ? [0, 500, 1500] : [0])
      await hungUp(bob, await dialogOf(call))
    },
  )

  overBoth(
    'RFC 3581 §3 the INVITE is sent every 20 s while it rings, to hold the way through a NAT open, over UDP only [NAT-07] [3581-3-4]',
    async (stage, udp) => {
      const { bob, call, invite } = await placed(stage)
      await stage.pause(100)
      bob.send(180)
      await bob.silence(65_000)
      bob.send(486)
      await bob.expect('ACK')
      await bob.silence(40_000)
      expect(bob.times(invite)).to.deep.equal(udp ? [0, 20_102, 40_102, 60_102] : [0])
      expect((await call.outcome).kind).to.equal('rejected')
    },
  )

  overBoth(
    'client_invite_err: §17.1.1.3 a refusal is acknowledged with the branch, To and CSeq due; repeated, it is told once [3261-17.1.1.3-2] [3261-17.1.1.3-3] [3261-17.1.1.3-4] [3261-17.1.1.3-5] [3261-17.1.1.2-22]',
    async (stage, udp) => {
      const { alice, bob, call, invite } = await placed(stage)
      const refusal = bob.send(500)
      await bob.expect(
        request('ACK', {
          uri: String(invite.uri),
          headers: {
            Via: invite.raw('Via').join(),
            From: invite.raw('From').join(),
            To: refusal.raw('To').join(),
            'Call-ID': invite.callId,
            CSeq: `${invite.cseq.number} ACK`,
          },
        }),
      )
      const outcome = await call.outcome
      expect(outcome).to.include({ kind: 'rejected' })
      bob.repeat(refusal)
      if (udp) await bob.expect(again('ACK'))
      await stage.pause(31_000)
      bob.repeat(refusal)
      if (udp) await bob.expect(again('ACK'))
      await stage.pause(2000)
      bob.repeat(refusal)
      await bob.silence(100)
      expect(await alice.stack.census()).to.include({ transactions: 0, asleep: 0, calls: 0 })
    },
  )

  overBoth(
    'client_invite_timeout_calling: §17.1.1.2 Timer B: after 64*T1 without any response the call fails [3261-17.1.1.2-13]',
    async (stage, udp) => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const began = stage.now
      const call = alice.stack.invite(bob.uri())
      const [invite] = await bob.expect('INVITE')
      const outcome = await call.outcome
      expect(outcome.kind).to.equal('timeout')
      expect(stage.now - began).to.equal(32_000)
      expect(bob.times(invite)).to.deep.equal(udp ? intervals(Number.POSITIVE_INFINITY) : [0])
    },
  )

  overBoth('B-15 client_invite_timeout_proceeding: a call may ring longer than Timer B', async stage => {
    const { bob, call } = await placed(stage)
    bob.send(180)
    await bob.silence(120_000)
    bob.send(603)
    await bob.expect('ACK')
    expect((await call.outcome).kind).to.equal('rejected')
  })

  overBoth(
    'client_ok: §17.1.2.2 OPTIONS is repeated in Trying, every T2 in Proceeding, and ends with one final response [3261-17.1.2.2-3] [3261-17.1.2.2-5] [3261-17.1.2.2-7]',
    async (stage, udp) => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      await stage.pause(600)
      bob.send(100)
      await stage.pause(9000)
      const ok = bob.send(200)
      bob.repeat(ok)
      expect(await outcome).to.include({ kind: 'answered' })
      await stage.pause(1000)
      expect(bob.times(options)).to.deep.equal(udp ? [0, 500, 1500, 5500, 9500] : [0])
    },
  )

  overBoth(
    'client_timeout_trying: §17.1.2.2 Timer E doubles up to T2, Timer F ends it after 64*T1 [3261-17.1.2.2-4]',
    async (stage, udp) => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const began = stage.now
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      expect((await outcome).kind).to.equal('timeout')
      expect(stage.now - began).to.equal(32_000)
      expect(bob.times(options)).to.deep.equal(udp ? intervals(4000) : [0])
    },
  )

  overBoth('client_timeout_proceeding: §17.1.2.2 Timer F goes on in Proceeding [3261-17.1.2.2-8]', async stage => {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    const began = stage.now
    const outcome = alice.stack.request('OPTIONS', bob.uri())
    await bob.expect('OPTIONS')
    bob.send(100)
    expect((await outcome).kind).to.equal('timeout')
    expect(stage.now - began).to.equal(32_000)
  })

  it('§17.1.3 a response matches by branch and CSeq method: one of another method is not taken', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      bob.send(200, { headers: { CSeq: `${options.cseq.number} INFO` } })
      await stage.pause(100)
      bob.send(404)
      expect((await outcome).kind).to.equal('rejected')
    }))

  it('§17.1.3 nor by an INVITE that has its final response, whose ACK is repeated for that alone', () =>
    passing(async stage => {
      for (const status of [486, 200]) {
        const { bob, call, invite } = await placed(stage)
        const contact = { Contact: `<${bob.uri()}>` }
        bob.send(status, { for: invite, headers: contact })
        const [ack] = await bob.expect('ACK')
        await call.outcome
        await stage.pause(100)
        for (const method of ['BYE', 'INVITE']) {
          const CSeq = `${invite.cseq.number} ${method}`
          bob.send(status, { for: invite, headers: { ...contact, CSeq } })
          await stage.pause(100)
          expect(bob.times(ack).length).to.equal(method === 'BYE' ? 1 : 2)
        }
        if (status === 200) await hungUp(bob, await dialogOf(call))
      }
    }))

  it('UA-6 §17.1.3 each of several requests under way settles with the answer that is its own, in whatever order they come', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const statuses = [200, 404, 486]
      const outcomes = statuses.map(() => alice.stack.request('OPTIONS', bob.uri()))
      const asked = await bob.expect('OPTIONS', 'OPTIONS', 'OPTIONS')
      for (const [at, options] of [...asked.entries()].reverse()) bob.send(statuses[at] ?? 500, { for: options })
      const told = (await Promise.all(outcomes)).map(end => 'response' in end && end.response?.status)
      expect(told).to.deep.equal(statuses)
    }))

  it('§18.4 a datagram that cannot be sent is a transport error at once [3261-17.1.4-1]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      stage.network.refuse('OPTIONS')
      stage.network.refuse('INVITE')
      expect((await alice.stack.request('OPTIONS', bob.uri())).kind).to.equal('transportError')
      expect((await alice.stack.invite(bob.uri()).outcome).kind).to.equal('transportError')
      expect(stage.now).to.be.below(100)
    }))

  it('a lost request, a lost response: the retransmission mends both', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [{ name: 'bob', match: () => true }] })
      const alice = await stage.stack('alice')
      stage.network.drop('OPTIONS', { nth: 1 })
      stage.network.drop(200, { nth: 1 })
      expect((await alice.stack.request('OPTIONS', bob.uri())).kind).to.equal('answered')
      expect(stage.now).to.be.within(1500, 1600)
      expect((await bob.stack.cores())[0]).to.include({ requests: 1 })
    }))

  it('§9.1 the CANCEL is a transaction of its own: repeated until its 200 [3261-9.1-10]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      await stage.pause(100)
      call.cancel()
      const [cancel] = await bob.expect('CANCEL')
      await stage.pause(600)
      expect(bob.times(cancel)).to.deep.equal([0, 500])
      bob.send(200, { for: cancel })
      bob.send(487, { for: invite })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('cancelled')
    }))

  it('§9.1 a CANCEL without any final answer ends the call after 64*T1 [3261-9.1-11]', () =>
    passing(async stage => {
      const { bob, call } = await placed(stage)
      bob.send(180)
      await stage.pause(100)
      call.cancel()
      await bob.expect('CANCEL')
      bob.send(200)
      expect((await call.outcome).kind).to.equal('cancelled')
      expect(stage.now).to.be.within(32_000, 32_200)
    }))

  it('client_invite_ok: RFC 6026 §7.2 another 2xx within Timer M reaches the user: acknowledged and ended [6026-7.2-2] [3261-13.2.2.4-2] [3261-13.2.2.4-8]', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      const first = bob.send(200)
      await bob.expect('ACK')
      await stage.pause(5000)
      const forked = {
        To: first
          .raw('To')
          .join()
          .replace(/tag=.*/, 'tag=forked'),
      }
      const second = bob.send(201, { for: invite, headers: { ...forked, Contact: `<${bob.uri('forked')}>` } })
      const [ack, bye] = await bob.expect(
        request('ACK', { uri: bob.uri('forked'), headers: forked }),
        request('BYE', { uri: bob.uri('forked'), headers: forked }),
      )
      expect(ack.cseq.number).to.equal(invite.cseq.number)
      bob.send(200, { for: bye })
      bob.repeat(second)
      await bob.expect(again('ACK'))
      bob.repeat(first)
      await bob.expect(again('ACK'))
      const outcome = await call.outcome
      expect(outcome.kind === 'answered' && outcome.dialog.dialog.remoteTag).to.equal(first.to.tag)
      if (outcome.kind !== 'answered') return
      const over = outcome.dialog.bye()
      await bob.expect(request('BYE', { headers: { To: first.raw('To').join() } }))
      bob.send(200)
      await over
    }))

  it('B-12 a 2xx that comes after Timer M, or again and again, harms nothing', () =>
    passing(async stage => {
      const { bob, call } = await placed(stage)
      const ok = bob.send(200)
      await bob.expect('ACK')
      for (let i = 0; i < 10; i++) bob.repeat(ok)
      await stage.pause(33_000)
      bob.repeat(ok)
      await stage.pause(100)
      await hungUp(bob, await dialogOf(call))
    }))

  it('a response to nobody in particular, a provisional after the final, are dropped', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const outcome = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      bob.send(200)
      bob.send(100, { for: options })
      bob.send(404, { for: options })
      expect((await outcome).kind).to.equal('answered')
      await bob.silence(100)
    }))
})
