/** Ending without hurry: what was begun may come to its end, and what does not is ended properly. */

import type { Clock } from '../actor/actor.js'
import type { StackCensus } from './overview.js'

export interface Draining {
  readonly clock: Clock
  readonly census: () => Promise<StackCensus>
  /** `drain` refuses new work of our own; `hangUp` ends all calls. */
  readonly tell: (order: 'drain' | 'hangUp') => void
  readonly isClosed: () => boolean
}

/** ms between two looks at whether all is done. */
const STEP = 100
/** ms that the calls which are ended at the deadline get for that. */
const FAREWELL = 2000

/** Resolves with what was left at the deadline, in ms from now. */
export async function drained(stack: Draining, deadline: number): Promise<StackCensus> {
  stack.tell('drain')
  const left = await settled(stack, deadline, isBusy)
  if (!isBusy(left) || stack.isClosed()) return left
  stack.tell('hangUp')
  await settled(stack, FAREWELL, isLeaving)
  return left
}

async function settled(
  { clock, census, isClosed }: Draining,
  patience: number,
  isGoing: (census: StackCensus) => boolean,
): Promise<StackCensus> {
  const until = clock.now() + patience
  let left = await census()
  while (isGoing(left) && clock.now() < until && !isClosed()) {
    await new Promise<void>(fire => clock.start(Math.min(STEP, until - clock.now()), { fire }))
    left = await census()
  }
  return left
}

function isBusy({ transactions, servers, clients, calls, dialogs }: StackCensus): boolean {
  return transactions + servers + clients + calls + dialogs > 0
}

/** A call that was answered is known for 64*T1, for repetitions of its 2xx: that is not worth waiting for. */
function isLeaving({ transactions, clients, dialogs }: StackCensus): boolean {
  return transactions + clients + dialogs > 0
}
