/** Sessions: what both sides describe, hold, and refresh. RFC 3264, RFC 3311, RFC 4028. */

import { deepEqual, equal } from 'node:assert/strict'
import { maybe, response, type Scenario, type Stage, scenario } from '../../apps/scenario/scenario.js'
import type { ActiveDialog, Core, InviteOptions } from '../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy } from '../callers.js'
import { audio, typed } from '../descriptions.js'

interface Call {
  readonly alice: ActiveDialog
  readonly bob: ActiveDialog
}

/** A call of alice to bob, both with a stack; bob answers offers with what fits. */
async function call(stage: Stage, options: InviteOptions = {}, more: Partial<Core> = {}): Promise<Call> {
  let theirs: ActiveDialog | undefined
  const answers: Core = {
    name: 'bob',
    match: () => true,
    INVITE: invite => void invite.reply(200, { body: invite.answer(audio('bob', 1)) ?? '' }),
    reINVITE: invite => void invite.reply(200, { body: invite.answer() ?? '' }),
    ACK: ack => {
      theirs ??= ack.dialog
    },
    ...more,
  }
  const bob = await stage.stack('bob', { cores: [answers] })
  const alice = await stage.stack('alice')
  const dialog = await dialogOf(alice.stack.invite(bob.uri(), { body: audio('alice', 1), ...options }))
  await stage.pause(10_000)
  if (theirs === undefined) throw new Error('no ACK came')
  return { alice: dialog, bob: theirs }
}

async function over({ alice, bob }: Call): Promise<void> {
  equal((await alice.bye()).kind, 'answered')
  deepEqual([await alice.ended, await bob.ended], ['local', 'remote'])
}

const scenarios: readonly Scenario[] = [
  scenario(
    'INV-02 §13.2.1, RFC 6337 §3.1.1 the answer comes in the first reliable response, the same before that is a preview, and another after it is ignored [3261-13.2.1-6] [3261-13.2.1-7]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const placed = alice.stack.invite(bob.uri(), { body: audio('alice', 1) })
      const [invite] = await bob.expect('INVITE')
      bob.send(183, { headers: typed, body: audio('bob', 2, 'sendonly') })
      const reliable = { ...typed, Require: '100rel', RSeq: '4' }
      bob.send(183, { headers: reliable, body: audio('bob', 2, 'sendonly') })
      const [prack] = await bob.expect('PRACK')
      bob.send(200, { for: prack })
      bob.send(200, { for: invite, headers: typed, body: audio('bob', 3) })
      await bob.expect('ACK')
      const dialog = await dialogOf(placed)
      const [held] = await Promise.all([dialog.holds[Symbol.asyncIterator]().next(), stage.pause(1)])
      equal(held.value, true)
      await hungUp(bob, dialog)
    },
  ),

  scenario(
    'INV-03 INV-17 §13.2.1, §14.2 an INVITE without offer gets one in the 2xx, inside the call, too; the answer comes with the ACK [3261-13.3.1-2] [3261-14.2-7]',
    async stage => {
      const core: Core = {
        name: 'bob',
        match: () => true,
        INVITE: invite => void invite.reply(200, { body: audio('bob', 1) }),
        reINVITE: invite => void invite.reply(200, { body: audio('bob', 2) }),
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [ok] = await alice.expect(200)
      equal(ok.body, audio('bob', 1))
      alice.send('ACK', { headers: typed, body: audio('alice', 1) })
      await alice.silence(1000)
      alice.send('INVITE')
      const [changed] = await alice.expect(response(200, { of: 'INVITE' }))
      equal(changed.body, audio('bob', 2))
      alice.send('ACK', { headers: typed, body: audio('alice', 2) })
      await hungUpBy(alice)
    },
  ),

  ...[0, 1, 3].map(lost =>
    scenario(
      `INV-24 RFC 3264 §8.4 a call is held and resumed by either side, ${lost} copies of each INVITE, 200 and ACK lost [3264-6.1-3] [3264-8-1]`,
      async stage => {
        const made = await call(stage)
        const told: boolean[] = []
        const reading = (async () => {
          for await (const isHeld of made.bob.holds) told.push(isHeld)
        })()
        if (stage.transport === 'udp') {
          for (let nth = 1; nth <= lost; nth++)
            for (const what of ['INVITE', 200, 'ACK'] as const) stage.network.drop(what, { nth })
        }
        equal((await made.alice.hold()).kind, 'answered')
        equal((await made.alice.resume()).kind, 'answered')
        await stage.pause(20_000)
        deepEqual(told, [true, false])
        await over(made)
        await reading
      },
      { mode: 'virtual' },
    ),
  ),

  scenario('INV-24 RFC 6337 §5.3 both hold each other: whoever resumes first is still held', async stage => {
    let theirs: ActiveDialog | undefined
    const core: Core = {
      name: 'bob',
      match: () => true,
      INVITE: invite => void invite.reply(200, { body: audio('bob', 1) }),
      reINVITE: invite => void invite.reply(200, { body: invite.answer() ?? '' }),
      ACK: ack => {
        theirs ??= ack.dialog
      },
    }
    const bob = await stage.stack('bob', { cores: [core] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob, headers: typed, body: audio('alice', 1) })
    await alice.expect(200)
    alice.send('ACK')
    await stage.pause(100)
    const held = theirs?.hold()
    const [hold] = await alice.expect('INVITE')
    equal(hold.body, audio('bob', 2, 'sendonly'))
    alice.send(200, { for: hold, headers: typed, body: audio('alice', 2, 'recvonly') })
    await alice.expect('ACK')
    equal((await held)?.kind, 'answered')
    alice.send('INVITE', { headers: typed, body: audio('alice', 3, 'sendonly') })
    const [both] = await alice.expect(response(200, { of: 'INVITE' }))
    equal(both.body, audio('bob', 3, 'inactive'))
    alice.send('ACK')
    await stage.pause(100)
    const resumed = theirs?.resume()
    const [resume] = await alice.expect('INVITE')
    equal(resume.body, audio('bob', 4, 'sendrecv'))
    alice.send(200, { for: resume, headers: typed, body: audio('alice', 4, 'sendonly') })
    await alice.expect('ACK')
    equal((await resumed)?.kind, 'answered')
    await hungUpBy(alice)
  }),

  scenario('EXT-04 RFC 3311 §5.3 an UPDATE that gets 488 leaves the session as it was [3311-5.3-1]', async stage => {
    const made = await call(stage, {}, { UPDATE: update => void update.reply(488) })
    equal((await made.alice.update({ body: audio('alice', 2, 'inactive') })).kind, 'rejected')
    equal((await made.alice.hold()).kind, 'answered')
    await over(made)
  }),

  ...(
    [
      ['the caller', 'uac'],
      ['the callee', 'uas'],
    ] as const
  ).flatMap(([who, refresher]) =>
    [0, 1, 3].map(lost =>
      scenario(
        `EXT-05 RFC 4028 §10 ${who} refreshes for an hour, ${lost} copies of each refresh and of its 200 lost [4028-7.2-5] [4028-9-11]`,
        async stage => {
          const made = await call(stage, { sessionTimer: { expires: 1800, refresher } })
          if (stage.transport === 'udp') {
            for (let nth = 1; nth <= lost; nth++)
              for (const what of ['INVITE', 200] as const) stage.network.drop(what, { nth })
          }
          await stage.pause(3_600_000)
          await over(made)
        },
        { mode: 'virtual' },
      ),
    ),
  ),

  scenario(
    'EXT-05 RFC 4028 §10 the refresher is gone: the other side ends the session before it expires [4028-10-3]',
    async stage => {
      const bob = await stage.stack('bob', {
        cores: [{ name: 'bob', match: () => true, INVITE: invite => void invite.reply(200) }],
      })
      const alice = await stage.raw('alice')
      const headers = { Supported: 'timer', 'Session-Expires': '300;refresher=uac' }
      alice.send('INVITE', { to: bob, headers })
      await alice.expect(response(200, { headers: { Require: 'timer', 'Session-Expires': '300;refresher=uac' } }))
      alice.send('ACK')
      await alice.silence(267_000)
      await alice.within(2000).expect('BYE')
      alice.send(200)
    },
    { mode: 'virtual' },
  ),

  scenario(
    'EXT-05 RFC 4028 §7.3, §9 what is too brief for a callee gets 422, and the call goes on with what it wants',
    async stage => {
      const core: Core = {
        name: 'bob',
        match: () => true,
        sessionTimer: { min: 600 },
        INVITE: invite => void invite.reply(200),
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.stack('alice')
      const placed = alice.stack.invite(bob.uri(), { sessionTimer: { expires: 90 } })
      const outcome = await placed.outcome
      if (outcome.kind !== 'answered') throw new Error(`the call ended as ${outcome.kind}`)
      equal(outcome.response.raw('Session-Expires').join(), '600;refresher=uac')
      await outcome.dialog.bye()
    },
  ),

  scenario('INV-10 §13.3.1 an invitation that has expired gets 487 [3261-13.3.1-1]', async stage => {
    const ringing: Core = { name: 'bob', match: () => true, INVITE: invite => void invite.reply(180) }
    const bob = await stage.stack('bob', { cores: [ringing] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob, headers: { Expires: '1' } })
    await alice.expect(maybe(100), 180)
    await alice.within(2000).expect(487)
    alice.send('ACK')
  }),
]

export default scenarios
