/** Calls and requests that these scenarios begin with. */

import type { RawPeer, StackPeer, Stage } from '../apps/scenario/scenario.js'
import type { Call, Request } from '../apps/sip/sip.js'

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
  timers?: { readonly T1?: number; readonly T2?: number; readonly T4?: number },
): Promise<Placed> {
  const bob = await stage.raw('bob')
  const alice = await stage.stack('alice', timers === undefined ? {} : { timers })
  const began = stage.now
  const call = alice.stack.invite(bob.uri())
  const [invite] = await bob.expect('INVITE')
  return { alice, bob, call, invite, began }
}

/** How a call ended, in one word. */
export async function ended(call: Call): Promise<string> {
  return (await call.outcome).kind
}
