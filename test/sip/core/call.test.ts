import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import {
  again,
  maybe,
  type RawPeer,
  request,
  response,
  type StackPeer,
  type Stage,
} from '../../../apps/scenario/scenario.js'
import { type Core, type Response, SipStack } from '../../../apps/sip/sip.js'
import { cancelled, dialogOf, hungUp, hungUpBy, placed } from '../../../specs/callers.js'
import { overBoth, passing } from '../../scenario/passing.js'
import { established } from './established.js'

const answering: Core = {
  name: 'bob',
  match: () => true,
  INVITE: invite => void invite.reply(200, { body: 'v=0\r\n' }),
}

/** alice has called bob, who has a stack, and has her 200. */
async function answered(
  stage: Stage,
  more: Partial<Core> = {},
): Promise<{ readonly alice: RawPeer; readonly bob: StackPeer; readonly ok: Response }> {
  const bob = await stage.stack('bob', { cores: [{ ...answering, ...more }] })
  const alice = await stage.raw('alice')
  alice.send('INVITE', { to: bob })
  const [ok] = await alice.expect(200)
  return { alice, bob, ok }
}

/** When a 2xx without ACK is sent, in ms after the first time. */
const repeats = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]

describe('a call that we take', () => {
  overBoth('§13.3.1.4 the 2xx is repeated whatever the transport until the ACK comes [6026-7.1-3]', async stage => {
    const { alice, ok } = await answered(stage)
    await stage.pause(4000)
    alice.send('ACK')
    await stage.pause(10_000)
    expect(alice.times(ok)).to.deep.equal(repeats.slice(0, 4))
    await hungUpBy(alice)
  })

  it('§13.3.1.4 an ACK of another number is for nothing that was said, and told to nobody', () =>
    passing(async stage => {
      const told: number[] = []
      const { alice, ok } = await answered(stage, { ACK: ack => void told.push(ack.request.cseq.number) })
      const { number } = ok.cseq
      alice.send('ACK', { headers: { CSeq: `${number + 1} ACK` } })
      await stage.pause(1000)
      expect([told, alice.times(ok)]).to.deep.equal([[], [0, 500]])
      alice.send('ACK', { headers: { CSeq: `${number} ACK` } })
      await stage.pause(1000)
      expect([told, alice.times(ok)]).to.deep.equal([[number], [0, 500]])
      await hungUpBy(alice)
    }))

  overBoth(
    '§13.3.1.4 without ACK it is repeated for 64*T1, and then the call ended with BYE [3261-13.3.1.4-4] [3261-15-4]',
    async stage => {
      const { alice, bob, ok } = await answered(stage)
      await alice.silence(31_900)
      await alice.within(200).expect(request('BYE', { uri: alice.uri(), headers: { From: ok.raw('To').join() } }))
      alice.send(200)
      expect(alice.times(ok)).to.deep.equal(repeats)
      await stage.pause(1000)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    },
  )

  it('§12.2.2 a request with a lower CSeq than the one before gets 500 [3261-12.2.2-1]', () =>
    passing(async stage => {
      const { alice } = await answered(stage, { INFO: info => void info.reply(200) })
      alice.send('ACK')
      for (let time = 0; time < 2; time++) {
        alice.send('INFO', { headers: { CSeq: '10 INFO' } })
        await alice.expect(response(200, { of: 'INFO' }))
      }
      alice.send('INFO', { headers: { CSeq: '9 INFO' } })
      await alice.expect(response(500, { of: 'INFO' }))
      alice.send('BYE', { headers: { CSeq: '11 BYE' } })
      await alice.expect(response(200, { of: 'BYE' }))
    }))

  it('B-17 a CANCEL inside a dialog, with the CSeq of its re-INVITE, gets 200 and not 500', () =>
    passing(async stage => {
      const { alice } = await answered(stage)
      alice.send('ACK')
      alice.send('INVITE')
      alice.send('CANCEL')
      const [, refusal] = await alice.expect(response(200, { of: 'CANCEL' }), either488or487)
      alice.send('ACK')
      expect(refusal.cseq.method).to.equal('INVITE')
      await hungUpBy(alice)
    }))

  it('§15.1.2 a BYE for no call of ours gets 481, also when it comes again [3261-15.1.2-1]', () =>
    passing(async stage => {
      const { alice } = await answered(stage)
      alice.send('ACK')
      const bye = alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
      alice.repeat(bye)
      await alice.expect(again(200))
      alice.send('BYE')
      await alice.expect(response(481, { of: 'BYE' }))
    }))

  it('§15.1.2 a BYE before the ACK ends the repetition of the 2xx [3261-15.1.2-3]', () =>
    passing(async stage => {
      const { alice, bob, ok } = await answered(stage)
      await hungUpBy(alice)
      await alice.silence(40_000)
      expect(alice.times(ok)).to.deep.equal([0])
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
    }))

  it('§13.1 who has nothing but INVITE takes its CANCEL, its ACK and its BYE, too [3261-13.1-1]', () =>
    passing(async stage => {
      const ringing: Core = {
        name: 'bob',
        match: () => true,
        INVITE: invite => {
          invite.reply(180)
          invite.after(1000, () => void invite.reply(200))
        },
      }
      const bob = await stage.stack('bob', { cores: [ringing] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
      alice.send('ACK')
      alice.send('INVITE', { to: bob })
      const [, ok] = await alice.expect(180, response(200, { of: 'INVITE' }))
      expect(ok.getAll('Allow')).to.include.members(['INVITE', 'ACK', 'CANCEL', 'BYE'])
      alice.send('ACK')
      await stage.pause(5000)
      expect(alice.times(ok)).to.have.length(1)
      await hungUpBy(alice)
    }))

  it('UA-5 §12.1.1 Record-Route is copied into the answer, in order [3261-12.1.1-1]', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [answering] })
      const alice = await stage.raw('alice')
      const route = ['<sip:p2.example.com;lr>', '<sip:p1.example.com;lr>']
      alice.send('INVITE', { to: bob, headers: { 'Record-Route': route } })
      await alice.expect(response(200, { headers: { 'Record-Route': route.join(', ') } }))
      alice.send('ACK')
      await stage.pause(100)
      await hungUpBy(alice)
    }))

  it('B-24 a 200 without a session description does no harm', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [{ ...answering, INVITE: invite => void invite.reply(200) }] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(response(200, { headers: { 'Content-Length': '0' } }))
      alice.send('ACK')
      await stage.pause(100)
      await hungUpBy(alice)
    }))

  it('an INVITE without Contact cannot be answered: it gets 400, not a call that nobody can end', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [answering] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, headers: { Contact: undefined } })
      await alice.expect(400)
      alice.send('ACK')
      await alice.silence(40_000)
    }))
})

const either488or487 = {
  ...response(488),
  title: '488 or 487',
  why: (arrived: Parameters<ReturnType<typeof response>['why']>[0]) =>
    [488, 487].some(status => response(status).why(arrived) === undefined) ? undefined : 'is neither',
}

describe('a call that we place', () => {
  overBoth('CAN-03 UC-5 §9.1 a CANCEL waits for a provisional response [3261-9.1-7] [3261-9.1-8]', async stage => {
    const { bob, call, invite } = await placed(stage)
    call.cancel()
    await bob.silence(3000)
    bob.send(100)
    await cancelled(bob, invite)
    expect((await call.outcome).kind).to.equal('cancelled')
  })

  overBoth('CAN-03 §9.1 no CANCEL is sent when the final response is there first [3261-9.1-9]', async stage => {
    const { bob, call } = await placed(stage)
    call.cancel()
    await stage.pause(100)
    bob.send(486)
    await bob.expect('ACK')
    expect((await call.outcome).kind).to.equal('cancelled')
    await bob.silence(1000)
  })

  overBoth('a CANCEL that nobody answers, of an INVITE that nobody answers, ends with Timer B', async stage => {
    const { bob, call } = await placed(stage)
    call.cancel()
    expect((await call.outcome).kind).to.equal('cancelled')
    await bob.silence(1000)
  })

  overBoth(
    'CAN-06 §13.2.2.4 a 2xx that crosses the CANCEL is acknowledged and the call ended [3261-13.2.2.4-2] [3261-13.2.2.4-8]',
    async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180)
      await stage.pause(100)
      call.cancel()
      bob.send(200)
      const [, bye, cancel] = await bob.expect('ACK', 'BYE', 'CANCEL')
      bob.send(481, { for: cancel })
      bob.send(200, { for: bye })
      expect((await call.outcome).kind).to.equal('cancelled')
      expect(bye.cseq.number).to.equal(invite.cseq.number + 1)
    },
  )

  it('an AbortSignal is a cancel, before the call and during it', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const control = new AbortController()
      const call = alice.stack.invite(bob.uri(), { signal: control.signal })
      const [invite] = await bob.expect('INVITE')
      bob.send(180)
      await stage.pause(100)
      control.abort()
      await cancelled(bob, invite)
      expect((await call.outcome).kind).to.equal('cancelled')
      const never = alice.stack.invite(bob.uri(), { signal: AbortSignal.abort() })
      await bob.expect(maybe('INVITE'))
      expect((await never.outcome).kind).to.equal('cancelled')
    }))

  it('CB-7 reports each response once, in order, and ends with the outcome', () =>
    passing(async stage => {
      const { bob, call } = await placed(stage)
      bob.send(100)
      bob.send(180)
      bob.send(183)
      const ok = bob.send(200)
      await bob.expect('ACK')
      bob.repeat(ok)
      await bob.expect(again('ACK'))
      const seen: number[] = []
      for await (const { status } of call.responses) seen.push(status)
      expect(seen).to.deep.equal([100, 180, 183, 200])
      await hungUp(bob, await dialogOf(call))
    }))

  it('§12.1.2 §12.2.1.1 ACK and BYE follow the route set in reverse, to the remote target [3261-12.2.1.1-9]', () =>
    passing(async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(proxy.uri('bob'))
      await proxy.expect('INVITE')
      const route = ['<sip:far.example.com;lr>', `<${proxy.uri().replace(/^sip:proxy@/, 'sip:')};lr>`]
      proxy.send(200, { headers: { Contact: '<sip:bob@198.51.100.1>', 'Record-Route': route } })
      const routed = { uri: 'sip:bob@198.51.100.1', headers: { Route: route.toReversed().join(', ') } }
      await proxy.expect(request('ACK', routed))
      await hungUp(proxy, await dialogOf(call), routed)
    }))

  it('B-11 §12.2.1.1 a strict router gets itself as Request-URI, and the target at the end of the route', () =>
    passing(async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(proxy.uri('bob'))
      await proxy.expect('INVITE')
      const strict = proxy.uri().replace(/^sip:proxy@/, 'sip:')
      proxy.send(200, { headers: { Contact: '<sip:bob@198.51.100.1>', 'Record-Route': `<${strict}>` } })
      const routed = { uri: strict, headers: { Route: '<sip:bob@198.51.100.1>' } }
      await proxy.expect(request('ACK', routed))
      await hungUp(proxy, await dialogOf(call), routed)
    }))

  it('§15.1.1 is over for us with the BYE, whether or not it is answered [3261-15.1.1-1] [3261-15.1.1-2]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const bye = dialog.bye()
      expect(await dialog.ended).to.equal('local')
      await bob.expect('BYE')
      expect((await bye).kind).to.equal('timeout')
      expect((await dialog.bye()).kind).to.equal('transportError')
    }))

  it('§13.2.2.4 a 2xx without Contact, or with one of no use, is acknowledged where the INVITE went [3261-13.2.2.4-2]', async () => {
    for (const Contact of [undefined, '*', '<tel:+1>']) {
      await passing(async stage => {
        const { bob, call } = await placed(stage)
        bob.send(200, { headers: { Contact } })
        await bob.expect('ACK')
        await hungUp(bob, await dialogOf(call))
      })
    }
  })

  it('B-3 UAC-09 §8.1.2 a request goes where its Route says, a strict router in the place of its Request-URI [3261-8.1.1.1-3] [3261-8.1.2-7] [3261-8.1.2-2] [3261-8.1.2-6]', () =>
    passing(async stage => {
      const proxy = await stage.raw('proxy')
      const alice = await stage.stack('alice')
      const loose = alice.stack.request('OPTIONS', 'sip:bob@203.0.113.7', { headers: { Route: `<${proxy.uri()};lr>` } })
      const [first] = await proxy.expect('OPTIONS')
      expect(first?.kind === 'request' && String(first.uri)).to.equal('sip:bob@203.0.113.7')
      proxy.send(200)
      expect((await loose).kind).to.equal('answered')
      const strict = alice.stack.request('OPTIONS', 'sip:bob@203.0.113.7', { headers: { Route: `<${proxy.uri()}>` } })
      const [second] = await proxy.expect('OPTIONS')
      expect(second?.kind === 'request' && String(second.uri)).to.equal(proxy.uri())
      expect(second?.raw('Route')).to.deep.equal(['<sip:bob@203.0.113.7>'])
      proxy.send(200)
      expect((await strict).kind).to.equal('answered')
    }))

  it('settles with the stack: what is open ends when it is closed', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    const uri = `sip:127.0.0.1:${silent.address().port}`
    const call = stack.invite(uri)
    const asked = stack.request('OPTIONS', uri)
    await once(silent, 'message')
    await stack.close()
    silent.close()
    expect((await call.outcome).kind).to.equal('transportError')
    expect((await asked).kind).to.equal('transportError')
  })

  it('B-16 UAC-04 UAC-07 two calls and two requests have tags, branches and Call-IDs of their own', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const calls = [alice.stack.invite(bob.uri()), alice.stack.invite(bob.uri())]
      const invites = await bob.expect('INVITE', 'INVITE')
      expect(new Set(invites.flatMap(({ callId, from, via }) => [callId, from.tag, via.branch])).size).to.equal(6)
      for (const invite of invites) {
        bob.send(486, { for: invite })
        await bob.expect('ACK')
      }
      for (const call of calls) expect((await call.outcome).kind).to.equal('rejected')
    }))
})
