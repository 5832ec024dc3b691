import { expect } from 'chai'
import { maybe, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core, Incoming } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

/** A core with some handlers that takes what is for its name. */
function core(name: string, more: Partial<Core>): Core {
  return { name, match: request => request.uri.user === name, ...more }
}

function fail(): never {
  throw new Error('a bug')
}

/** `String` of it throws. */
function failWithoutText(): never {
  throw Object.create(null)
}

function failWithoutTextFor(request: { readonly uri: { readonly user: string | undefined } }): boolean {
  return request.uri.user === 'broken' && failWithoutText()
}

describe('a core of an application', () => {
  const bugs: readonly (readonly [string, Partial<Core>])[] = [
    ['throws in its match function', { match: request => request.uri.user === 'broken' && fail() }],
    ['throws in its handler', { OPTIONS: fail }],
    ['throws what has no text, in its handler', { OPTIONS: failWithoutText }],
    ['throws what has no text, in its match function', { match: failWithoutTextFor }],
    ['returns a promise that rejects', { OPTIONS: () => Promise.reject(new Error('a bug')) }],
    ['throws in a task that it has put off', { OPTIONS: options => options.after(100, fail) }],
    ['gives an impossible status', { OPTIONS: options => void options.reply(99) }],
    [
      'gives a header that would smuggle in a line',
      { OPTIONS: options => void options.reply(200, { headers: { Subject: 'a\r\nb: c' } }) },
    ],
    [
      'sets a header that is the stack’s',
      { OPTIONS: options => void options.reply(200, { headers: { CSeq: '1 X' } }) },
    ],
  ]

  for (const [what, bug] of bugs) {
    it(`that ${what} costs its request a 500 and a line in the log; the next request is served`, () =>
      passing(async stage => {
        const broken = core('broken', bug)
        const bob = await stage.stack('bob', { cores: [broken, { name: 'other', match: () => true, priority: -1 }] })
        const alice = await stage.raw('alice')
        const options = alice.send('OPTIONS', { to: bob, user: 'broken' })
        await alice.expect(500)
        const errors = bob.errors()
        expect(errors.join()).to.contain('core broken').and.to.contain(options.callId)
        alice.repeat(options)
        await stage.pause(100)
        alice.send('OPTIONS', { to: bob, user: 'somebody' })
        await alice.expect(200)
        await stage.pause(1000)
      }))
  }

  it('that throws after it has answered changes nothing for its caller', () =>
    passing(async stage => {
      const broken = core('bob', {
        OPTIONS: options => {
          options.reply(200)
          fail()
        },
      })
      const bob = await stage.stack('bob', { cores: [broken] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      await alice.silence(1000)
      expect(bob.errors().join()).to.contain('a bug')
    }))

  it('that rejects after it has accepted a call leaves the call as it is', () =>
    passing(async stage => {
      const broken = core('bob', {
        INVITE: async invite => {
          invite.reply(200)
          await Promise.reject(new Error('a bug'))
        },
      })
      const bob = await stage.stack('bob', { cores: [broken] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      await alice.silence(1000)
      bob.errors()
      await hungUpBy(alice)
    }))

  it('that throws in what it is only told (ACK, BYE, CANCEL) hurts nobody', () =>
    passing(async stage => {
      const broken = core('bob', { INVITE: invite => void invite.reply(200), ACK: fail, BYE: fail })
      const bob = await stage.stack('bob', { cores: [broken, core('slow', { INVITE: () => undefined, CANCEL: fail })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(10)
      await hungUpBy(alice)
      alice.send('INVITE', { to: bob, user: 'slow' })
      await stage.pause(10)
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      await stage.pause(100)
      const errors = bob.errors().join('\n')
      for (const method of ['ACK', 'BYE', 'CANCEL']) expect(errors).to.contain(`its ${method} handler threw`)
    }))

  it('UA-8 §8.2.6.2 answers once: a second final answer is refused, and the To tag is one for all [3261-8.2.6.2-7]', () =>
    passing(async stage => {
      const said: boolean[] = []
      const twice = core('bob', {
        INVITE: invite => {
          said.push(invite.reply(180), invite.reply(183), invite.reply(486), invite.reply(200), invite.reply(180))
        },
      })
      const bob = await stage.stack('bob', { cores: [twice] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [ringing, progress, busy] = await alice.expect(180, 183, 486)
      alice.send('ACK')
      await alice.silence(1000)
      expect(said).to.deep.equal([true, true, true, false, false])
      expect(new Set([ringing.to.tag, progress.to.tag, busy.to.tag]).size).to.equal(1)
    }))

  it('§9.2 that answers after CANCEL is told that it was too late [3261-9.2-2]', () =>
    passing(async stage => {
      const held: Incoming[] = []
      const late = core('bob', { INVITE: invite => void held.push(invite) })
      const bob = await stage.stack('bob', { cores: [late] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(100)
      alice.send('CANCEL')
      const [, terminated] = await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      expect(held[0]?.reply(200)).to.equal(false)
      expect(held[0]?.answered).to.equal(487)
      await alice.silence(1000)
      expect(terminated.to.tag).not.to.equal(undefined)
    }))

  it('§9.2 the 200 for CANCEL has the To tag of the 487 [3261-9.2-3]', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [core('bob', { INVITE: invite => void invite.reply(180) })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [ringing] = await alice.expect(180)
      alice.send('CANCEL')
      const [ok, terminated] = await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      expect([ok.to.tag, terminated.to.tag]).to.deep.equal([ringing.to.tag, ringing.to.tag])
    }))

  it('that never answers a call gives 480 after three minutes', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [core('bob', { INVITE: invite => void invite.reply(180) })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      await alice.silence(179_000)
      await alice.within(1100).expect(480)
      alice.send('ACK')
    }))

  it('is asked in order of priority, and no more once it is taken out of service', () =>
    passing(async stage => {
      const answering = (name: string, status: number, priority: number): Core => ({
        name,
        priority,
        match: () => true,
        OPTIONS: options => void options.reply(status),
      })
      const bob = await stage.stack('bob', { cores: [answering('low', 403, 1), answering('high', 200, 2)] })
      const alice = await stage.raw('alice')
      for (const [status, name] of [
        [200, 'high'],
        [403, 'low'],
        [404, ''],
      ] as const) {
        alice.send('OPTIONS', { to: bob })
        await alice.expect(status)
        bob.stack.unregister(name)
      }
    }))

  it('§8.2.2.3 gets no request that requires what it does not support [3261-8.2.2.3-1]', () =>
    passing(async stage => {
      const supporting = core('bob', { supported: ['100rel'], OPTIONS: options => void options.reply(200) })
      const bob = await stage.stack('bob', { cores: [supporting] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob, headers: { Require: '100rel' } })
      await alice.expect(200)
      alice.send('OPTIONS', { to: bob, headers: { Require: '100rel, timer, other' } })
      await alice.expect(response(420, { headers: { Unsupported: 'timer, other' } }))
    }))

  it('may take its time without a 100 only below 200 ms', async () => {
    async function answered(after: number, stage: Stage): Promise<boolean> {
      const bob = await stage.stack('bob', {
        cores: [core('bob', { INVITE: invite => invite.after(after, () => invite.reply(486)) })],
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [trying] = await alice.expect(maybe(100), 486)
      alice.send('ACK')
      return trying !== undefined
    }
    const seen: boolean[] = []
    await passing(async stage => void seen.push(await answered(100, stage)))
    await passing(async stage => void seen.push(await answered(300, stage)))
    expect(seen).to.deep.equal([false, true])
  })
})
