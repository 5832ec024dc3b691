/** An order for a dialog that is not there to do it: whoever waits for its end is told that it has one. */

import type { Outcome } from './call.js'
import type { DialogOrder } from './dialog-order.js'

export function declineOrder(order: DialogOrder, outcome: Exclude<Outcome, { kind: 'answered' | 'rejected' }>): void {
  if (order.kind === 'watch') order.ended('lost')
  else if (order.kind === 'replaceable') order.told(481)
  else if (order.kind === 'snapshot') order.told(undefined)
  else if (order.kind === 'refer') order.user.settle(outcome)
  else if (order.kind === 'change') order.change.done(outcome)
  else if (order.kind === 'watchHolds') order.told.end()
  else if ('done' in order) order.done(outcome)
}
