/** Calls that are transferred, in the shapes of RFC 5589: each part once ours, and once played. */

import { deepEqual, equal } from 'node:assert/strict'
import {
  type RawPeer,
  response,
  type Scenario,
  type StackPeer,
  type Stage,
  scenario,
} from '../../apps/scenario/scenario.js'
import type { Call, Core, Incoming, Referral, Response } from '../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy } from '../callers.js'

interface Phone extends Core {
  readonly followed: (Call | undefined)[]
  stack?: StackPeer['stack']
}

/** Answers every call, and does what it is referred to. */
function phone(answer: (invite: Incoming) => unknown = invite => invite.reply(200)): Phone {
  return {
    name: 'phone',
    match: () => true,
    supported: ['replaces'],
    followed: [],
    INVITE: answer,
    REFER(refer) {
      this.followed.push(this.stack?.follow(refer))
    },
  }
}

async function device(stage: Stage, name: string, core: Phone = phone()): Promise<{ peer: StackPeer; core: Phone }> {
  const peer = await stage.stack(name, { cores: [core] })
  core.stack = peer.stack
  return { peer, core }
}

async function statuses(referral: Referral): Promise<readonly number[]> {
  const told: number[] = []
  for await (const { status } of referral.progress) told.push(status)
  return told
}

/** Told of the call that came of its REFER, `peer` says OK. */
async function heard(peer: RawPeer, line: string): Promise<void> {
  const [notify] = await peer.expect('NOTIFY')
  equal(notify.body, `SIP/2.0 ${line}\r\n`)
  peer.send(200, { for: notify })
}

/** `peer` has called it. */
async function called(peer: RawPeer, callee: StackPeer): Promise<Response> {
  peer.send('INVITE', { to: callee })
  const [ok] = await peer.expect(200)
  peer.send('ACK')
  return ok
}

/** `peer` refers whom it has called, who does it. */
async function referred(peer: RawPeer, to: string): Promise<void> {
  peer.send('REFER', { headers: { 'Refer-To': to, 'Referred-By': `<${peer.uri()}>`, Contact: `<${peer.uri()}>` } })
  const [, first] = await peer.expect(response(200, { of: 'REFER' }), 'NOTIFY')
  peer.send(200, { for: first })
}

const anyLoss = [0, 1, 3].map(lost => ({ lost, what: lost === 0 ? '' : `, ${lost} copies of each message of it lost` }))

const scenarios: readonly Scenario[] = [
  ...anyLoss.map(({ lost, what }) =>
    scenario(
      `EXT-10 RFC 5589 §6.1 blind: all parts are ours${what}`,
      async stage => {
        const bob = await device(stage, 'bob')
        const carol = await device(
          stage,
          'carol',
          phone(invite => invite.reply(180) && invite.reply(200)),
        )
        const alice = await device(stage, 'alice')
        const first = await dialogOf(bob.peer.stack.invite(alice.peer.uri()))
        for (let nth = 1; nth <= lost; nth++) {
          for (const subject of ['REFER', 'NOTIFY'] as const) stage.network.drop(subject, { nth })
        }
        const referral = first.refer(carol.peer.uri())
        deepEqual(await statuses(referral), [100, 180, 200])
        equal((await referral.outcome).kind, 'answered')
        await first.bye()
        const second = await dialogOf(alice.core.followed[0])
        equal(second.dialog.remote.uri.user, 'carol')
        await second.bye()
        await stage.pause(40_000)
      },
      lost === 0 ? {} : { mode: 'virtual', transport: 'udp' },
    ),
  ),

  scenario(
    'EXT-10 RFC 5589 §6.1 blind, to us as the transferee: REFER, 200, NOTIFY, and BYE of the first call',
    async stage => {
      const carol = await stage.raw('carol')
      const bob = await stage.raw('bob')
      const alice = await device(stage, 'alice')
      await called(bob, alice.peer)
      await referred(bob, `<${carol.uri()}>`)
      await hungUpBy(bob)
      await carol.expect('INVITE')
      carol.send(180, { reason: 'Ringing' })
      await heard(bob, '180 Ringing')
      carol.send(200, { reason: 'OK' })
      await carol.expect('ACK')
      await heard(bob, '200 OK')
      await hungUpBy(carol)
    },
  ),

  scenario('EXT-10 RFC 5589 §6.2 blind, and the target is busy: the first call is taken up again', async stage => {
    const carol = await stage.raw('carol')
    const bob = await stage.raw('bob')
    const alice = await device(stage, 'alice')
    await called(bob, alice.peer)
    await referred(bob, `<${carol.uri()}>`)
    await carol.expect('INVITE')
    carol.send(486, { reason: 'Busy Here' })
    await carol.expect('ACK')
    await heard(bob, '486 Busy Here')
    bob.send('INFO')
    await bob.expect(response(405, { of: 'INFO' }))
    await hungUpBy(bob)
  }),

  scenario('EXT-10 RFC 5589 §6.3 a transferee who does not want to: 603, and the call goes on', async stage => {
    const alice = await stage.raw('alice')
    const bob = await device(stage, 'bob')
    const call = bob.peer.stack.invite(alice.uri())
    await alice.expect('INVITE')
    alice.send(200)
    await alice.expect('ACK')
    const dialog = await dialogOf(call)
    const referral = dialog.refer('sip:carol@192.0.2.99')
    await alice.expect('REFER')
    alice.send(603)
    equal((await referral.outcome).kind, 'refused')
    await hungUp(alice, dialog)
  }),

  ...anyLoss.map(({ lost, what }) =>
    scenario(
      `EXT-10 EXT-11 RFC 5589 §7.3 attended: all parts are ours${what}`,
      async stage => {
        const [alice, bob, carol] = [
          await device(stage, 'alice'),
          await device(stage, 'bob'),
          await device(stage, 'carol'),
        ]
        const first = await dialogOf(bob.peer.stack.invite(alice.peer.uri()))
        const consultation = await dialogOf(bob.peer.stack.invite(carol.peer.uri()))
        for (let nth = 1; nth <= lost; nth++) {
          for (const subject of ['REFER', 'NOTIFY', 'BYE'] as const) stage.network.drop(subject, { nth })
        }
        const referral = first.refer(consultation)
        equal((await referral.outcome).kind, 'answered')
        equal(await consultation.ended, 'remote')
        await first.bye()
        await (await dialogOf(alice.core.followed[0])).bye()
        await stage.pause(40_000)
      },
      lost === 0 ? {} : { mode: 'virtual', transport: 'udp' },
    ),
  ),

  scenario(
    'EXT-11 RFC 5589 §7.3 attended, with us as the target: Replaces is matched, and the consultation ends',
    async stage => {
      const alice = await stage.raw('alice')
      const bob = await stage.raw('bob')
      const carol = await device(stage, 'carol')
      const ok = await called(bob, carol.peer)
      const replaces = `${ok.callId};to-tag=${ok.to.tag};from-tag=${ok.from.tag}`
      alice.send('INVITE', {
        to: carol.peer,
        headers: { Replaces: replaces, Require: 'replaces', 'Referred-By': `<${bob.uri()}>` },
      })
      await alice.expect(200)
      await bob.expect('BYE')
      bob.send(200)
      alice.send('ACK')
      await hungUpBy(alice)
    },
  ),

  scenario(
    'EXT-11 RFC 5589 §7.3 attended, and the consultation has ended meanwhile: 481, which the transferor is told',
    async stage => {
      const bob = await stage.raw('bob')
      const [alice, carol] = [await device(stage, 'alice'), await device(stage, 'carol')]
      await called(bob, alice.peer)
      await referred(bob, `<${carol.peer.uri()}?Replaces=gone%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>`)
      await heard(bob, '481 Call/Transaction Does Not Exist')
      await hungUpBy(bob)
    },
  ),
]

export default scenarios
