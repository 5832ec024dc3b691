import { expect } from 'chai'
import { maybe, type RawPeer, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core, Incoming } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

const taking: Core = {
  name: 'bob',
  match: () => true,
  INVITE: invite => void invite.reply(486),
  MESSAGE: message => void message.reply(202),
}

async function serving(stage: Stage, more: Partial<Core> = {}): Promise<{ bob: StackPeer; alice: RawPeer }> {
  const bob = await stage.stack('bob', { cores: [{ ...taking, ...more }] })
  return { bob, alice: await stage.raw('alice') }
}

/** The same request by another way: another branch on top. */
function otherWay(text: string, branch: string): string {
  return text.replace(/branch=z9hG4bK[^;\r]*/, `branch=z9hG4bK${branch}`)
}

describe('a merged request', () => {
  it('server_loop: §8.2.2.2 gets 482 on every other branch; on its own it is repeated [UAS-04] [3261-8.2.2.2-1] [3261-8.2.2.2-2]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      const text = alice.compose('MESSAGE', { to: bob })
      alice.write(text, bob)
      const [accepted] = await alice.expect(202)
      for (const branch of ['other', 'third']) {
        alice.write(otherWay(text, branch), bob)
        await alice.expect(482)
      }
      alice.write(text, bob)
      await stage.pause(100)
      expect(alice.times(accepted).length).to.equal(2)
    }))

  it('§8.2.2.2 gets 482 while the first rings; the first call is as it was', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, {
        INVITE: invite => {
          invite.reply(180)
          invite.after(1000, () => invite.reply(486))
        },
      })
      const text = alice.compose('INVITE', { to: bob })
      alice.write(text, bob)
      await alice.expect(180)
      alice.write(otherWay(text, 'other'), bob)
      const [merged] = await alice.expect(482)
      alice.write(otherWay(alice.compose('ACK', { for: merged as never }), 'other'), bob)
      await alice.expect(486)
      alice.send('ACK')
      await stage.pause(100)
    }))

  it('§8.2.2.2 is none with another CSeq, Call-ID or From tag, or with a To tag', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      const text = alice.compose('MESSAGE', { to: bob })
      alice.write(text, bob)
      await alice.expect(202)
      const changes: readonly (readonly [RegExp, string, number])[] = [
        [/CSeq: \d+/, 'CSeq: 4711', 202],
        [/Call-ID: /, 'Call-ID: x', 202],
        [/(From: [^\r]*tag=)/, '$1x', 202],
        [/(To: [^\r]*)/, '$1;tag=x', 481],
      ]
      for (const [at, [pattern, by, status]] of changes.entries()) {
        alice.write(otherWay(text.replace(pattern, by), `way${at}`), bob)
        await alice.expect(status)
      }
    }))

  it('§17.2.2 is a new request once the transaction of the first is over', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      const text = alice.compose('MESSAGE', { to: bob })
      alice.write(text, bob)
      await alice.expect(202)
      await stage.pause(31_900)
      alice.write(otherWay(text, 'soon'), bob)
      await alice.expect(482)
      await stage.pause(200)
      alice.write(otherWay(text, 'late'), bob)
      await alice.expect(202)
    }))

  it('§17.2.2 over a reliable transport is a new request as soon as the first is answered', () =>
    passing(
      async stage => {
        const { bob, alice } = await serving(stage)
        const text = alice.compose('MESSAGE', { to: bob })
        alice.write(text, bob)
        await alice.expect(202)
        alice.write(otherWay(text, 'other'), bob)
        await alice.expect(202)
      },
      { transport: 'tcp' },
    ))

  it('UA-1 is served by a core that wants it', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, { takesMerged: true })
      const text = alice.compose('MESSAGE', { to: bob })
      for (const branch of ['one', 'two']) {
        alice.write(otherWay(text, branch), bob)
        await alice.expect(202)
      }
    }))
})

describe('an answer', () => {
  it('§8.2.6.2 repeats From, Call-ID, CSeq and all Via in order; the To has a tag [UAS-09] [UAS-10] [3261-8.2.6.2-1] [3261-8.2.6.2-2] [3261-8.2.6.2-3] [3261-8.2.6.2-4] [3261-8.2.6.2-6]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      const text = alice
        .compose('MESSAGE', { to: bob })
        .replace(/\r\n(From:)/, '\r\nVia: SIP/2.0/TCP b.invalid;branch=z9hG4bKb, SIP/2.0/UDP c.invalid\r\n$1')
      alice.write(text, bob)
      const [answer] = await alice.expect(202)
      const line = (name: string): string | undefined => new RegExp(`^${name}: (.*)\r$`, 'm').exec(text)?.[1]
      for (const name of ['From', 'Call-ID', 'CSeq']) expect(answer.raw(name)).to.deep.equal([line(name)])
      expect(answer.getAll('Via').map(({ host }) => host)).to.deep.equal([answer.via.host, 'b.invalid', 'c.invalid'])
      expect(answer.raw('To')[0]).to.match(/;tag=[a-z0-9]{12,}$/)
      expect(answer.raw('To')[0]?.replace(/;tag=.*/, '')).to.equal(line('To'))
    }))

  it('§8.2.6.2 has the To tag of a request that has one [UAS-10] [3261-8.2.6.2-5]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      alice.send('MESSAGE', { to: bob, headers: { To: '<sip:bob@b.invalid>;tag=mine' } })
      await alice.expect(response(481, { headers: { To: '<sip:bob@b.invalid>;tag=mine' } }))
    }))

  it('§8.2.6.1 a 100 has the Timestamp of its request, and the delay [UAS-11] [3261-8.2.6.1-3] [3261-8.2.6.1-4] [3261-8.2.6.1-5]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, { INVITE: invite => invite.after(1000, () => invite.reply(486)) })
      alice.send('INVITE', { to: bob, headers: { Timestamp: '54.30' } })
      await alice.expect(response(100, { headers: { Timestamp: '54.30 0.200' } }), 486)
      alice.send('ACK')
    }))

  it('§8.2.6.1 a 100 given at once has no delay to tell [3261-8.2.6.1-3]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, {
        INVITE: invite => {
          invite.reply(100)
          invite.after(1000, () => invite.reply(486))
        },
      })
      alice.send('INVITE', { to: bob, headers: { Timestamp: '54' } })
      await alice.expect(response(100, { headers: { Timestamp: '54' } }), 486)
      alice.send('ACK')
    }))

  it('§8.2.6.1 to what is no INVITE comes once, and nothing provisional before it but a late 100 [UAS-12] [3261-8.2.6.1-1] [3261-8.2.6.1-2]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, {
        MESSAGE: message => {
          message.reply(180)
          message.after(1000, () => message.reply(200))
        },
      })
      alice.send('MESSAGE', { to: bob })
      await alice.silence(900)
      await alice.expect(200)
      await alice.silence(1000)
    }))

  it('§8.2.7 what cannot be read is answered without state: no 100, the same tag each time, ACK and CANCEL without answer [UAS-15] [3261-8.2.7-1] [3261-8.2.7-2] [3261-8.2.7-3] [3261-8.2.7-4] [3261-8.2.7-5]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      const broken = alice.compose('INVITE', { to: bob }).replace(/^INVITE \S+/, 'INVITE sip:b<b@b.invalid')
      for (let time = 0; time < 3; time++) {
        alice.write(broken, bob)
        await stage.pause(100)
      }
      const [answer] = await alice.expect(400)
      expect(answer.to.tag).to.match(/^[a-z0-9]+$/)
      alice.write(broken.replace(/INVITE/g, 'ACK'), bob)
      await alice.silence(40_000)
      // The very same each time, and only when asked.
      expect(alice.times(answer).length).to.equal(3)
      expect((await bob.stack.census()).transactions).to.equal(0)
    }))
})

describe('a CANCEL', () => {
  it('§9.2 cancel_487 of a call that rings: 200 for it, 487 for the INVITE, one tag [CAN-07] [3261-9.2-2] [3261-9.2-3]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, { INVITE: invite => invite.after(2000, () => invite.reply(200)) })
      alice.send('INVITE', { to: bob })
      await alice.expect(100)
      await stage.pause(300)
      alice.send('CANCEL')
      const [ok, terminated] = await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      expect(terminated.reason).to.equal('Request Terminated')
      expect(ok.to.tag).to.equal(terminated.to.tag)
      await alice.silence(3000)
    }))

  it('§9.2 cancel_481 that is for nothing: 481 [CAN-08] [3261-9.2-1]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      const cancel = alice.compose('INVITE', { to: bob }).replace(/INVITE/g, 'CANCEL')
      alice.write(cancel, bob)
      await alice.expect(481)
    }))

  for (const [status, what] of [
    [200, 'cancel_200 after a 2xx'],
    [486, 'after a refusal'],
  ] as const) {
    it(`§9.2 ${what}: 200 with the tag of that answer, and no other effect [CAN-09] [3261-9.2-3]`, () =>
      passing(async stage => {
        const { bob, alice } = await serving(stage, {
          INVITE: invite => void invite.reply(status),
          CANCEL: () => {
            throw new Error('told of a CANCEL that was too late')
          },
        })
        alice.send('INVITE', { to: bob })
        const [answer] = await alice.expect(status)
        const cancel = alice.compose('CANCEL').replace(/;tag=[^\r;]*(?=\r\nCall-ID)/, '')
        alice.send('ACK')
        await stage.pause(100)
        alice.write(cancel, bob)
        const [ok] = await alice.expect(response(200, { of: 'CANCEL' }))
        expect(ok.to.tag).to.equal(answer.to.tag)
        await alice.silence(1000)
        if (status !== 200) return
        await hungUpBy(alice)
      }))
  }

  it('§9.2 for what is no INVITE: 481, for nothing can be cancelled there [CAN-09]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, { MESSAGE: message => message.after(1000, () => message.reply(200)) })
      const text = alice.compose('MESSAGE', { to: bob })
      alice.write(text, bob)
      await stage.pause(10)
      alice.write(text.replace(/MESSAGE/g, 'CANCEL'), bob)
      await alice.expect(response(481, { of: 'CANCEL' }), response(200, { of: 'MESSAGE' }))
    }))

  it('§17.2.3 in the form of RFC 2543, without a cookie, is matched by all that it repeats [CAN-10]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, { INVITE: invite => void invite.reply(180) })
      const invite = alice.compose('INVITE', { to: bob }).replace(/branch=z9hG4bK[^;\r]*/, 'branch=old')
      alice.write(invite, bob)
      await alice.expect(180)
      alice.write(invite.replace('INVITE', 'CANCEL').replace(/(CSeq: \d+) INVITE/, '$1 CANCEL'), bob)
      const [ok, terminated] = await alice.expect(response(200, { of: 'CANCEL' }), 487)
      expect(ok.to.tag).to.equal(terminated.to.tag)
      alice.send('ACK', { headers: { Via: /Via: ([^\r]*)/.exec(invite)?.[1] } })
      await stage.pause(10)
    }))

  it('§22.1 is never challenged, nor is an ACK [CAN-11]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, {
        authenticate: { realm: 'a', lookup: () => 'secret' },
      })
      alice.send('INVITE', { to: bob })
      await alice.expect(401)
      alice.send('ACK')
      alice.write(alice.compose('CANCEL'), bob)
      await alice.expect(response(200, { of: 'CANCEL' }))
    }))
})

describe('a client of RFC 2543', () => {
  it('§12.1.1 §17.2.3 is answered without a cookie, a From tag and a Contact; its INVITE and ACK are matched [UAS-16]', () =>
    passing(async stage => {
      const told: string[] = []
      const { bob, alice } = await serving(stage, {
        INVITE: invite => void invite.reply(200),
        ACK: ({ request }) => void told.push(request.method),
      })
      const old = (text: string): string =>
        text
          .replace(/;branch=[^;\r]*/, '')
          .replace(/(From: [^\r;]*);tag=[^\r]*/, '$1')
          .replace(/Contact: [^\r]*\r\n/, '')
      const invite = old(alice.compose('INVITE', { to: bob }))
      alice.write(invite, bob)
      const [ok] = await alice.expect(200)
      alice.write(invite, bob)
      await stage.pause(100)
      expect(alice.times(ok).length).to.equal(1)
      const to = ok.raw('To')[0] ?? ''
      const ack = invite.replace('INVITE', 'ACK').replace(/(CSeq: \d+) INVITE/, '$1 ACK')
      alice.write(ack.replace(/To: [^\r]*/, `To: ${to}`), bob)
      await stage.pause(10)
      expect(told).to.deep.equal(['ACK'])
      const bye = invite.replace('INVITE', 'BYE').replace(/CSeq: \d+ INVITE/, 'CSeq: 4711 BYE')
      alice.write(bye.replace(/To: [^\r]*/, `To: ${to}`), bob)
      await alice.expect(response(200, { of: 'BYE' }))
    }))
})

describe('a call that goes wrong', () => {
  it('§17.2.1 server_invite_timeout Timer H: a refusal that is never acknowledged is repeated for 64*T1, and nothing is left', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage)
      alice.send('INVITE', { to: bob })
      const [first] = await alice.expect(486)
      await stage.pause(40_000)
      expect(alice.times(first).length).to.be.at.least(10)
      expect(await bob.stack.census()).to.include({ transactions: 0, servers: 0, dialogs: 0 })
    }))

  it('§15.1.2 what is pending when the call ends gets 487 [3261-15.1.2-3]', () =>
    passing(async stage => {
      const held: Incoming[] = []
      const { bob, alice } = await serving(stage, {
        INVITE: invite => void invite.reply(200),
        INFO: info => void held.push(info),
      })
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('INFO')
      await stage.pause(10)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }), response(487, { of: 'INFO' }))
      expect(held[0]?.reply(200)).to.equal(false)
    }))

  it('§11.2 OPTIONS inside a call tells the same, and leaves the call as it is [OPT-03]', () =>
    passing(async stage => {
      const { bob, alice } = await serving(stage, { INVITE: invite => void invite.reply(200), supported: ['timer'] })
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('OPTIONS')
      await alice.expect(response(200, { of: 'OPTIONS', headers: { Supported: 'timer', Accept: 'application/sdp' } }))
      expect((await bob.stack.census()).dialogs).to.equal(1)
      await hungUpBy(alice)
    }))
})

describe('a core that is changed while calls live', () => {
  const named = (by: string, heard: string[]): Core => ({
    name: 'bob',
    match: () => true,
    INVITE: invite => void (invite.request.uri.user === 'slow' ? invite.reply(180) : invite.reply(200)),
    INFO: info => void info.reply(200, { reason: by }),
    CANCEL: () => void heard.push(`${by} CANCEL`),
    BYE: () => void heard.push(`${by} BYE`),
  })

  for (const [what, change, by] of [
    ['replaced: its calls go on with the new one', 'replace', 'New'],
    ['taken out of service: its calls go on with it', 'remove', 'Old'],
    ['taken out of service and put back later: its calls go on with the new one', 'removeAndAdd', 'New'],
  ] as const) {
    it(`is ${what}; what is pending stays where it is`, () =>
      passing(async stage => {
        const heard: string[] = []
        const bob = await stage.stack('bob', { cores: [named('Old', heard)] })
        const alice = await stage.raw('alice')
        const carol = await stage.raw('carol')
        alice.send('INVITE', { to: bob })
        await alice.expect(200)
        alice.send('ACK')
        carol.send('INVITE', { to: bob, user: 'slow' })
        await carol.expect(180)
        if (change !== 'replace') bob.stack.unregister('bob')
        if (change !== 'remove') bob.stack.register(named('New', heard))
        alice.send('INFO')
        const [answer] = await alice.expect(response(200, { of: 'INFO' }))
        expect(answer.reason).to.equal(by)
        await hungUpBy(alice)
        carol.send('CANCEL')
        await carol.expect(response(200, { of: 'CANCEL' }), 487)
        carol.send('ACK')
        await stage.pause(10)
        expect(heard).to.deep.equal([`${by} BYE`, 'Old CANCEL'])
        carol.send('OPTIONS', { to: bob })
        await carol.expect(maybe(100), change === 'remove' ? 404 : 200)
      }))
  }
})
