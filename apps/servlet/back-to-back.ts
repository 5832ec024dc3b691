/** For applications that stand between two parties, and are one to each of them (B2buaHelper, JSR 289 §14). */

import type { Request } from '../sip/sip.js'
import { illegalState, ServletError } from './servlet-error.js'
import type { SipServletRequest } from './sip-servlet-request.js'
import type { SipServletResponse } from './sip-servlet-response.js'
import type { SipSession } from './sip-session.js'
import { ownHeaders } from './system-header.js'

export interface LinkedRequestOptions {
  /** Links the sessions and the requests, so that each leads to the other. */
  readonly linked?: boolean
  /** The session of the other side, for a request inside it; a session of its own unless given. */
  readonly session?: SipSession
  /** By name: replace what is copied. From and To, too, in a session of its own. */
  readonly headers?: Readonly<Record<string, string>>
}

export class B2buaHelper {
  /**
   * A request to the other side: Request-URI, headers but system headers, and content of the original one. Throws ServletError
   * when that may not go any further (Max-Forwards).
   */
  createRequest(original: SipServletRequest, options: LinkedRequestOptions = {}): SipServletRequest {
    const { session, headers = {} } = options
    if (options.linked === true && original.session.linked !== undefined) illegalState('the session is linked already')
    const made = session === undefined ? begun(original) : session.createRequest(original.method)
    for (const [name, lines] of Object.entries(ownHeaders(original.message))) {
      // Who it is that asks has been proven to us, and is nothing to the next.
      if (original.remoteUser !== undefined && /^(proxy-)?authorization$/i.test(name)) continue
      made.removeHeader(name)
      for (const line of lines) made.addHeader(name, line)
    }
    for (const [name, value] of Object.entries(headers)) made.setHeader(name, value)
    const type = original.contentType
    if (type !== undefined) made.setContent(original.rawContent, type)
    if (options.linked === true || session !== undefined) {
      if (original.session.linked !== made.session) this.linkSipSessions(original.session, made.session)
      made.linked = original
      original.linked = made
    }
    return made
  }

  /** The CANCEL for the INVITE of ours in that session. Throws ServletError when there is none under way. */
  createCancel(session: SipSession): SipServletRequest {
    const invite = session.pending('UAC').find(({ method }) => method === 'INVITE')
    return invite?.createCancel() ?? illegalState('there is no INVITE under way to cancel')
  }

  /** An answer to the request that began the session. Throws ServletError when it has been answered. */
  createResponseToOriginalRequest(session: SipSession, status: number, reason?: string): SipServletResponse {
    const original = session.pending('UAS').find(({ isInitial }) => isInitial)
    return original?.createResponse(status, reason) ?? illegalState('the request that began the session is answered')
  }

  /** Throws ServletError for sessions of different application sessions, and for one that is linked already. */
  linkSipSessions(one: SipSession, other: SipSession): void {
    one.checkValid()
    other.checkValid()
    if (one.applicationSession !== other.applicationSession)
      illegalState('only sessions of one application session are linked')
    if (one.linked !== undefined || other.linked !== undefined) illegalState('a session is linked already')
    one.linked = other
    other.linked = one
  }

  unlinkSipSessions(session: SipSession): void {
    const { linked } = session
    if (linked === undefined) illegalState('the session is not linked')
    linked.linked = undefined
    session.linked = undefined
  }

  getLinkedSession(session: SipSession): SipSession | undefined {
    return session.linked
  }

  getLinkedSipServletRequest(request: SipServletRequest): SipServletRequest | undefined {
    return request.linked
  }

  /** What has no final response yet, of ours or of the other side. */
  getPendingMessages(session: SipSession, mode: 'UAC' | 'UAS'): readonly SipServletRequest[] {
    return session.pending(mode)
  }
}

/** A new request in a session of its own, which the application router takes for the continuation of the original one. */
function begun(original: SipServletRequest): SipServletRequest {
  if (!original.isInitial) illegalState('a request inside a dialog goes on in a session: say which one')
  const { applicationSession, session, routing, maxForwards } = original
  if (maxForwards === 0) throw new ServletError('TooManyHops', 'the request may not go any further (RFC 3261 §16.3)')
  const { sipFactory } = applicationSession.application.context
  const { stack } = applicationSession.application.runtime
  const { from, to } = original
  const made: Request = stack.createRequest(original.method, original.requestURI, {
    from: from.with({ tag: undefined }).toString(),
  })
  const message = made.with({ headers: { To: to.with({ tag: undefined }), 'Max-Forwards': maxForwards - 1 } })
  const request = sipFactory.newRequest(applicationSession, message, { handler: session.handler, routing })
  request.routingDirective = 'CONTINUE'
  return request
}
