/** The callees of these scenarios. */

import type { Core } from '../apps/sip/sip.js'

export interface Manner {
  /** A provisional status sent at once. */
  readonly first?: number
  /** ms until the final one. */
  readonly after?: number
  /** The final status; never unless given. */
  readonly final?: number
}

/** Answers every call and every OPTIONS in this manner; `calls` counts them. */
export function callee({ first, after = 0, final }: Manner): Core & { readonly calls: number } {
  let calls = 0
  const answer: NonNullable<Core['INVITE']> = incoming => {
    calls++
    if (first !== undefined) incoming.reply(first)
    if (final === undefined) return
    if (after === 0) incoming.reply(final)
    else incoming.after(after, () => incoming.reply(final))
  }
  return {
    name: 'callee',
    match: () => true,
    INVITE: answer,
    OPTIONS: answer,
    get calls() {
      return calls
    },
  }
}
