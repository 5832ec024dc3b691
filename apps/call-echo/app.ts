/** Answers each call and, once it is up, hangs up: a table of handlers by state instead of one switch in another. */

import {
  type AppDescriptor,
  Dispatch,
  defineApp,
  equal,
  Hierarchy,
  SipServlet,
  type SipServletMessage,
  type SipServletRequest,
  type SipServletResponse,
  StateHandlers,
} from 'sipwright/servlet'

const states = Hierarchy.empty.derive('state', 'init', 'propagated', 'bye-sent')

/** Does what a message asks for; gives the state that the call is in then, or nothing when it stays as it is. */
type Handler<Message> = (message: Message, servlet: SipServlet) => 'init' | 'propagated' | 'bye-sent' | undefined
type OnRequest = Handler<SipServletRequest>
type OnResponse = Handler<SipServletResponse>

function answer(invite: SipServletRequest, servlet: SipServlet): 'propagated' {
  servlet.log('Echo: got an INVITE. Sending response.')
  invite.createResponse(200).send()
  return 'propagated'
}

function hangUp(ack: SipServletRequest, servlet: SipServlet): 'bye-sent' {
  servlet.log('Echo: the call is up. Sending BYE.')
  ack.session.createRequest('BYE').send()
  return 'bye-sent'
}

function beginAnew(_ok: SipServletResponse, servlet: SipServlet): 'init' {
  servlet.log('Echo: the call is over. Returning to init state.')
  return 'init'
}

function warn({ status, method }: SipServletResponse, servlet: SipServlet): undefined {
  servlet.log(`WARNING: ${status === 408 ? 'request timed out' : `got an error response, ${status}`}: ${method}`)
}

const handlers = StateHandlers.of<OnRequest, OnResponse, 'state' | 'init' | 'propagated' | 'bye-sent'>({
  initial: 'init',
  states,
})
  .request('init', 'invite', answer)
  .request('propagated', 'ack', hangUp)
  .response('bye-sent', 'success-response', 'bye', beginAnew)
  .response('state', 'error-response', 'sip-request', warn)

const dispatch = new Dispatch(handlers)

class CallEcho extends SipServlet {
  override doRequest(request: SipServletRequest): unknown {
    const handler = dispatch.request(stateOf(request), request.method)
    return handler === undefined ? super.doRequest(request) : this.#enter(request, handler(request, this))
  }

  override doResponse(response: SipServletResponse): void {
    this.#enter(response, dispatch.response(stateOf(response), response.status, response.method)?.(response, this))
  }

  #enter({ session }: SipServletMessage, state: string | undefined): void {
    if (state !== undefined && session.isValid) session.attributes.set('state', state)
  }
}

function stateOf({ session }: SipServletMessage): string {
  return String(session.attributes.get('state') ?? handlers.initial)
}

const app: AppDescriptor = defineApp({
  name: 'call-echo',
  servlets: { echo: CallEcho },
  mappings: [{ servlet: 'echo', pattern: equal('request.uri.user', 'call-echo') }],
})

export default app
