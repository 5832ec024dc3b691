/** How the calls of the scenarios and of the tests begin and end. */

import { equal } from 'node:assert/strict'
import { type RawPeer, request, response, type StackPeer, type Stage } from '../apps/scenario/scenario.js'
import type { ActiveDialog, Call, InviteOptions, Request } from '../apps/sip/sip.js'

export interface Placed {
  readonly alice: StackPeer
  readonly bob: RawPeer
  readonly call: Call
  /** As it has come to bob. */
  readonly invite: Request
  /** ms since the scenario began. */
  readonly began: number
}

/** alice, who has a stack, calls bob; the INVITE has come. `timers` in ms. */
export async function placed(
  stage: Stage,
  options: InviteOptions = {},
  timers?: { readonly T1?: number; readonly T2?: number; readonly T4?: number },
): Promise<Placed> {
  const bob = await stage.raw('bob')
  const alice = await stage.stack('alice', timers === undefined ? {} : { timers })
  const began = stage.now
  const call = alice.stack.invite(bob.uri(), options)
  const [invite] = await bob.expect('INVITE')
  return { alice, bob, call, invite, began }
}

/** How a call ended, in one word. */
export async function ended(call: Call): Promise<string> {
  return (await call.outcome).kind
}

/** The dialog of a call that has to be answered. */
export async function dialogOf(call: Pick<Call, 'outcome'> | undefined): Promise<ActiveDialog> {
  const outcome = await call?.outcome
  if (outcome?.kind !== 'answered') throw new Error(`the call ended as ${outcome?.kind}`)
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
  equal((await over).kind, 'answered')
}

/** The peer ends the only call that it has. */
export async function hungUpBy(peer: RawPeer): Promise<void> {
  peer.send('BYE')
  await peer.expect(response(200, { of: 'BYE' }))
}

/** The peer is told to give that INVITE up, and does; returns the CANCEL. */
export async function cancelled(peer: RawPeer, invite: Request): Promise<Request> {
  const [cancel] = await peer.expect('CANCEL')
  peer.send(200, { for: cancel })
  peer.send(487, { for: invite })
  await peer.expect('ACK')
  return cancel
}
