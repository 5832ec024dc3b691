/** Calls that stand: alice, who has a stack, has called bob. */

import type { RawPeer, StackPeer, Stage } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, InviteOptions } from '../../../apps/sip/sip.js'

interface Established {
  readonly alice: StackPeer
  readonly bob: RawPeer
  readonly dialog: ActiveDialog
  /** The CSeq number of the INVITE. */
  readonly seq: number
}

export async function established(stage: Stage, options: InviteOptions = {}): Promise<Established> {
  const bob = await stage.raw('bob')
  const alice = await stage.stack('alice')
  const call = alice.stack.invite(bob.uri(), options)
  const [invite] = await bob.expect('INVITE')
  bob.send(200)
  await bob.expect('ACK')
  const outcome = await call.outcome
  if (outcome.kind !== 'answered') throw new Error(outcome.kind)
  return { alice, bob, dialog: outcome.dialog, seq: invite.cseq.number }
}

/** Ends it from alice's side. */
export async function hungUp({ bob, dialog }: { bob: RawPeer; dialog: ActiveDialog }): Promise<void> {
  const over = dialog.bye()
  const [bye] = await bob.expect('BYE')
  bob.send(200, { for: bye })
  await over
}
