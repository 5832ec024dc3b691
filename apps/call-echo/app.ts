/** Calls back with silence: takes each call, hangs up when it is acknowledged, and begins anew. A servlet that is a table of states. */

import {
  type AppDescriptor,
  defineApp,
  equal,
  Hierarchy,
  type OnRequest,
  type OnResponse,
  StateHandlers,
  stateServlet,
} from 'sipwright/servlet'

const states = Hierarchy.empty.derive('state', 'init', 'propagated', 'bye-sent')

type State = 'state' | 'init' | 'propagated' | 'bye-sent'

/** For `sipwright servlet check`. */
export const table: StateHandlers<State, string, OnRequest<State>, OnResponse<State>> = StateHandlers.of<
  OnRequest<State>,
  OnResponse<State>,
  State,
  string
>({ initial: 'init', states })
  .request('init', 'invite', (invite, { become }) => {
    become('propagated')
    invite.createResponse(200).send()
  })
  .request('propagated', 'ack', ({ session }, { become }) => {
    become('bye-sent')
    session.createRequest('BYE').send()
  })
  .response('bye-sent', 'success-response', 'bye', (_response, { become }) => become('init'))
  .response('state', 'error-response', 'sip-request', ({ status }, { servlet }) =>
    servlet.log(`our request was refused: ${status}`),
  )
  .response('state', 'request-timeout', 'sip-request', (_response, { servlet }) => servlet.log('our request timed out'))

const callEcho: AppDescriptor = defineApp({
  name: 'call-echo',
  servlets: { echo: stateServlet(table) },
  mappings: [{ servlet: 'echo', pattern: equal('request.uri.user', 'echo') }],
})

export default callEcho
