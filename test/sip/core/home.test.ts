import { expect } from 'chai'
import { type ActorRef, nobody } from '../../../apps/actor/actor.js'
import { request, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import { type HomeMsg, home } from '../../../apps/sip/core/home.js'
import { placed, RemoteCore } from '../../../apps/sip/core/remote-core.js'
import { systemRandom } from '../../../apps/sip/random.js'
import { type Core, EventStates, type Incoming } from '../../../apps/sip/sip.js'
import { defaultTimers } from '../../../apps/sip/transaction/timers.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

/** A core whose home is an actor of its own, as it is with threads. */
function housed(core: Core, bob: StackPeer, complaints: string[] = []): ActorRef<HomeMsg> {
  const { kernel } = bob.stack
  const complain = ({ core: name, what }: { core: string; what: string }): void =>
    void complaints.push(`${name}: ${what}`)
  const elsewhere = (): undefined => undefined
  const ref = kernel.spawn(home, { timers: defaultTimers, random: systemRandom(), policy: {}, complain, elsewhere })
  kernel.send(ref, { kind: 'register', core })
  bob.stack.register(new RemoteCore(placed(core, ref)))
  return ref
}

function core(more: Partial<Core>): Core {
  return { name: 'bob', match: request => request.uri.user === 'bob', ...more }
}

async function serving(stage: Stage, more: Partial<Core>): Promise<StackPeer> {
  const bob = await stage.stack('bob')
  housed(core(more), bob)
  return bob
}

describe('a core that is at home elsewhere', () => {
  it('UA-8 answers as if it were here: policy, challenge, headers of its own and of the stack', () =>
    passing(async stage => {
      const bob = await serving(stage, {
        server: 'Home/1',
        MESSAGE: message => message.reply(200, { reason: 'So Be It', headers: { Subject: 'Hi' } }),
      })
      const alice = await stage.raw('alice')
      alice.send('MESSAGE', { to: bob })
      await alice.expect(response(200, { headers: { Subject: 'Hi', Server: 'Home/1', Allow: 'OPTIONS, MESSAGE' } }))
      alice.send('INFO', { to: bob })
      await alice.expect(response(405, { headers: { Allow: 'OPTIONS, MESSAGE' } }))
      alice.send('MESSAGE', { to: bob, headers: { Require: 'x' } })
      await alice.expect(response(420, { headers: { Unsupported: 'x' } }))
    }))

  it('has calls: 180, 200, ACK, a request inside, BYE', () =>
    passing(async stage => {
      const told: string[] = []
      const note = ({ request }: Incoming): void => void told.push(request.method)
      const bob = await serving(stage, {
        INVITE: invite => {
          invite.reply(180)
          invite.after(1000, () => invite.reply(200, { body: 'v=0\r\n' }))
        },
        INFO: info => void info.reply(200),
        ACK: note,
        BYE: note,
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [ringing] = await alice.expect(180)
      const [ok] = await alice.expect(response(200, { body: 'v=0\r\n' }))
      expect(ok.to.tag).to.equal(ringing.to.tag)
      alice.send('ACK')
      alice.send('INFO')
      await alice.expect(response(200, { of: 'INFO' }))
      alice.send('MESSAGE')
      await alice.expect(405)
      await hungUpBy(alice)
      await stage.pause(10)
      expect(told).to.deep.equal(['ACK', 'BYE'])
    }))

  it('EXT-15 EXT-18 RFC 5627 §4.4 RFC 3323 §4.2 says where it is and what is secret, in what the thread sends by itself, too', () =>
    passing(async stage => {
      const contact = 'sip:bob@biloxi.com;gr=1'
      const place = { Contact: `<${contact}>`, Privacy: 'id' }
      const bob = await serving(stage, {
        ...{ privacy: 'id', contact, sessionTimer: { expires: 90, refresher: 'uas' } },
        INVITE: invite => void invite.reply(200),
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, headers: { Supported: 'timer', Allow: 'UPDATE' } })
      await alice.expect(response(200, { headers: place }))
      alice.send('ACK')
      await alice.within(50_000).expect(request('UPDATE', { headers: place }))
      alice.send(200, { headers: { 'Session-Expires': '90;refresher=uac' } })
      await hungUpBy(alice)
    }))

  it('EXT-13 RFC 3903 §6 keeps what is published, whichever thread it comes to', () =>
    passing(async stage => {
      const states: EventStates[] = []
      const bob = await serving(stage, {
        events: ['presence'],
        PUBLISH: publish => void states[0]?.take(publish),
      })
      states.push(new EventStates(bob.stack))
      const alice = await stage.raw('alice')
      const headers = { Event: 'presence', 'Content-Type': 'text/plain' }
      alice.send('PUBLISH', { to: bob, headers, body: 'open' })
      const [ok] = await alice.expect(response(200, { headers: { Expires: '3600' } }))
      alice.send('PUBLISH', { to: bob, headers: { Event: 'presence', 'SIP-If-Match': ok.raw('SIP-ETag') } })
      await alice.expect(200)
      alice.send('PUBLISH', { to: bob, headers: { ...headers, Event: 'odd' }, body: 'open' })
      await alice.expect(489)
      expect(states[0]?.size).to.equal(1)
      await bob.stack.close()
    }))

  it('RFC 3264 §6.1, RFC 4028 §9 has sessions: they are held, and refreshed', () =>
    passing(async stage => {
      const described = (version: number, direction: string): string =>
        `v=0\r\no=- 9 ${version} IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=${direction}\r\n`
      const bob = await serving(stage, {
        INVITE: invite => void invite.reply(200, { body: described(1, 'sendrecv') }),
        reINVITE: invite => void invite.reply(200, { body: invite.answer() ?? '' }),
      })
      const alice = await stage.raw('alice')
      const headers = { 'Content-Type': 'application/sdp', Supported: 'timer', 'Session-Expires': '90' }
      alice.send('INVITE', { to: bob, headers, body: described(5, 'sendrecv') })
      await alice.expect(response(200, { headers: { 'Session-Expires': '90;refresher=uac' } }))
      alice.send('ACK')
      alice.send('INVITE', { headers, body: described(6, 'sendonly') })
      const [held] = await alice.expect(response(200, { headers: { 'Session-Expires': '90;refresher=uac' } }))
      expect(held.body).to.equal(described(2, 'recvonly'))
      alice.send('ACK')
      await alice.silence(59_000)
      await alice.within(2000).expect('BYE')
      alice.send(200)
    }))

  it('§9.2 hears of a CANCEL, and why [CAN-07] [EXT-19]', () =>
    passing(async stage => {
      const told: unknown[] = []
      const bob = await serving(stage, {
        INVITE: invite => void invite.reply(180),
        CANCEL: invite => void told.push(invite.answered, ...invite.reasons),
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      alice.send('CANCEL', { headers: { Reason: 'Q.850;cause=16' } })
      const [ok, terminated] = await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      expect(ok.to.tag).to.equal(terminated.to.tag)
      expect(told).to.deep.equal([487, { protocol: 'Q.850', cause: 16 }])
    }))

  it('§9.2 hears of a CANCEL that comes with its INVITE', () =>
    passing(async stage => {
      const bob = await serving(stage, { INVITE: invite => void invite.reply(180) })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      alice.send('CANCEL')
      await alice.within(1000).expect(response(200, { of: 'CANCEL' }), 180, 487)
      alice.send('ACK')
    }))

  it('§15.1.2 answers what is pending with 487 when the call ends [3261-15.1.2-3]', () =>
    passing(async stage => {
      const bob = await serving(stage, { INVITE: invite => void invite.reply(200), INFO: () => undefined })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('INFO')
      await stage.pause(10)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }), response(487, { of: 'INFO' }))
    }))

  it('declines what is not for it, and the next core is asked', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', {
        cores: [
          { name: 'rest', priority: -1, match: ({ uri }) => uri.user === 'rest', OPTIONS: rest => rest.reply(200) },
        ],
      })
      housed(core({}), bob)
      const alice = await stage.raw('alice')
      for (const [user, status] of [
        ['rest', 200],
        ['nobody', 404],
        ['bob', 200],
      ] as const) {
        alice.send('OPTIONS', { to: bob, user })
        await alice.expect(status)
      }
      const counts = (await bob.stack.cores()).map(({ name, requests }) => [name, requests])
      expect(counts).to.deep.equal([
        ['bob', 1],
        ['rest', 1],
      ])
    }))

  it('that throws, anywhere, costs its request a 500 and a line in the log', () =>
    passing(async stage => {
      const fail = (): never => {
        throw new Error('a bug')
      }
      const complaints: string[] = []
      const bob = await stage.stack('bob')
      const match: Core['match'] = ({ uri }) => (uri.user === 'match' ? fail() : true)
      housed(core({ match, MESSAGE: fail, INFO: () => Promise.reject(new Error('a bug')) }), bob, complaints)
      const alice = await stage.raw('alice')
      for (const [method, user] of [
        ['MESSAGE', 'bob'],
        ['INFO', 'bob'],
        ['MESSAGE', 'match'],
      ] as const) {
        alice.send(method, { to: bob, user })
        await alice.expect(500)
      }
      expect(complaints.length).to.equal(3)
      expect(bob.errors().length).to.equal(2)
      expect(complaints.every(text => text.startsWith('bob: its') && text.includes('a bug'))).to.equal(true)
    }))

  it('that is gone costs a request 500', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      bob.stack.register(new RemoteCore({ name: 'bob', priority: 0, home: nobody }))
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(500)
    }))

  it('that goes while it holds a request costs that 500', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      const ref = housed(core({ INVITE: invite => void invite.reply(180) }), bob)
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [ringing] = await alice.expect(180)
      bob.stack.kernel.exit(ref, { kind: 'killed' })
      const [failed] = await alice.expect(500)
      alice.send('ACK')
      expect(failed.to.tag).to.equal(ringing.to.tag)
      await stage.pause(180_000)
    }))

  it('that says nothing costs a request 500 before its client gives up', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      const silent = bob.stack.kernel.spawn({ label: 'silent', init: () => () => undefined }, undefined)
      bob.stack.register(new RemoteCore({ name: 'bob', priority: 0, home: silent }))
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.within(3600).expect(100)
      await alice.silence(11_300)
      await alice.expect(500)
    }))

  it('stays, when it is out of service, as long as its calls say something each day', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      const { kernel } = bob.stack
      const hour = 3_600_000
      const serving = core({ INVITE: invite => void invite.reply(200), INFO: info => void info.reply(200) })
      const ref = housed(serving, bob)
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      kernel.send(ref, { kind: 'unregister' })
      await stage.pause(23 * hour)
      kernel.send(ref, { kind: 'register', core: serving })
      await stage.pause(30 * hour)
      kernel.send(ref, { kind: 'unregister' })
      for (let day = 0; day < 3; day++) {
        alice.send('INFO')
        await alice.expect(response(200, { of: 'INFO' }))
        await stage.pause(23 * hour)
      }
      expect(kernel.isAlive(ref)).to.equal(true)
      await hungUpBy(alice)
      await stage.pause(25 * hour)
      expect(kernel.isAlive(ref)).to.equal(false)
    }))

  it('is replaced with its calls', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      const info = (by: string): Partial<Core> => ({
        INVITE: invite => void invite.reply(200),
        INFO: incoming => void incoming.reply(200, { reason: by }),
      })
      const ref = housed(core(info('Old')), bob)
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      bob.stack.kernel.send(ref, { kind: 'register', core: core(info('New')) })
      alice.send('INFO')
      const [answer] = await alice.expect(response(200, { of: 'INFO' }))
      expect(answer.reason).to.equal('New')
      await hungUpBy(alice)
    }))
})
