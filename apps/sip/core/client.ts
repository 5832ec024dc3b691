/** The user of one client transaction that is no INVITE: §8.1. */

import type { ActorRef, Behavior } from '../../actor/actor.js'
import type { Request } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import type { ClientReport } from '../transaction/transaction-user.js'
import type { Locals } from '../transport/flow.js'
import type { Outcome } from './call.js'
import type { CoreContext } from './context.js'
import { outgoing } from './outgoing.js'

export interface ClientArg {
  readonly context: CoreContext
  readonly locals: Locals | undefined
  /** Without Via. */
  readonly request: Request
  readonly nextHop: Uri
  readonly done: ((outcome: Outcome) => void) | undefined
}

export const client: Behavior<ClientReport, ClientArg> = {
  label: 'client',
  init({ context, locals, request, nextHop, done }, self) {
    const way = outgoing(request, nextHop, locals, context.random)
    if (way.kind === 'ready') {
      const user: ActorRef<ClientReport> = self.ref
      self.send(context.transactions, { kind: 'start', request: way.request, route: way.route, user })
    } else self.send(self.ref, { kind: 'transportError', reason: way.reason })
    return message => {
      const outcome = outcomeOf(message)
      if (outcome === undefined) return
      done?.(outcome)
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
