/** Servlets that are a table of handlers by state: see StateHandlers. */

import { Dispatch } from './dispatch.js'
import { SipServlet } from './sip-servlet.js'
import type { SipServletRequest } from './sip-servlet-request.js'
import type { SipServletResponse } from './sip-servlet-response.js'
import type { StateHandlers } from './state-handlers.js'

/** What a handler is given besides the message. */
export interface StateScene<State extends string> {
  readonly servlet: SipServlet
  readonly state: State
  /** The state from now on. */
  become(state: State): void
}

export type OnRequest<State extends string> = (request: SipServletRequest, scene: StateScene<State>) => unknown
export type OnResponse<State extends string> = (response: SipServletResponse, scene: StateScene<State>) => unknown

/** The attribute of an application session that says in which state it is. */
const STATE = 'state'

/**
 * A class of servlets that find their handler by the state of the application session, which is the initial one of the
 * table at first. What has no handler is served as by a SipServlet. Throws TypeError when a message would fit two equally.
 */
export function stateServlet<State extends string, Tag extends string>(
  table: StateHandlers<State, Tag, OnRequest<State>, OnResponse<State>>,
): new () => SipServlet {
  const dispatch = new Dispatch(table)

  return class StateServlet extends SipServlet {
    override doRequest(request: SipServletRequest): unknown {
      const scene = this.#scene(request)
      const handler = dispatch.request(scene.state, request.method)
      return handler === undefined ? super.doRequest(request) : handler(request, scene)
    }

    override doResponse(response: SipServletResponse): unknown {
      const scene = this.#scene(response)
      return dispatch.response(scene.state, response.status, response.method)?.(response, scene)
    }

    #scene({ applicationSession: { attributes } }: SipServletRequest | SipServletResponse): StateScene<State> {
      const kept = attributes.get(STATE)
      const state = typeof kept === 'string' && table.states.has(kept) ? kept : table.initial
      if (kept !== state) attributes.set(STATE, state)
      return { servlet: this, state, become: next => attributes.set(STATE, next) }
    }
  }
}
