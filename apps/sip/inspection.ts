/** Transactions and dialogs of one thread as people look at them. */

import type { ActorRef, AskResult, Kernel } from '../actor/actor.js'
import type { CoresMsg } from './core/cores.js'
import type { DialogAnswer, DialogHappening } from './core/dialog-state.js'
import type { StateAnswer } from './transaction/transaction-user.js'
import type { TransactionsMsg } from './transaction/transactions.js'

/** The slot of a worker thread. */
export type ThreadName = number | 'main'

export interface TransactionState extends StateAnswer {
  readonly thread: ThreadName
}

export interface DialogState extends DialogAnswer {
  readonly thread: ThreadName
}

export interface DialogEvent extends DialogHappening {
  readonly dialog: DialogState
}

/** Whom to ask on one thread; a worker thread has one for all. */
export interface Place {
  readonly thread: ThreadName
  readonly transactions: ActorRef<Extract<TransactionsMsg, { kind: 'list' }>>
  readonly cores: ActorRef<Extract<CoresMsg, { kind: 'dialogs' }>>
}

/** ms that an actor gets to answer. */
const PATIENCE = 10_000

/** Those that end meanwhile are left out. */
export async function transactionStates(
  kernel: Kernel,
  { thread, transactions }: Place,
  most: number,
): Promise<readonly TransactionState[]> {
  const listed = given(await kernel.ask(transactions, { kind: 'list', most }, PATIENCE))
  const refs = listed.flatMap(({ awake }) => awake)
  const awake = await Promise.all(refs.map(ref => kernel.ask(ref, { kind: 'state' }, PATIENCE)))
  return [...awake.flatMap(given), ...listed.flatMap(({ asleep }) => asleep)].map(state => ({ thread, ...state }))
}

/** Those that end meanwhile are left out. */
export async function dialogStates(
  kernel: Kernel,
  { thread, cores }: Place,
  most: number,
): Promise<readonly DialogState[]> {
  const refs = given(await kernel.ask(cores, { kind: 'dialogs', most }, PATIENCE)).flat()
  const states = await Promise.all(refs.map(ref => kernel.ask(ref, { kind: 'state' }, PATIENCE)))
  return states.flatMap(given).map(state => ({ thread, ...state }))
}

function given<T>(answer: AskResult<T>): readonly T[] {
  return answer.kind === 'answered' ? [answer.value] : []
}
