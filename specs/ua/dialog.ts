/** What a dialog is made of, and the requests inside it: §12. */

import { equal, notEqual, throws } from 'node:assert/strict'
import {
  again,
  either,
  maybe,
  type RawPeer,
  request,
  response,
  type Scenario,
  type Stage,
  scenario,
} from '../../apps/scenario/scenario.js'
import type { ActiveDialog, Request, Response } from '../../apps/sip/sip.js'
import { callee } from '../callees.js'
import { dialogOf, hungUp, hungUpBy, placed } from '../callers.js'

interface Answered {
  readonly bob: RawPeer
  readonly invite: Request
  readonly ok: Response
  readonly ack: Request
  readonly dialog: ActiveDialog
}

/** alice, who has a stack, calls bob; he answers at `target`, and has these headers in his 200. */
async function answered(stage: Stage, headers: (bob: RawPeer) => Record<string, string | string[]>): Promise<Answered> {
  const { bob, call, invite } = await placed(stage)
  const ok = bob.send(200, { headers: { Contact: `<${bob.uri('target')}>`, ...headers(bob) } })
  const [ack] = await bob.expect('ACK')
  const dialog = await dialogOf(call)
  return { bob, invite, ok, ack, dialog }
}

const scenarios: readonly Scenario[] = [
  scenario(
    'DLG-04 DLG-06 §12.1.2 §12.2.1.1 the caller takes target and reversed route set from the 2xx, and has both tags in its requests [3261-12.1-1] [3261-12.1.2-4] [3261-12.1.2-6] [3261-12.1.2-7] [3261-12.1.2-9] [3261-12.1.2-10] [3261-12.1.2-12] [3261-12.2.1.1-1] [3261-12.2.1.1-2] [3261-12.2.1.1-3] [3261-12.2.1.1-4] [3261-12.2.1.1-6] [3261-12.2.1.1-7] [3261-12.2.1.1-8] [3261-12.2.1.1-12]',
    async stage => {
      const call = await answered(stage, bob => ({
        'Record-Route': [`<${bob.uri('p2')};lr;x=1>`, `<${bob.uri('p1')};lr>`],
      }))
      const { bob, invite, ok, ack } = call
      const inside = {
        From: invite.raw('From')[0] ?? '',
        To: ok.raw('To')[0] ?? '',
        'Call-ID': invite.callId,
        Route: `<${bob.uri('p1')};lr>, <${bob.uri('p2')};lr;x=1>`,
      }
      equal(String(ack.uri), bob.uri('target'))
      equal(ack.raw('Route').join(', '), inside.Route)
      await hungUp(call.bob, call.dialog, {
        uri: bob.uri('target'),
        headers: { ...inside, CSeq: `${invite.cseq.number + 1} BYE` },
      })
    },
  ),

  scenario(
    '§12.1.2 §12.2.1.1 without Record-Route there is no Route [3261-12.1.2-5] [3261-12.2.1.1-10] [3261-12.2.1.1-11]',
    async stage => {
      const call = await answered(stage, () => ({}))
      equal(call.ack.has('Route'), false)
      await hungUp(call.bob, call.dialog, { uri: call.bob.uri('target'), headers: { Route: false } })
    },
  ),

  scenario(
    'DLG-05 §12.2.1.1 the way through a strict router: it is in the Request-URI, the target is last in Route [3261-12.2.1.1-13] [3261-12.2.1.1-14] [3261-12.2.1.1-15]',
    async stage => {
      const call = await answered(stage, bob => ({
        'Record-Route': [`<${bob.uri('p2')};lr>`, `<${bob.uri('strict')}>`],
      }))
      const { bob } = call
      const Route = `<${bob.uri('p2')};lr>, <${bob.uri('target')}>`
      await hungUp(call.bob, call.dialog, { uri: bob.uri('strict'), headers: { Route } })
    },
  ),

  scenario(
    'DLG-14 §12.1.2 §12.2.1.1 an answer without a To tag makes a dialog, too; its requests have none [3261-12.1.2-11] [3261-12.2.1.1-5]',
    async stage => {
      const call = await answered(stage, bob => ({ To: `<${bob.uri()}>` }))
      await hungUp(call.bob, call.dialog, { headers: { To: `<${call.bob.uri()}>` } })
    },
  ),

  scenario(
    'DLG-01 §12.1.1 the callee copies Record-Route, in order and with all parameters, and has a Contact; both in the same dialog [3261-12.1.1-1] [3261-12.1.1-2] [3261-12.1.1-3] [3261-12.1.1-12] [3261-13.3.1.1-1]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 300, final: 200 })] })
      const alice = await stage.raw('alice')
      const routes = [`<${alice.uri('p2')};lr;odd=1>;other=2`, `<${alice.uri('p1')};lr>`]
      const invite = alice.send('INVITE', { to: bob, headers: { 'Record-Route': routes } })
      const headers = {
        'Record-Route': routes.join(', '),
        Contact: /^<sip:[^>]+>/,
        'Call-ID': invite.callId,
        From: invite.raw('From')[0] ?? '',
      }
      const [ringing] = await alice.expect(response(180, { headers }))
      const [ok] = await alice.expect(response(200, { headers }))
      equal(ok.to.tag, ringing.to.tag)
      alice.send('ACK')
      await hungUpBy(alice)
    },
  ),

  ...[true, false].map(hasRoutes =>
    scenario(
      hasRoutes
        ? 'DLG-03 §12.1.1 §12.2.1.1 the callee takes target and route set from the INVITE, in order, and has both tags in its requests [3261-12.1.1-7] [3261-12.1.1-9] [3261-12.1.1-13] [3261-12.1.1-15]'
        : '§12.1.1 without Record-Route the callee has no route set [3261-12.1.1-8]',
      async stage => {
        const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
        const alice = await stage.raw('alice')
        const routes = [`<${alice.uri('p2')};lr;odd=1>`, `<${alice.uri('p1')};lr>`]
        const headers = { Contact: `<${alice.uri('target')}>`, ...(hasRoutes ? { 'Record-Route': routes } : {}) }
        const invite = alice.send('INVITE', { to: bob, headers })
        const [ok] = await alice.expect(200)
        // Its own BYE, because no ACK comes (§13.3.1.4).
        const inside = {
          From: ok.raw('To')[0] ?? '',
          To: invite.raw('From')[0] ?? '',
          'Call-ID': invite.callId,
          Route: hasRoutes ? routes.join(', ') : false,
        }
        await alice.within(33_000).expect(request('BYE', { uri: alice.uri('target'), headers: inside }))
        alice.send(200)
      },
      { mode: 'virtual' },
    ),
  ),

  scenario(
    '§12.1.2 §12.2.2 the first request of the callee sets the number that the next ones may not be below [3261-12.1.2-8] [3261-12.2.2-2] [3261-12.2.2-5]',
    async stage => {
      const { bob, dialog } = await answered(stage, () => ({}))
      bob.send('INFO', { headers: { CSeq: '10 INFO' } })
      await bob.expect(either(response(200, { of: 'INFO' }), response(405, { of: 'INFO' })))
      bob.send('INFO', { headers: { CSeq: '9 INFO' } })
      await bob.expect(response(500, { of: 'INFO' }))
      bob.send('BYE', { headers: { CSeq: '11 BYE' } })
      await bob.expect(response(200, { of: 'BYE' }))
      equal(await dialog.ended, 'remote')
    },
  ),

  ...[481, 408, undefined].map(status =>
    scenario(
      `DLG-10 §12.2.1.2 a request inside the dialog that gets ${status ?? 'nothing'} ends it [3261-12.2.1.2-${status === undefined ? 3 : 2}]`,
      async stage => {
        const { bob, dialog } = await answered(stage, () => ({}))
        const asked = dialog.request('INFO')
        await bob.expect('INFO')
        if (status !== undefined) bob.send(status)
        equal((await asked).kind, status === undefined ? 'timeout' : 'rejected')
        await bob.expect(maybe('BYE'))
        notEqual(await dialog.ended, 'remote')
      },
      { mode: 'virtual' },
    ),
  ),

  scenario(
    'DLG-08 §12.2.2 a lower CSeq gets 500, a gap is no error [3261-12.1.1-10] [3261-12.2.2-3] [3261-12.2.2-4]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, headers: { CSeq: '5 INVITE' } })
      await alice.expect(200)
      alice.send('ACK', { headers: { CSeq: '5 ACK' } })
      alice.send('BYE', { headers: { CSeq: '4 BYE' } })
      await alice.expect(response(500, { of: 'BYE' }))
      alice.send('BYE', { headers: { CSeq: '70 BYE' } })
      await alice.expect(response(200, { of: 'BYE' }))
    },
  ),

  scenario(
    'DLG-14 UAS-16 §12.1.1 a caller of RFC 2543 without a From tag can be talked with [3261-12.1.1-14]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ final: 200 })] })
      const alice = await stage.raw('alice')
      const From = `<${alice.uri()}>`
      alice.send('INVITE', { to: bob, headers: { From } })
      await alice.expect(response(200, { headers: { From } }))
      alice.send('ACK', { headers: { From } })
      await alice.silence(2000)
      alice.send('BYE', { headers: { From } })
      await alice.expect(response(200, { of: 'BYE' }))
    },
  ),

  scenario(
    'INV-22 §15.1.2 a BYE of an early dialog: 200, and the call that was ringing gets 487 [3261-15.1.2-2] [3261-15.1.2-5] [3261-15.1.2-6]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [callee({ first: 180, after: 2000, final: 200 })] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      const bye = alice.send('BYE')
      const [, refused] = await alice.expect(response(200, { of: 'BYE' }), response(487, { of: 'INVITE' }))
      alice.send('ACK', { headers: { CSeq: `${bye.cseq.number - 1} ACK`, To: refused.raw('To') } })
      await alice.silence(3000)
    },
  ),

  scenario(
    'INV-21 DLG-07 §15 no BYE goes out without a dialog, and none that comes without one ends anything [3261-15-2]',
    async stage => {
      const { alice, bob, call, invite } = await placed(stage)
      throws(() => void alice.stack.request('BYE', bob.uri()), TypeError)
      bob.send('BYE', { to: alice })
      await bob.expect(response(481, { of: 'BYE' }))
      bob.send(200, { for: invite })
      await bob.expect('ACK')
      equal((await call.outcome).kind, 'answered')
      await hungUpBy(bob)
    },
  ),

  scenario('§13.2.2.3 what comes after a final response changes nothing [3261-13.2.2.3-1]', async stage => {
    const { bob, call, invite } = await placed(stage)
    bob.send(486)
    await bob.expect('ACK')
    bob.send(404, { for: invite })
    if (stage.transport === 'udp') await bob.expect(again('ACK'))
    const outcome = await call.outcome
    equal(outcome.kind === 'rejected' && outcome.response.status, 486)
  }),
]

export default scenarios
