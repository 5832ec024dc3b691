/** Changes that cross: the flows of RFC 5407 with re-INVITE and UPDATE from both sides. */

import { deepEqual, equal } from 'node:assert/strict'
import { type Scenario, type Stage, scenario } from '../../apps/scenario/scenario.js'
import type { ActiveDialog, CallHandlers, Incoming } from '../../apps/sip/sip.js'
import { dialogOf } from '../callers.js'

const sdp = 'v=0\r\ns=other\r\n'
const accept = (incoming: Incoming): void => void incoming.reply(200, { body: incoming.request.body })
const handlers: CallHandlers = { reINVITE: accept, UPDATE: accept }

/** A call of alice to bob, at both ends a stack, as both see it. */
async function established(stage: Stage): Promise<{ alice: ActiveDialog; bob: ActiveDialog }> {
  let theirs: ActiveDialog | undefined
  const note = (ack: Incoming): void => {
    theirs ??= ack.dialog
  }
  const core = { ...handlers, name: 'bob', match: () => true, INVITE: accept, ACK: note }
  const bob = await stage.stack('bob', { cores: [core] })
  const alice = await stage.stack('alice')
  const dialog = await dialogOf(alice.stack.invite(bob.uri(), { body: sdp, handlers }))
  await stage.pause(1000)
  if (theirs === undefined) throw new Error('no ACK came')
  return { alice: dialog, bob: theirs }
}

async function over({ alice, bob }: Awaited<ReturnType<typeof established>>): Promise<void> {
  equal((await bob.bye()).kind, 'answered')
  deepEqual([await alice.ended, await bob.ended], ['remote', 'local'])
}

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-36 RFC 5407 §3.3.1 re-INVITE crosses re-INVITE: both get 491 and come again, the one after the other [3261-14.1-6] [3261-14.2-2]',
    async stage => {
      const call = await established(stage)
      const began = stage.now
      const outcomes = await Promise.all([call.alice.reinvite({ body: sdp }), call.bob.reinvite({ body: sdp })])
      deepEqual(
        outcomes.map(({ kind }) => kind),
        ['answered', 'answered'],
      )
      equal(stage.now - began >= 2100, true)
      await over(call)
    },
  ),

  scenario(
    'FLW-36 RFC 5407 §3.3.2 UPDATE crosses re-INVITE: both get 491 and come again [3261-14.1-6] [3311-5.2-2] [3311-5.3-2]',
    async stage => {
      const call = await established(stage)
      const began = stage.now
      const outcomes = await Promise.all([call.alice.reinvite({ body: sdp }), call.bob.update({ body: sdp })])
      deepEqual(
        outcomes.map(({ kind }) => kind),
        ['answered', 'answered'],
      )
      equal(stage.now - began >= 2100, true)
      await over(call)
    },
  ),

  scenario('FLW-36 RFC 5407 §3.2.2 BYE crosses re-INVITE: the call is over for both', async stage => {
    const { alice, bob } = await established(stage)
    const [bye, change] = await Promise.all([alice.bye(), bob.reinvite({ body: sdp })])
    equal(bye.kind, 'answered')
    equal(change.kind === 'answered', false)
    deepEqual([await alice.ended, await bob.ended], ['local', 'remote'])
  }),
]

export default scenarios
