import { expect } from 'chai'
import { again, response } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { overBoth, passing } from '../../scenario/passing.js'

/** Counts what it is asked, and answers after so long. */
function answering(status: number, after: number): Core & { asked: number } {
  const core = {
    name: 'answering',
    asked: 0,
    match: () => true,
    INVITE: (invite: Parameters<NonNullable<Core['INVITE']>>[0]) => {
      core.asked++
      invite.reply(180)
      invite.after(after, () => invite.reply(status))
    },
    OPTIONS: (options: Parameters<NonNullable<Core['OPTIONS']>>[0]) => {
      core.asked++
      options.after(after, () => options.reply(status))
    },
  }
  return core
}

const silent: Core = { name: 'silent', match: () => true, INVITE: () => undefined, OPTIONS: () => undefined }

describe('server transactions on the network', () => {
  overBoth(
    'server_invite_ok: RFC 6026 §7.1 repeated INVITEs get the latest provisional, and nothing once accepted; Timer L ends it [3261-17.2.1-5] [6026-7.1-1] [6026-7.1-5]',
    async stage => {
      const core = answering(200, 1000)
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob })
      await alice.expect(180)
      alice.repeat(invite)
      await alice.expect(again(180))
      await alice.expect(200)
      alice.repeat(invite)
      await stage.pause(100)
      alice.send('ACK')
      await stage.pause(100)
      alice.repeat()
      alice.repeat(invite)
      await stage.pause(1000)
      await hungUpBy(alice)
      expect(core.asked).to.equal(1)
      await stage.pause(33_000)
      expect(await bob.stack.census()).to.include({ transactions: 0, asleep: 0, dialogs: 0 })
    },
  )

  overBoth(
    'server_invite_err: §17.2.1 a refusal is repeated by Timer G up to T2 over UDP, and for each INVITE, until ACK [3261-17.2.1-8] [3261-17.2.1-10]',
    async (stage, udp) => {
      const bob = await stage.stack('bob', { cores: [answering(500, 100)] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob })
      await alice.expect(180)
      const [refusal] = await alice.expect(500)
      await stage.pause(12_000)
      expect(alice.times(refusal)).to.deep.equal(udp ? [0, 500, 1500, 3500, 7500, 11_500] : [0])
      alice.repeat(invite)
      await stage.pause(100)
      expect(alice.times(refusal)).to.have.length(udp ? 7 : 2)
      alice.send('ACK')
      await stage.pause(100)
      if (!udp) return
      alice.repeat()
      alice.repeat(invite)
      await alice.silence(4000)
      expect(alice.times(refusal)).to.have.length(7)
    },
  )

  overBoth(
    'server_invite_timeout: §17.2.1 Timer H: without ACK the refusal is given up after 64*T1 [3261-17.2.1-9]',
    async (stage, udp) => {
      const bob = await stage.stack('bob', { cores: [answering(500, 100)] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      const [refusal] = await alice.expect(500)
      await stage.pause(31_900)
      expect(await bob.stack.census()).to.include({ transactions: 1 })
      await stage.pause(200)
      expect(await bob.stack.census()).to.include({ transactions: 0, asleep: 0 })
      expect(alice.times(refusal)).to.have.length(udp ? 11 : 1)
    },
  )

  overBoth(
    'server_ok: §17.2.2 in Trying a repeated request is dropped, afterwards it gets the same response, octet by octet, until Timer J [3261-17.2.2-6]',
    async (stage, udp) => {
      const core = answering(200, 1000)
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const options = alice.send('OPTIONS', { to: bob })
      await alice.silence(500)
      alice.repeat(options)
      await alice.silence(400)
      const [ok] = await alice.expect(200)
      expect(await bob.stack.census()).to.include({ transactions: 0, asleep: udp ? 1 : 0 })
      if (!udp) return
      for (let i = 0; i < 3; i++) {
        alice.repeat(options)
        await alice.expect(again(200))
      }
      await stage.pause(31_900)
      alice.repeat(options)
      await alice.expect(again(200))
      expect(alice.times(ok)).to.have.length(5)
      expect(core.asked).to.equal(1)
      await stage.pause(200)
      // Of the old transaction it has the branch only, so that it is no request that came by two ways (§8.2.2.2).
      alice.write((options.source ?? '').replace(/^(From: .*;tag=)/m, '$1late'))
      await alice.expect(200)
      expect(core.asked).to.equal(2)
    },
  )

  overBoth('server_err: §17.2.2 so does a refusal [3261-17.2.2-6]', async (stage, udp) => {
    const core = answering(500, 100)
    const bob = await stage.stack('bob', { cores: [core] })
    const alice = await stage.raw('alice')
    const options = alice.send('OPTIONS', { to: bob })
    await alice.expect(500)
    alice.repeat(options)
    if (udp) await alice.expect(again(500))
    else await alice.expect(500)
    expect(core.asked).to.equal(udp ? 1 : 2)
  })

  it('server_ok_transport_err: §17.2.4 a response that cannot be sent harms nothing [6026-7.1-7]', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [answering(200, 100)] })
      const alice = await stage.raw('alice')
      stage.network.refuse(200, { nth: 1 })
      const options = alice.send('OPTIONS', { to: bob })
      await alice.silence(1000)
      alice.repeat(options)
      await alice.expect(200)
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
    }))

  it('B-2 §17.2.4 a user whose 180 cannot be sent goes on, and what it answers later is sent [6026-7.1-7]', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [answering(486, 1000)] })
      const alice = await stage.raw('alice')
      stage.network.refuse(180, { nth: 1 })
      alice.send('INVITE', { to: bob })
      await alice.silence(900)
      await alice.expect(486)
      alice.send('ACK')
    }))

  overBoth(
    '§17.2.1 a silent user gets its caller a 100 within 200 ms, without a tag [3261-17.2.1-1] [3261-17.2.1-2]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [silent] })
      const alice = await stage.raw('alice')
      const invite = alice.send('INVITE', { to: bob, headers: { Timestamp: '54' } })
      await alice
        .within(210)
        .expect(response(100, { headers: { To: value => !value.includes('tag='), Timestamp: /^54/ } }))
      alice.repeat(invite)
      // Told anew how long it has been here (§8.2.6.1).
      await alice.expect(response(100, { headers: { Timestamp: /^54 0\.20\d$/ } }))
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
    },
  )

  overBoth('§17.2.1 a user that answers at once leaves no room for a 100', async stage => {
    const bob = await stage.stack('bob', { cores: [answering(486, 0)] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob })
    await alice.expect(180, 486)
    alice.send('ACK')
    await alice.silence(1000)
  })

  overBoth(
    'RFC 4320 §4.1 a silent user of OPTIONS gets its client a 100 after 3.5 s, and a 500 while somebody still waits for it [4320-3-2] [4320-3-3] [4320-3-4]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [silent] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.silence(3490)
      await alice.within(30).expect(100)
      await alice.within(28_000).expect(500)
    },
  )

  it('§17.2.3 the transaction of a request depends on branch, sent-by and method', () =>
    passing(async stage => {
      const core = answering(200, 0)
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const via = (branch: string, sentBy: string): string => `SIP/2.0/UDP ${sentBy};branch=${branch};rport`
      const send = (Via: string): void => void alice.send('OPTIONS', { to: bob, headers: { Via, 'Call-ID': 'same' } })
      send(via('z9hG4bKa', 'a.example.com'))
      await alice.expect(200)
      send(via('z9hG4bKa', 'b.example.com'))
      await alice.expect(200)
      send(via('z9hG4bKb', 'b.example.com'))
      await alice.expect(200)
      expect(core.asked).to.equal(3)
    }))

  it('§17.2.3 RFC 2543: a client without the magic cookie is served, repetitions and ACK included', () =>
    passing(async stage => {
      const core = answering(486, 100)
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const Via = 'SIP/2.0/UDP 192.0.2.2:5060'
      const invite = alice.send('INVITE', { to: bob, headers: { Via } })
      await alice.expect(180)
      alice.repeat(invite)
      await alice.expect(again(180))
      const [busy] = await alice.expect(486)
      alice.send('ACK', { headers: { Via } })
      await stage.pause(5000)
      expect(alice.times(busy)).to.deep.equal([0])
      expect(core.asked).to.equal(1)
    }))

  it('an ACK for a refusal is not told to the core, one for nothing is dropped', () =>
    passing(async stage => {
      let acks = 0
      const core: Core = { ...answering(486, 0), ACK: () => void acks++ }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180, 486)
      alice.send('ACK')
      await stage.pause(6000)
      alice.repeat()
      await stage.pause(100)
      expect(acks).to.equal(0)
    }))
})
