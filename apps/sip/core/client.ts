/** The user of one client transaction that is no INVITE: §8.1. */

import type { Behavior } from '../../actor/actor.js'
import type { ClientReport } from '../transaction/transaction-user.js'
import { Attempts, type AttemptsMsg, type AttemptsOrder, type Exit } from './attempts.js'
import { cutShort, type Outcome } from './call.js'

/** A request to send, no INVITE. */
export interface ClientOrder {
  readonly attempt: AttemptsOrder
  /** Told once. */
  readonly done?: ((outcome: Outcome) => void) | undefined
  /** Of one that may have to wait for its turn: whether the call that it is in has ended meanwhile. */
  readonly isOver?: (() => boolean) | undefined
}

export interface ClientArg {
  readonly order: ClientOrder
  readonly exit: Exit
}

export const client: Behavior<AttemptsMsg, ClientArg> = {
  label: 'client',
  init({ order, exit }, self) {
    let { done } = order
    self.defer(reason => done?.(cutShort(reason)))
    const attempts = new Attempts(order.attempt, exit, self)
    attempts.begin()
    return message => {
      if (message.kind === 'located') return attempts.located(message.result)
      if (message.kind === 'authorised') return attempts.authorised(message.challenge, message.isAnswerable)
      if (message.kind === 'resumed') return attempts.resumed(message.another)
      if (attempts.isRetried(message)) return
      const outcome = outcomeOf(message)
      if (outcome === undefined) return
      const told = done
      done = undefined
      told?.(outcome)
      self.stop()
    }
  },
}

/** Undefined for a provisional response. */
export function outcomeOf(report: ClientReport): Outcome | undefined {
  if (report.kind !== 'response') return report
  const { response } = report
  if (response.isProvisional) return undefined
  return { kind: response.isSuccess ? 'answered' : 'rejected', response }
}
