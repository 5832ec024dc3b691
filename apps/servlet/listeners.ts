/** Who is told what happens in an application besides its messages (JSR 289 §12). */

import type { AttributeWatcher } from './attributes.js'
import type { ServletContext } from './servlet-context.js'
import type { ServletTimer } from './servlet-timer.js'
import type { SipApplicationSession } from './sip-application-session.js'
import type { SipServlet } from './sip-servlet.js'
import type { SipServletRequest } from './sip-servlet-request.js'
import type { SipServletResponse } from './sip-servlet-response.js'
import type { SipSession } from './sip-session.js'

export interface SipServletListener {
  /** After its `init`. */
  servletInitialized?(context: ServletContext, servlet: SipServlet): unknown
}

export interface SipErrorListener {
  /** Nobody has acknowledged a 2xx: the call is ended. */
  noAckReceived?(request: SipServletRequest, response: SipServletResponse): unknown
  /** Nobody has acknowledged a reliable provisional response: the call is refused. */
  noPrackReceived?(request: SipServletRequest, response: SipServletResponse): unknown
}

export interface SipSessionListener {
  sessionCreated?(session: SipSession): unknown
  sessionDestroyed?(session: SipSession): unknown
  /** It is invalidated next, unless `invalidateWhenReady` is set to false. */
  sessionReadyToInvalidate?(session: SipSession): unknown
}

export interface SipSessionAttributeListener {
  attributeAdded?(session: SipSession, name: string): unknown
  attributeRemoved?(session: SipSession, name: string): unknown
  attributeReplaced?(session: SipSession, name: string): unknown
}

/** Java tells these from those of SipSessionListener by what they are given; here they have names of their own. */
export interface SipApplicationSessionListener {
  applicationSessionCreated?(session: SipApplicationSession): unknown
  applicationSessionDestroyed?(session: SipApplicationSession): unknown
  /** It is invalidated next, unless `setExpires` gives it more time. */
  applicationSessionExpired?(session: SipApplicationSession): unknown
  applicationSessionReadyToInvalidate?(session: SipApplicationSession): unknown
}

export interface SipApplicationSessionAttributeListener {
  applicationAttributeAdded?(session: SipApplicationSession, name: string): unknown
  applicationAttributeRemoved?(session: SipApplicationSession, name: string): unknown
  applicationAttributeReplaced?(session: SipApplicationSession, name: string): unknown
}

export interface TimerListener {
  timeout?(timer: ServletTimer): unknown
}

/** What the classes named as listeners may have; each has what it wants to hear. */
export interface Listener
  extends SipServletListener,
    SipErrorListener,
    SipSessionListener,
    SipSessionAttributeListener,
    SipApplicationSessionListener,
    SipApplicationSessionAttributeListener,
    TimerListener {}

export class Listeners {
  readonly #all: readonly Listener[]
  readonly #failed: (thrown: unknown) => void

  /** What a listener throws goes to `failed`; the others are told nevertheless. */
  constructor(all: readonly Listener[], failed: (thrown: unknown) => void) {
    this.#all = all
    this.#failed = failed
  }

  /** Returns a promise when some listener takes its time. */
  tell(call: (listener: Listener) => unknown): unknown {
    let work: Promise<unknown>[] | undefined
    for (const listener of this.#all) {
      try {
        const result = call(listener)
        if (result instanceof Promise) work = [...(work ?? []), result.catch(this.#failed)]
      } catch (thrown) {
        this.#failed(thrown)
      }
    }
    return work && Promise.all(work)
  }

  watchSession(session: SipSession): AttributeWatcher | undefined {
    if (this.#all.length === 0) return undefined
    return {
      added: name => this.tell(each => each.attributeAdded?.(session, name)),
      removed: name => this.tell(each => each.attributeRemoved?.(session, name)),
      replaced: name => this.tell(each => each.attributeReplaced?.(session, name)),
    }
  }

  watchApplicationSession(session: SipApplicationSession): AttributeWatcher | undefined {
    if (this.#all.length === 0) return undefined
    return {
      added: name => this.tell(each => each.applicationAttributeAdded?.(session, name)),
      removed: name => this.tell(each => each.applicationAttributeRemoved?.(session, name)),
      replaced: name => this.tell(each => each.applicationAttributeReplaced?.(session, name)),
    }
  }
}
