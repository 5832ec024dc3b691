/** Echoes instant messages to whoever has registered, and lists who that is on a page. */

import {
  type AppDescriptor,
  defineApp,
  escapeHtml,
  type HttpReply,
  type ServletTimer,
  SipServlet,
  type SipServletRequest,
  type SipServletResponse,
} from 'sipwright/servlet'

/** Where to reach somebody, and until when. */
interface Registration {
  readonly contact: string
  readonly expiry: ServletTimer
}

/** What somebody who does not say for how long is registered for, and how long at most, in seconds. */
const HOUR = 3600

class EchoChat extends SipServlet {
  readonly #registrations = new Map<string, Registration>()

  override doRegister(request: SipServletRequest): void {
    const user = userOf(request)
    const contact = request.message.get('Contact')
    const expires = Math.min(contact?.expires ?? request.expires ?? HOUR, HOUR)
    if (contact !== undefined) this.#forget(user)
    const response = request.createResponse(200)
    if (contact !== undefined && !contact.isWildcard && expires > 0) {
      const { timerService } = this.servletContext
      const expiry = timerService.createTimer(request.applicationSession, expires * 1000, {
        info: () => this.#forget(user),
      })
      this.#registrations.set(user, { contact: String(contact.uri), expiry })
      response.setHeader('Contact', `<${contact.uri}>;expires=${expires}`)
    }
    response.send()
  }

  override doMessage(request: SipServletRequest): void {
    const registration = this.#registrations.get(userOf(request))
    request.createResponse(registration === undefined ? 403 : 200).send()
    if (registration === undefined) return
    const echo = request.session.createRequest('MESSAGE')
    // Inside a call it goes where the call goes.
    if (request.isInitial) echo.requestURI = registration.contact
    echo.setContent(request.rawContent, request.contentType ?? 'text/plain')
    echo.send()
  }

  override doInvite(request: SipServletRequest): void {
    request.createResponse(200).send()
  }

  override doBye(request: SipServletRequest): void {
    request.createResponse(200).send()
  }

  override doSuccessResponse({ request, status }: SipServletResponse): void {
    this.log(`"${request.content}" was accepted: ${status}`)
  }

  override doErrorResponse({ request, status }: SipServletResponse): void {
    this.log(`"${request.content}" was rejected: ${status}`)
  }

  override doHttp(): HttpReply {
    const rows = [...this.#registrations].map(
      ([user, { contact }]) => `<li>${escapeHtml(user)} at ${escapeHtml(contact)}</li>`,
    )
    return { body: `<!doctype html><title>echo-chat</title><h1>Registered</h1><ul>${rows.join('')}</ul>` }
  }

  #forget(user: string): void {
    this.#registrations.get(user)?.expiry.cancel()
    this.#registrations.delete(user)
  }
}

class Expiry {
  timeout({ info }: ServletTimer): void {
    if (typeof info === 'function') info()
  }
}

function userOf({ from }: SipServletRequest): string {
  return String(from.uri).toLowerCase()
}

const app: AppDescriptor = defineApp({
  name: 'echo-chat',
  servlets: { chat: EchoChat },
  listeners: [Expiry],
  // Registrations end by their own timers.
  sessionTimeout: 0,
})

export default app
