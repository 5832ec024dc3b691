/** Makes what an application begins with: URIs, addresses, sessions and new requests (SipFactory, JSR 289 §4.2). */

import { type Address, createAddress, createUri, type Request, toAddress, toUri, type Uri } from '../sip/sip.js'
import { AuthInfo } from './auth-info.js'
import { outside } from './sending.js'
import type { ServletApplication } from './servlet-application.js'
import type { SipApplicationSession } from './sip-application-session.js'
import { type Routing, SipServletRequest } from './sip-servlet-request.js'

/** Made by their own means, or inside calls only. */
const neverNew: ReadonlySet<string> = new Set(['ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE'])

export class SipFactory {
  readonly #application: ServletApplication

  constructor(application: ServletApplication) {
    this.#application = application
  }

  /** Throws TypeError for what is no URI. */
  createURI(text: string): Uri {
    return toUri(text)
  }

  /** Throws TypeError for parts that no SIP URI has. */
  createSipURI(user: string | undefined, host: string): Uri {
    return createUri({ user, host })
  }

  /** From text as `"Name" <URI>`, or from its parts. Throws TypeError for what is no address. */
  createAddress(address: string | Uri, displayName?: string): Address {
    if (typeof address === 'string' && displayName === undefined) return toAddress(address)
    return createAddress({ uri: address, displayName })
  }

  createAuthInfo(): AuthInfo {
    return new AuthInfo()
  }

  createApplicationSession(): SipApplicationSession {
    return this.#application.createSession()
  }

  /** The one of that key; it is made if there is none. */
  createApplicationSessionByKey(key: string): SipApplicationSession {
    return this.#application.sessionByKey(key) ?? this.#application.createSession(key)
  }

  /**
   * A new request in a session of its own, for the address of `to` unless its Request-URI is changed; responses come to the
   * first servlet of the application unless the session gets another handler. Throws TypeError for what cannot be written.
   */
  createRequest(
    applicationSession: SipApplicationSession,
    method: string,
    from: string | Uri | Address,
    to: string | Uri | Address,
  ): SipServletRequest {
    if (neverNew.has(method)) throw new TypeError(`a ${method} begins nothing: the session or the message makes one`)
    const target = toAddress(String(to))
    const made = this.#application.runtime.stack.createRequest(method, target.uri, { from: String(from) })
    const message = made.set('To', target.with({ tag: undefined }))
    return this.newRequest(applicationSession, message)
  }

  /** In a session of its own, of that servlet. */
  newRequest(
    applicationSession: SipApplicationSession,
    message: Request,
    { handler, routing }: { readonly handler?: string; readonly routing?: Routing } = {},
  ): SipServletRequest {
    const session = applicationSession.createSession({
      handler: handler ?? this.#application.mainServlet,
      callId: message.callId,
      local: message.from,
      remote: message.to,
      seq: message.cseq.number,
      ...(routing === undefined ? {} : { routing }),
    })
    const sending = outside(this.#application.runtime)
    return new SipServletRequest(session, {
      message,
      isInitial: true,
      sending,
      ...(routing === undefined ? {} : { routing }),
    })
  }
}
