/** Taking the place of a dialog: RFC 3891. */

import { expect } from 'chai'
import { type RawPeer, request, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import { uasDialog } from '../../../apps/sip/core/dialog.js'
import { Replacement } from '../../../apps/sip/core/replacement.js'
import { placeHere } from '../../../apps/sip/core/replacement-place.js'
import type { Core, Incoming, Response } from '../../../apps/sip/sip.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import { hungUp, hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

interface Phone extends Core {
  readonly invites: Incoming[]
}

function phone(more: Partial<Core> = {}): Phone {
  const invites: Incoming[] = []
  const INVITE = (invite: Incoming): void => {
    invites.push(invite)
    invite.reply(200)
  }
  return { name: 'phone', match: () => true, supported: ['replaces'], INVITE, invites, ...more }
}

interface Parts {
  readonly stage: Stage
  readonly alice: RawPeer
  readonly bob: StackPeer
  readonly carol: RawPeer
}

function replacing(core: Core, body: (parts: Parts) => Promise<void>): () => Promise<unknown> {
  const whole = async (stage: Stage): Promise<void> => {
    const alice = await stage.raw('alice')
    const carol = await stage.raw('carol')
    const bob = await stage.stack('bob', { cores: [core] })
    await body({ stage, alice, bob, carol })
    await stage.pause(40_000)
    expect(await bob.stack.census()).to.include({ dialogs: 0, calls: 0, servers: 0 })
  }
  return () => passing(whole)
}

/** alice has called bob; what bob has of her. */
async function called({ alice, bob }: Parts): Promise<string> {
  alice.send('INVITE', { to: bob })
  const [ok] = await alice.expect(200)
  alice.send('ACK')
  return named(ok)
}

function named({ callId, to, from }: Response): string {
  return `${callId};to-tag=${to.tag};from-tag=${from.tag}`
}

function invite({ carol, bob }: Parts, replaces: string | readonly string[], more: Record<string, string> = {}) {
  return carol.send('INVITE', { to: bob, headers: { Replaces: replaces, Require: 'replaces', ...more } })
}

describe('an INVITE with Replaces', () => {
  it('RFC 3891 §3 leaves nothing with the dialog that it asks for, however often that is', async () => {
    const asking = createRequest('INVITE', 'sips:bob@192.0.2.1', {
      ...{ from: '<sip:carol@192.0.2.3>;tag=1', to: 'sip:bob@192.0.2.1', callId: 'new', cseq: 1 },
      headers: { Replaces: 'old;to-tag=2;from-tag=3' },
    })
    const dialog = uasDialog(asking, createResponse(asking, 200, { toTag: '2' }), false)
    const ended = Promise.resolve('remote' as const)
    const orders: string[] = []
    const place = placeHere((_id, order) => {
      orders.push(order.kind)
      if (order.kind === 'replaceable') order.told({ dialog, ended })
    })
    const replacement = new Replacement(asking, () => place)
    replacement.ask(status => expect(status).to.equal(undefined))
    expect(await replacement.dialog?.ended).to.equal('remote')
    expect(orders).to.deep.equal(['replaceable'])
  })

  const both = phone()
  it(
    'EXT-11 RFC 3891 §3 takes the place of a confirmed dialog, which the handler sees, and which ends with BYE [3891-6.2-1]',
    replacing(both, async parts => {
      const { alice, carol } = parts
      const replaces = await called(parts)
      invite(parts, replaces)
      const [ok, bye] = [...(await carol.expect(200)), ...(await alice.expect('BYE'))]
      expect(ok.getAll('Supported')).to.include('replaces')
      carol.send('ACK')
      alice.send(200, { for: bye })
      expect(both.invites[1]?.replaces?.dialog.callId).to.equal(bye.callId)
      expect(both.invites[0]?.replaces).to.equal(undefined)
      await hungUpBy(carol)
    }),
  )

  it(
    'EXT-11 RFC 3891 §3 takes the place of our call that rings, which ends with CANCEL, early-only or not',
    replacing(phone(), async parts => {
      const { alice, bob, carol } = parts
      for (const flag of ['', ';early-only']) {
        const call = bob.stack.invite(alice.uri())
        const [ringing] = await alice.expect('INVITE')
        const rings = alice.send(180, { for: ringing, headers: { Contact: `<${alice.uri()}>` } })
        await parts.stage.pause(10)
        invite(parts, `${rings.callId};to-tag=${rings.from.tag};from-tag=${rings.to.tag}${flag}`)
        const [, cancel] = [...(await carol.expect(200)), ...(await alice.expect('CANCEL'))]
        carol.send('ACK')
        alice.send(200, { for: cancel })
        alice.send(487, { for: ringing })
        await alice.expect('ACK')
        expect((await call.outcome).kind).to.equal('cancelled')
        await hungUpBy(carol)
      }
    }),
  )

  it(
    'EXT-11 RFC 3891 §3 gets 481 without a match, 486 for an early-only one that is confirmed; the dialog goes on',
    replacing(phone(), async parts => {
      const { alice, carol } = parts
      const replaces = await called(parts)
      for (const [text, status] of [
        [replaces.replace(/from-tag=/, 'from-tag=x'), 481],
        [replaces.replace(/(to-tag=)(\S+)(;from-tag=)(\S+)/, '$1$4$3$2'), 481],
        [`${replaces};early-only`, 486],
      ] as const) {
        invite(parts, text)
        await carol.expect(status)
        carol.send('ACK')
      }
      await alice.silence(100)
      await hungUpBy(alice)
    }),
  )

  it(
    'EXT-11 RFC 3891 §3 gets 400 with two, with Join, without a tag; in another request, too [3891-3-1] [3891-3-2] [3891-6.1-1]',
    replacing(phone({ MESSAGE: message => void message.reply(200) }), async parts => {
      const { alice, bob, carol } = parts
      const replaces = await called(parts)
      for (const [text, more] of [
        [[replaces, replaces], {}],
        [replaces, { Join: replaces }],
        [replaces.replace(/;to-tag=[^;]*/, ''), {}],
      ] as const) {
        invite(parts, text, more)
        await carol.expect(400)
        carol.send('ACK')
      }
      carol.send('MESSAGE', { to: bob, headers: { Replaces: replaces, 'Content-Type': 'text/plain' }, body: 'x' })
      await carol.expect(400)
      await hungUpBy(alice)
    }),
  )

  it(
    'EXT-11 RFC 3891 §3 gets 481 for what rings here, and for a dialog that no INVITE has made [3891-3-4]',
    replacing(
      phone({
        INVITE: incoming => (incoming.request.has('Replaces') ? incoming.reply(200) : incoming.reply(180)),
        SUBSCRIBE: incoming => void incoming.accept(),
      }),
      async parts => {
        const { alice, bob, carol } = parts
        alice.send('INVITE', { to: bob })
        const [rings] = await alice.expect(180)
        invite(parts, named(rings))
        await carol.expect(481)
        carol.send('ACK')
        alice.send('CANCEL')
        await alice.expect(response(200, { of: 'CANCEL' }), response(487, { of: 'INVITE' }))
        alice.send('ACK')
        alice.send('SUBSCRIBE', { to: bob, headers: { Event: 'x', Expires: '30', Contact: `<${alice.uri()}>` } })
        const [ok, notify] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
        alice.send(200, { for: notify })
        invite(parts, named(ok))
        await carol.expect(481)
        carol.send('ACK')
        const [last] = await alice.within(40_000).expect('NOTIFY')
        alice.send(200, { for: last })
      },
    ),
  )

  it(
    'EXT-11 RFC 3891 §3 gets 603 for a dialog that is ending [3891-3-5]',
    replacing(both, async parts => {
      const { alice, carol } = parts
      const replaces = await called(parts)
      void both.invites.at(-1)?.dialog?.bye()
      const [bye] = await alice.expect('BYE')
      invite(parts, replaces)
      await carol.expect(603)
      carol.send('ACK')
      alice.send(200, { for: bye })
    }),
  )

  it(
    'RFC 3891 §3 that the handler refuses leaves the dialog as it was [3891-3-9]',
    replacing(
      phone({ INVITE: incoming => incoming.reply(incoming.replaces === undefined ? 200 : 488) }),
      async parts => {
        const { alice, carol } = parts
        const replaces = await called(parts)
        invite(parts, replaces)
        await carol.expect(488)
        carol.send('ACK')
        await alice.silence(1000)
        await hungUpBy(alice)
      },
    ),
  )

  it(
    'RFC 3891 §6.2 is any other call, or 420, where the core does not support it',
    replacing(phone({ supported: [] }), async parts => {
      const { alice, carol } = parts
      const replaces = await called(parts)
      invite(parts, replaces)
      await carol.expect(420)
      carol.send('ACK')
      carol.send('INVITE', { to: parts.bob, headers: { Replaces: replaces } })
      await carol.expect(200)
      carol.send('ACK')
      await alice.silence(100)
      await hungUpBy(alice)
      await hungUpBy(carol)
    }),
  )

  it('RFC 3891 §4 is sent for a dialog of ours, as its peer sees it [3261-8.1.1.9-3]', () =>
    passing(async stage => {
      const { alice, bob, dialog: first } = await established(stage)
      const { callId, localTag, remoteTag } = first.dialog
      const second = alice.stack.invite(first.dialog.remoteTarget, { replaces: first })
      const [other] = await bob.expect(request('INVITE', { headers: { Require: 'replaces' } }))
      expect(other.raw('Replaces')).to.deep.equal([`${callId};to-tag=${remoteTag};from-tag=${localTag}`])
      bob.send(486)
      await bob.expect('ACK')
      expect((await second.outcome).kind).to.equal('rejected')
      const referral = first.refer(first)
      const [refer] = await bob.expect('REFER')
      const replaces = `${callId}%3Bto-tag%3D${remoteTag}%3Bfrom-tag%3D${localTag}`
      expect(refer.raw('Refer-To')).to.deep.equal([`<${first.dialog.remoteTarget}?Replaces=${replaces}>`])
      bob.send(603)
      await referral.outcome
      await hungUp(bob, first)
    }))
})
