/** The class that servlets extend: a method for each kind of message, with the defaults of JSR 289 (SipServlet). */

import type { HttpReply, HttpRequest } from './http-exchange.js'
import type { ServletContext } from './servlet-context.js'
import { illegalState } from './servlet-error.js'
import type { SipServletRequest } from './sip-servlet-request.js'
import type { SipServletResponse } from './sip-servlet-response.js'

/** What a servlet is started with. */
export interface ServletConfig {
  readonly servletName: string
  readonly servletContext: ServletContext
  readonly initParams: Readonly<Record<string, string>>
}

/**
 * Overridden methods may be asynchronous: the next message of the same application session waits for their promise. One
 * that throws costs its request, which gets 500, and nobody else.
 */
export class SipServlet {
  #config: ServletConfig | undefined

  /** By the container, before `init`. */
  configure(config: ServletConfig): void {
    this.#config = config
  }

  /** Throws ServletError in a constructor: there is none before `init`. */
  get servletConfig(): ServletConfig {
    return this.#config ?? illegalState('a servlet has its configuration from init() on, not in its constructor')
  }

  get servletName(): string {
    return this.servletConfig.servletName
  }

  get servletContext(): ServletContext {
    return this.servletConfig.servletContext
  }

  getInitParameter(name: string): string | undefined {
    const { initParams } = this.servletConfig
    return Object.hasOwn(initParams, name) ? initParams[name] : undefined
  }

  log(text: string): void {
    this.servletContext.log(`${this.servletName}: ${text}`)
  }

  /** Before the first message. When it throws or rejects, the servlet is not there. */
  init(): unknown {
    return undefined
  }

  /** After the last message. */
  destroy(): unknown {
    return undefined
  }

  /** Answers HTTP requests for `/APPLICATION/…`; the first servlet of an application that has it does. */
  doHttp?(request: HttpRequest): HttpReply | Promise<HttpReply>

  /** Every message comes here first. */
  service(message: SipServletRequest | SipServletResponse): unknown {
    return message.kind === 'request' ? this.doRequest(message) : this.doResponse(message)
  }

  doRequest(request: SipServletRequest): unknown {
    switch (request.method) {
      case 'INVITE':
        return this.doInvite(request)
      case 'ACK':
        return this.doAck(request)
      case 'BYE':
        return this.doBye(request)
      case 'CANCEL':
        return this.doCancel(request)
      case 'OPTIONS':
        return this.doOptions(request)
      case 'REGISTER':
        return this.doRegister(request)
      case 'MESSAGE':
        return this.doMessage(request)
      case 'INFO':
        return this.doInfo(request)
      case 'PRACK':
        return this.doPrack(request)
      case 'UPDATE':
        return this.doUpdate(request)
      case 'SUBSCRIBE':
        return this.doSubscribe(request)
      case 'NOTIFY':
        return this.doNotify(request)
      case 'REFER':
        return this.doRefer(request)
      case 'PUBLISH':
        return this.doPublish(request)
      default:
        return notHandled(request)
    }
  }

  doResponse(response: SipServletResponse): unknown {
    const { status } = response
    if (status < 200) return this.doProvisionalResponse(response)
    if (status < 300) return this.doSuccessResponse(response)
    return status < 400 ? this.doRedirectResponse(response) : this.doErrorResponse(response)
  }

  doInvite(request: SipServletRequest): unknown {
    return notHandled(request)
  }

  doAck(_request: SipServletRequest): unknown {
    return undefined
  }

  /** The stack has answered it with 200 already. */
  doBye(request: SipServletRequest): unknown {
    return notHandled(request)
  }

  /** The INVITE has been answered with 487, and the CANCEL with 200. */
  doCancel(_request: SipServletRequest): unknown {
    return undefined
  }

  doOptions(request: SipServletRequest): unknown {
    return notHandled(request)
  }

  doRegister(request: SipServletRequest): unknown {
    return notHandled(request)
  }

  doMessage(request: SipServletRequest): unknown {
    return notImplemented(request)
  }

  doInfo(request: SipServletRequest): unknown {
    return notHandled(request)
  }

  doPrack(request: SipServletRequest): unknown {
    return notHandled(request)
  }

  doUpdate(_request: SipServletRequest): unknown {
    return undefined
  }

  doSubscribe(request: SipServletRequest): unknown {
    return notImplemented(request)
  }

  doNotify(request: SipServletRequest): unknown {
    return notImplemented(request)
  }

  doRefer(request: SipServletRequest): unknown {
    return notHandled(request)
  }

  doPublish(request: SipServletRequest): unknown {
    return notImplemented(request)
  }

  /** 101 to 199: what the stack alone needs to know of, as 100, does not come. */
  doProvisionalResponse(_response: SipServletResponse): unknown {
    return undefined
  }

  doSuccessResponse(_response: SipServletResponse): unknown {
    return undefined
  }

  doRedirectResponse(_response: SipServletResponse): unknown {
    return undefined
  }

  doErrorResponse(_response: SipServletResponse): unknown {
    return undefined
  }
}

/** JSR 289, SipServlet: what nobody has overridden is refused when it begins something, and left alone otherwise. */
function notHandled(request: SipServletRequest): void {
  if (request.isInitial) request.createResponse(500, 'Request not handled by app').send()
}

function notImplemented(request: SipServletRequest): void {
  if (request.isInitial) request.createResponse(501, 'Request not implemented').send()
}
