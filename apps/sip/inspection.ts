/** Transactions as people look at them. */

import type { ActorRef, Kernel } from '../actor/actor.js'
import type { StateAnswer } from './transaction/transaction-user.js'
import type { TransactionsMsg } from './transaction/transactions.js'

export interface TransactionState extends StateAnswer {
  /** The slot of a worker thread. */
  readonly thread: number | 'main'
  readonly method: string
}

/** ms that an actor gets to answer. */
const PATIENCE = 2000

/** Asks the transactions of a thread by way of `layer`; those that end meanwhile are left out. */
export async function transactionStates(
  kernel: Kernel,
  thread: number | 'main',
  layer: ActorRef<Extract<TransactionsMsg, { kind: 'list' }>>,
  most: number,
): Promise<readonly TransactionState[]> {
  const listed = await kernel.ask(layer, { kind: 'list', most }, PATIENCE)
  if (listed.kind !== 'answered') return []
  const states = listed.value.map(async ref => {
    const answer = await kernel.ask(ref, { kind: 'state' }, PATIENCE)
    if (answer.kind !== 'answered') return []
    const { side, key, state } = answer.value
    return [{ thread, side, method: key.slice(key.lastIndexOf(' ') + 1), state, key }]
  })
  return (await Promise.all(states)).flat()
}
