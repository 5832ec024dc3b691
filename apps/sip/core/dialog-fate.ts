/** What the end of a request does to its dialog: RFC 5057 §5.1, which makes §12.2.1.2 precise. */

import type { Outcome } from './call.js'

/** What has ended: nothing but the transaction, the usage that the request was of, or the dialog with all its usages. */
export type Fate = 'none' | 'usage' | 'dialog'

/** The peer, or the way to it, is no more. */
const dialogEnding = [404, 410, 416, 482, 483, 484, 485, 502, 604]
const usageEnding = [408, 480, 481]
/** Refusals of a method or an event package: they matter to a usage that cannot be without it. */
const methodEnding = [405, 489, 501]

/** `isEssential`: the usage cannot be without requests of this kind, as a session without INVITE. */
export function fateOf(outcome: Outcome, isEssential: boolean): Fate {
  // §12.2.1.2, §8.1.3.1: silence is taken for a 408, a failure of the transport for a 503.
  if (outcome.kind === 'timeout') return 'usage'
  if (outcome.kind !== 'rejected') return 'none'
  const { status } = outcome.response
  if (dialogEnding.includes(status)) return 'dialog'
  if (usageEnding.includes(status) || (isEssential && methodEnding.includes(status))) return 'usage'
  return 'none'
}
