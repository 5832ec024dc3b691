/** Calls that ring or stand: alice, who has a stack, has called bob. */

import { expect } from 'chai'
import { type RawPeer, request, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, Call, InviteOptions, Request } from '../../../apps/sip/sip.js'

interface Placed {
  readonly alice: StackPeer
  readonly bob: RawPeer
  readonly call: Call
  /** As it has come to bob. */
  readonly invite: Request
}

/** alice calls bob; her INVITE has come. */
export async function placed(stage: Stage, options: InviteOptions = {}): Promise<Placed> {
  const bob = await stage.raw('bob')
  const alice = await stage.stack('alice')
  const call = alice.stack.invite(bob.uri(), options)
  const [invite] = await bob.expect('INVITE')
  return { alice, bob, call, invite }
}

interface Established {
  readonly alice: StackPeer
  readonly bob: RawPeer
  readonly dialog: ActiveDialog
  /** The CSeq number of the INVITE. */
  readonly seq: number
}

export async function established(stage: Stage, options: InviteOptions = {}): Promise<Established> {
  const { alice, bob, call, invite } = await placed(stage, options)
  bob.send(200)
  await bob.expect('ACK')
  return { alice, bob, dialog: await dialogOf(call), seq: invite.cseq.number }
}

/** The dialog of a call that has to be answered. */
export async function dialogOf(call: Call): Promise<ActiveDialog> {
  const outcome = await call.outcome
  if (outcome.kind !== 'answered') throw new Error(`the call ended as ${outcome.kind}`)
  return outcome.dialog
}

/** Ends it from our side, with a BYE to the peer that has what `pattern` says. */
export async function hungUp(
  peer: RawPeer,
  dialog: ActiveDialog,
  pattern: Parameters<typeof request>[1] = {},
): Promise<void> {
  const over = dialog.bye()
  const [bye] = await peer.expect(request('BYE', pattern))
  peer.send(200, { for: bye })
  expect((await over).kind).to.equal('answered')
}

/** The peer ends the only call that it has. */
export async function hungUpBy(peer: RawPeer): Promise<void> {
  peer.send('BYE')
  await peer.expect(response(200, { of: 'BYE' }))
}
