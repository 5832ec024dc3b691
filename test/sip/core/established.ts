/** Calls that stand: alice, who has a stack, has called bob. */

import type { RawPeer, StackPeer, Stage } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, InviteOptions } from '../../../apps/sip/sip.js'
import { dialogOf, placed } from '../../../specs/callers.js'

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
