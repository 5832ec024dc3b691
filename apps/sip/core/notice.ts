/** What a notifier tells of a resource, to be put into a NOTIFY: RFC 6665 §4.2.2. */

import { formField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import { checkBody } from '../syntax/message.js'

export interface Notice {
  /** Octets as a latin1 string. */
  readonly body: string
  readonly contentType: string | undefined
  readonly state: 'active' | 'pending' | 'terminated'
  /** Why it is terminated, and seconds after which the watcher may come again. */
  readonly reason?: string
  readonly retryAfter?: number
}

const contentTypeHeader = standardGrammar.find('Content-Type')

/** Throws TypeError for what cannot be written. */
export function checkNotice({ body, contentType }: Notice): void {
  if (checkBody(body) !== '' && contentType === undefined) throw new TypeError('a body needs a contentType')
  if (contentType !== undefined) formField(contentTypeHeader, contentType, standardGrammar.limits)
}

/** Subscription-State: for how many seconds it goes on, or why it does not. */
export function stateText({ state, reason, retryAfter }: Notice, seconds: number): string {
  if (state !== 'terminated') return `${state};expires=${seconds}`
  const after = retryAfter === undefined ? '' : `;retry-after=${retryAfter}`
  return reason === undefined ? `terminated${after}` : `terminated;reason=${reason}${after}`
}
