/** What applications and their sessions need of the container that runs them. */

import { errorReason, showReason, type TextTable } from '../actor/actor.js'
import type { CallHandlers, Log, Request, SipStack } from '../sip/sip.js'
import type { SipServletRequest } from './sip-servlet-request.js'
import type { SipSession } from './sip-session.js'

export interface Runtime {
  readonly stack: SipStack
  readonly log: Log
  /** Those that may get requests inside a dialog, by `sessionKey`. */
  readonly sessions: TextTable<SipSession>
  /** What takes the requests of a callee. */
  readonly handlers: CallHandlers
  /** A new request as it leaves: with a way to the next application, where there is one (JSR 289 §15). */
  leaving(request: SipServletRequest): Request
  /** The roles of a user, for `isUserInRole`. */
  rolesOf(user: string): readonly string[]
}

/** What requests inside a dialog are known by. The local tag is random, and another one in each dialog. */
export function sessionKey(callId: string, localTag: string): string {
  return `${callId};${localTag}`
}

export function newId(runtime: Runtime): string {
  const { random } = runtime.stack
  return `${random.uint32().toString(36)}${random.uint32().toString(36)}${random.uint32().toString(36)}`
}

/** A mistake of an application, told to whoever runs it; the others go on. */
export function blame(runtime: Runtime, application: string, what: string, thrown: unknown): void {
  const reason = errorReason(thrown)
  const where = reason.kind === 'error' ? (reason.stack.split('\n')[1]?.trim() ?? '') : ''
  runtime.log({
    level: 'error',
    module: 'servlets',
    text: `application ${application}: ${what} threw ${showReason(reason)} ${where}`.trimEnd(),
  })
}
