/** Offers that cross: RFC 5407 §3.1.4, §3.1.5, §3.2.3, and the crossings of RFC 6337 §4. */

import { equal } from 'node:assert/strict'
import { maybe, type RawPeer, response, type Scenario, type Stage, scenario } from '../../apps/scenario/scenario.js'
import type { ActiveDialog, Core, Incoming } from '../../apps/sip/sip.js'
import { dialogOf, hungUpBy } from '../callers.js'
import { audio, typed } from '../descriptions.js'

const accept = (incoming: Incoming): void => void incoming.reply(200, { body: audio('bob', 2) })

/** alice, who is not ours, calls bob, who is; it is up to her to acknowledge. */
async function answered(stage: Stage, offer: string, more: Partial<Core> = {}): Promise<RawPeer> {
  const core: Core = {
    name: 'bob',
    match: () => true,
    INVITE: invite => void invite.reply(200, { body: audio('bob', 1) }),
    reINVITE: accept,
    UPDATE: accept,
    ...more,
  }
  const bob = await stage.stack('bob', { cores: [core] })
  const alice = await stage.raw('alice')
  alice.send('INVITE', { to: bob, ...(offer === '' ? {} : { headers: typed, body: offer }) })
  await alice.expect(response(200, { of: 'INVITE' }))
  return alice
}

async function over(alice: RawPeer): Promise<void> {
  await hungUpBy(alice)
}

/** alice, who is ours, has called bob, who is not. */
async function placed(stage: Stage): Promise<{ readonly bob: RawPeer; readonly dialog: ActiveDialog }> {
  const bob = await stage.raw('bob')
  const alice = await stage.stack('alice')
  const call = alice.stack.invite(bob.uri(), {
    body: audio('alice', 1),
    handlers: { reINVITE: accept, UPDATE: accept },
  })
  await bob.expect('INVITE')
  bob.send(200, { headers: typed, body: audio('bob', 1) })
  await bob.expect('ACK')
  const dialog = await dialogOf(call)
  return { bob, dialog }
}

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-35 RFC 5407 §3.1.4 a re-INVITE comes before the ACK of a call that was answered: it is served, and neither 200 comes again',
    async stage => {
      const alice = await answered(stage, audio('alice', 1))
      const late = alice.compose('ACK')
      const again = { headers: typed, body: audio('alice', 2) }
      alice.send('INVITE', again)
      const [ok] = await alice.expect(response(200, { of: 'INVITE' }))
      alice.send('ACK')
      alice.write(late)
      await alice.silence(5000)
      equal(ok.body, audio('bob', 2))
      await over(alice)
    },
    { mode: 'virtual' },
  ),

  ...(['INVITE', 'UPDATE'] as const).map(method =>
    scenario(
      `FLW-35 INV-23 RFC 5407 §3.1.5 ${method} with an offer comes before the ACK that has the answer to ours: 491, and after it 200 [3264-4-2]`,
      async stage => {
        const alice = await answered(stage, '')
        const late = alice.compose('ACK', { headers: typed, body: audio('alice', 1) })
        const offer = { headers: typed, body: audio('alice', 2) }
        alice.send(method, offer)
        await alice.expect(response(491, { of: method }))
        if (method === 'INVITE') alice.send('ACK')
        alice.write(late)
        await stage.pause(100)
        alice.send(method, offer)
        await alice.expect(response(200, { of: method }))
        if (method === 'INVITE') alice.send('ACK')
        await over(alice)
      },
      { mode: 'virtual' },
    ),
  ),

  ...(['before', 'after'] as const).map(order =>
    scenario(
      `FLW-36 RFC 5407 §3.2.3 our BYE overtakes a re-INVITE of ours, its 200 comes ${order} that of the BYE: it is acknowledged`,
      async stage => {
        const { bob, dialog } = await placed(stage)
        const changed = dialog.hold()
        const [invite] = await bob.expect('INVITE')
        const ended = dialog.bye()
        const [bye] = await bob.expect('BYE')
        const ok = { for: invite, headers: typed, body: audio('bob', 2, 'recvonly') }
        if (order === 'before') bob.send(200, ok)
        bob.send(200, { for: bye })
        if (order === 'after') bob.send(200, ok)
        await bob.expect('ACK')
        equal((await ended).kind, 'answered')
        equal((await changed).kind, 'transportError')
        equal(await dialog.ended, 'local')
      },
    ),
  ),

  ...(['INVITE', 'UPDATE'] as const).flatMap(ours =>
    (['INVITE', 'UPDATE'] as const).map(theirs =>
      scenario(
        `INV-15 INV-23 EXT-04 RFC 6337 §4.2 ${theirs} crosses our ${ours}: 491 whoever was first, and the peer is served when ours is over [3261-14.2-2] [3311-5.2-2]`,
        async stage => {
          const { bob, dialog } = await placed(stage)
          const offer = { headers: typed, body: audio('bob', 2) }
          const changed = ours === 'INVITE' ? dialog.hold() : dialog.update({ body: audio('alice', 2) })
          const [request] = await bob.expect(ours)
          bob.send(theirs, offer)
          await bob.expect(response(491, { of: theirs }))
          if (theirs === 'INVITE') bob.send('ACK')
          bob.send(200, { for: request, headers: typed, body: audio('bob', 2) })
          if (ours === 'INVITE') await bob.expect('ACK')
          equal((await changed).kind, 'answered')
          bob.send(theirs, offer)
          await bob.expect(response(200, { of: theirs }))
          if (theirs === 'INVITE') bob.send('ACK')
          await over(bob)
        },
      ),
    ),
  ),

  ...(['INVITE', 'UPDATE'] as const).flatMap(first =>
    (['INVITE', 'UPDATE'] as const).map(second =>
      scenario(
        `INV-14 INV-23 EXT-04 RFC 6337 §4.1 ${second} of the peer overtakes the answer to its ${first}: 500 with Retry-After, and what is ours waits [3261-14.2-1] [3311-5.2-1] [3311-5.2-3] [3264-4-1]`,
        async stage => {
          const later = (incoming: Incoming): void =>
            incoming.after(1000, () => void incoming.reply(200, { body: audio('bob', 2) }))
          let dialog: ActiveDialog | undefined
          const ACK = (ack: Incoming): void => {
            dialog ??= ack.dialog
          }
          const alice = await answered(stage, audio('alice', 1), { reINVITE: later, UPDATE: later, ACK })
          alice.send('ACK')
          await stage.pause(100)
          const offer = { headers: typed, body: audio('alice', 2) }
          const pending = alice.send(first, offer)
          await stage.pause(100)
          const held = dialog?.hold()
          alice.send(second, offer)
          const [refusal] = await alice.expect(response(500, { of: second, headers: { 'Retry-After': true } }))
          equal((refusal.get('Retry-After')?.seconds ?? 11) <= 10, true)
          if (second === 'INVITE') alice.send('ACK')
          await alice.expect(
            maybe(100),
            response(200, { of: first, headers: { CSeq: `${pending.cseq.number} ${first}` } }),
          )
          if (first === 'INVITE') alice.send('ACK', { headers: { CSeq: `${pending.cseq.number} ACK` } })
          const [hold] = await alice.expect('INVITE')
          equal(hold.body, audio('bob', 3, 'sendonly'))
          alice.send(200, { for: hold, headers: typed, body: audio('alice', 3, 'recvonly') })
          await alice.expect('ACK')
          equal((await held)?.kind, 'answered')
          await over(alice)
        },
      ),
    ),
  ),
]

export default scenarios
