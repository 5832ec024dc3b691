/** Keeps up what an application wants at a server: bindings (§10.2), publications (RFC 3903 §4). */

import type { Kernel } from '../../actor/actor.js'
import { Kept } from './kept.js'
import { type Subject, type UpkeepArg, type UpkeepEnd, type UpkeepEvent, upkeep } from './upkeep.js'

/** What all that is kept at servers has in common. */
export type Keeper = Pick<UpkeepArg, 'cores' | 'auth' | 'random' | 'patience' | 'expires'> & { readonly kernel: Kernel }

/** Asks for it at once. */
export function keptUp({ kernel, ...keeper }: Keeper, subject: Subject): Kept<UpkeepEvent, UpkeepEnd> {
  const kept = new Kept<UpkeepEvent, UpkeepEnd>(kernel, user => kernel.spawn(upkeep, { ...keeper, ...user, subject }))
  void kept.want('create')
  return kept
}
