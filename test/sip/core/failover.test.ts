/** Requests to names, and what becomes of them when servers fail: RFC 3263 §4.3, §8.1.3.1, §9.1. */

import { expect } from 'chai'
import { SystemClock } from '../../../apps/actor/actor.js'
import type { RawPeer, Stage } from '../../../apps/scenario/scenario.js'
import type { StackPeer } from '../../../apps/scenario/stack-peer.js'
import type { Found, Reply } from '../../../apps/sip/location/resolver.js'
import { type Zone, ZoneResolver } from '../../../apps/sip/location/zone-resolver.js'
import { type Incoming, type Outcome, SipStack } from '../../../apps/sip/sip.js'
import { cancelled, dialogOf, hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

/** ms that a silent server is waited for: 64*T1. */
const SILENCE = 32_000
const sdp = { body: 'v=0\r\n' }
const uri = 'sip:bob@example.test'

function found(answer: Found): Reply {
  return { kind: 'found', ttl: 3600, also: [], answer }
}

function addressOf({ place }: RawPeer): Reply {
  return found({ type: 'A', addresses: [place.address] })
}

/** The servers of `example.test`, the first preferred. */
function zoneOf(servers: readonly RawPeer[]): Zone {
  const records = servers.map(({ name, place }, priority) => {
    return { priority, weight: 0, port: place.port, target: `${name}.test` }
  })
  return {
    'SRV _sip._udp.example.test': found({ type: 'SRV', records }),
    ...Object.fromEntries(servers.map(server => [`A ${server.name}.test`, addressOf(server)])),
  }
}

/** `example.test` by UDP first, then by TCP, both on this machine. */
function overUdpAndTcp(udp: number, tcp: number): Zone {
  const services = [
    { service: 'SIP+D2U', replacement: '_sip._udp.example.test' },
    { service: 'SIP+D2T', replacement: '_sip._tcp.example.test' },
  ]
  const records = services.map((each, preference) => ({ order: 1, preference, flags: 's', regexp: '', ...each }))
  const at = (port: number): Reply =>
    found({ type: 'SRV', records: [{ priority: 0, weight: 0, port, target: 'here.test' }] })
  return {
    'NAPTR example.test': found({ type: 'NAPTR', records }),
    'SRV _sip._udp.example.test': at(udp),
    'SRV _sip._tcp.example.test': at(tcp),
    'A here.test': found({ type: 'A', addresses: ['127.0.0.1'] }),
  }
}

function caller(stage: Stage, servers: readonly RawPeer[], zone: Zone = zoneOf(servers)): Promise<StackPeer> {
  return stage.stack('alice', { resolver: new ZoneResolver(zone, stage.network.clock, 5) })
}

async function three(stage: Stage): Promise<readonly [RawPeer, RawPeer, RawPeer]> {
  return [await stage.raw('one'), await stage.raw('two'), await stage.raw('three')]
}

describe('RFC 3263 §4.3 failover', () => {
  it('LOC-12 UC-3 §8.1.2 the first refuses, the second is silent, the third answers: three attempts with branches of their own [3261-8.1.2-1] [3261-8.1.2-8] [3263-4.3-1]', async () => {
    const { trace, ladder } = await passing(async stage => {
      const servers = await three(stage)
      const [one, two, last] = servers
      stage.network.refuse('INVITE', { to: one.place.address })
      stage.network.drop('INVITE', { to: two.place.address })
      const alice = await caller(stage, servers)
      const call = alice.stack.invite(uri)
      await last.within(SILENCE + 2000).expect('INVITE')
      last.send(200, sdp)
      await last.expect('ACK')
      await hungUp(last, await dialogOf(call))
    })
    const invites = trace.split('INVITE sip:bob@example.test').slice(1)
    const branches = invites.map(text => /branch=([^;\s\\]+)/.exec(text)?.[1])
    // One that was refused, seven into the silence (Timer A), one that arrived.
    expect(branches).to.have.length(9)
    expect(new Set(branches).size).to.equal(3)
    expect(new Set(invites.map(text => /Call-ID: (\S+)/.exec(text)?.[1])).size).to.equal(1)
    expect(ladder.match(/ INVITE /g), ladder).to.have.length(9)
  })

  it('LOC-15 §9.1 CANCEL during the second attempt goes to the second only', async () => {
    await passing(async stage => {
      const servers = await three(stage)
      const [one, two] = servers
      stage.network.refuse('INVITE', { to: one.place.address })
      const alice = await caller(stage, servers)
      const call = alice.stack.invite(uri)
      const [invite] = await two.expect('INVITE')
      two.send(180)
      await stage.pause(100)
      call.cancel()
      const cancel = await cancelled(two, invite)
      expect(cancel.via.branch).to.equal(invite.via.branch)
      expect((await call.outcome).kind).to.equal('cancelled')
    })
  })

  it('a call that is given up is not tried elsewhere', async () => {
    await passing(async stage => {
      const servers = await three(stage)
      stage.network.drop('INVITE', { to: servers[0].place.address })
      const alice = await caller(stage, servers)
      const call = alice.stack.invite(uri)
      await stage.pause(1000)
      call.cancel()
      expect((await call.outcome).kind).to.equal('cancelled')
    })
  })

  it('UAC-19 §8.1.3.1 after a 503 the next is tried; it rests for as long as its Retry-After says', async () => {
    await passing(async stage => {
      const servers = await three(stage)
      const [one, two] = servers
      const alice = await caller(stage, servers)
      const call = alice.stack.invite(uri)
      await one.expect('INVITE')
      one.send(503, { headers: { 'Retry-After': '120' } })
      await one.expect('ACK')
      await two.expect('INVITE')
      two.send(486)
      await two.expect('ACK')
      const outcome = await call.outcome
      expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(486)

      await stage.pause(100_000)
      const soon = alice.stack.request('OPTIONS', uri)
      await two.expect('OPTIONS')
      two.send(200)
      expect((await soon).kind).to.equal('answered')
      await stage.pause(30_000)
      const late = alice.stack.request('OPTIONS', uri)
      await one.expect('OPTIONS')
      one.send(200)
      expect((await late).kind).to.equal('answered')
    })
  })

  it('when all fail the answer of one that refused is told, be it followed by silence', async () => {
    await passing(async stage => {
      const servers = await three(stage)
      const [one, two, last] = servers
      for (const { place } of [two, last]) stage.network.drop('OPTIONS', { to: place.address })
      const alice = await caller(stage, servers)
      const asked = alice.stack.request('OPTIONS', uri)
      await one.expect('OPTIONS')
      one.send(503)
      const outcome = await asked
      expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(503)
    })
  })

  for (const [what, status, after] of [
    ['a refusal', 486, undefined],
    ['silence after a provisional response', 180, 'timeout'],
  ] as const) {
    it(`LOC-13 ${what} is not tried elsewhere`, async () => {
      await passing(async stage => {
        const servers = await three(stage)
        const [one] = servers
        const alice = await caller(stage, servers)
        const asked = alice.stack.request('OPTIONS', uri)
        await one.expect('OPTIONS')
        one.send(status)
        expect((await asked).kind).to.equal(after ?? 'rejected')
      })
    })
  }

  it('LOC-12 a request that is no INVITE moves on, too; the next one does not try the silent server first', async () => {
    await passing(async stage => {
      const servers = await three(stage)
      const [one, two] = servers
      stage.network.drop('OPTIONS', { to: one.place.address })
      const alice = await caller(stage, servers)
      for (const within of [SILENCE + 1000, 100]) {
        const asked = alice.stack.request('OPTIONS', uri)
        await two.within(within).expect('OPTIONS')
        two.send(200)
        expect((await asked).kind).to.equal('answered')
      }
    })
  })

  it('options_503_next_200: §8.1.3.1 RFC 3263 §4.3 a 503 over UDP, and the next server gives 200 over TCP [3263-4.3-1]', async () => {
    const asked: string[] = []
    const served = async (place: string, status: number): Promise<SipStack> => {
      const stack = await SipStack.start({ listen: [place] })
      const answer = (options: Incoming): void => {
        asked.push(options.request.via.transport)
        options.reply(status)
      }
      stack.register({ name: 'server', match: () => true, OPTIONS: answer })
      return stack
    }
    const servers = [await served('udp:127.0.0.1:0', 503), await served('tcp:127.0.0.1:0', 200)]
    const ports = servers.map(({ listening: [place] }) => Number(place?.split(':').at(-1)))
    const zone = overUdpAndTcp(ports[0] ?? 0, ports[1] ?? 0)
    const listen = ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0']
    const alice = await SipStack.start({ listen, resolver: new ZoneResolver(zone, new SystemClock()) })
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('answered')
    expect(asked).to.deep.equal(['UDP', 'TCP'])
    await Promise.all([alice, ...servers].map(stack => stack.close()))
  })

  it('§13.2.2.4 no ACK goes to a Contact whose name the DNS does not know; the call is up, and ends', async () => {
    await passing(async stage => {
      const servers = await three(stage)
      const [one] = servers
      const alice = await caller(stage, servers, zoneOf([one]))
      const call = alice.stack.invite(uri)
      await one.expect('INVITE')
      one.send(200, { ...sdp, headers: { Contact: '<sip:nowhere.test:5060>' } })
      const outcome = await call.outcome
      if (outcome.kind !== 'answered') throw new Error(outcome.kind)
      expect((await outcome.dialog.bye()).kind).to.equal('transportError')
      expect(alice.errors()).to.deep.equal([])
      await stage.pause(40_000)
      expect(await alice.stack.census()).to.include({ calls: 0, dialogs: 0 })
    })
  })

  it('§13.2.2.4 ACK and BYE go to a Contact that is a name', async () => {
    await passing(async stage => {
      const servers = await three(stage)
      const [one, two] = servers
      const alice = await caller(stage, servers, { ...zoneOf([one]), 'A two.test': addressOf(two) })
      const call = alice.stack.invite(uri)
      await one.expect('INVITE')
      one.send(200, { ...sdp, headers: { Contact: '<sip:two.test:5060>' } })
      const [ack] = await two.expect('ACK')
      one.repeat()
      await stage.pause(1000)
      expect(two.times(ack)).to.have.length(2)
      await hungUp(two, await dialogOf(call))
    })
  })

  it('L4 CANCEL while the DNS is asked ends the call at once; nothing is sent', async () => {
    const { trace } = await passing(async stage => {
      const alice = await caller(stage, [], { 'SRV _sip._udp.example.test': 'silence' })
      const call = alice.stack.invite(uri)
      await stage.pause(100)
      call.cancel()
      expect((await call.outcome).kind).to.equal('cancelled')
      expect(stage.now).to.be.lessThan(200)
    })
    expect(trace).not.to.include('INVITE')
  })

  for (const [what, zone, reason] of [
    ['is not there', {}, 'no address for sip:bob@example.test: the DNS knows none'],
    [
      'nobody knows',
      { 'NAPTR example.test': 'silence' },
      'no address for sip:bob@example.test: the DNS does not answer',
    ],
  ] as const) {
    it(`B-9 LOC-20 a name that ${what} ends in an error that says so`, async () => {
      const outcomes: Outcome[] = []
      await passing(async stage => {
        const failed: Reply = { kind: 'failed', reason: 'SERVFAIL' }
        const silent =
          Object.keys(zone).length === 0 ? {} : { 'A example.test': failed, 'SRV _sip._udp.example.test': failed }
        const alice = await caller(stage, [], { ...zone, ...silent })
        outcomes.push(await alice.stack.request('OPTIONS', uri))
      })
      expect(outcomes).to.deep.equal([{ kind: 'transportError', reason }])
    })
  }
})
