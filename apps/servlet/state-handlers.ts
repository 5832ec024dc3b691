/**
 * Handlers by state and kind of message. The most specific one wins; two of which neither is more specific than the other
 * are an error when the application starts, not when the message comes.
 */

import type { Hierarchy } from './hierarchy.js'
import { type SipTag, sipHierarchy } from './sip-hierarchy.js'

/** What a message is, and in which state it comes. `response` is undefined for a request. */
export interface Key {
  readonly state: string
  readonly response: string | undefined
  readonly request: string
}

/** A handler and what it is for. */
export interface Rule<Handler> extends Key {
  readonly handler: Handler
}

export interface StateOptions<State extends string, Tag extends string> {
  /** Where every conversation begins. */
  readonly initial: State
  readonly states: Hierarchy<State>
  /** The standard one unless given; derive from it to name methods of your own. */
  readonly messages?: Hierarchy<Tag | SipTag>
}

/**
 * A table of handlers, immutable. `OnRequest` and `OnResponse` are the functions that it holds; it finds them and calls
 * none.
 */
export class StateHandlers<State extends string, Tag extends string, OnRequest, OnResponse> {
  readonly initial: State
  readonly states: Hierarchy<State>
  readonly messages: Hierarchy<Tag | SipTag>
  readonly requests: readonly Rule<OnRequest>[]
  readonly responses: readonly Rule<OnResponse>[]

  private constructor(
    { initial, states, messages = sipHierarchy }: StateOptions<State, Tag>,
    requests: readonly Rule<OnRequest>[],
    responses: readonly Rule<OnResponse>[],
  ) {
    if (!states.has(initial)) throw new TypeError(`the initial state ${initial} is not among the states`)
    this.initial = initial
    this.states = states
    this.messages = messages
    this.requests = requests
    this.responses = responses
  }

  /** An empty table. Throws TypeError when the initial state is none of the states. */
  static of<OnRequest, OnResponse, State extends string, Tag extends string = SipTag>(
    options: StateOptions<State, Tag>,
  ): StateHandlers<State, Tag, OnRequest, OnResponse> {
    return new StateHandlers<State, Tag, OnRequest, OnResponse>(options, [], [])
  }

  /** For requests of a kind that come in a state or a kind of it. */
  request(state: State, request: Tag | SipTag, handler: OnRequest): StateHandlers<State, Tag, OnRequest, OnResponse> {
    const rule = { state, response: undefined, request, handler }
    return new StateHandlers(this, [...this.requests, this.#checked(rule, this.requests)], this.responses)
  }

  /** For responses of a kind to requests of a kind. */
  response(
    state: State,
    response: Tag | SipTag,
    request: Tag | SipTag,
    handler: OnResponse,
  ): StateHandlers<State, Tag, OnRequest, OnResponse> {
    const rule = { state, response, request, handler }
    return new StateHandlers(this, this.requests, [...this.responses, this.#checked(rule, this.responses)])
  }

  /** Throws TypeError for names that the hierarchies do not have, which only untyped code can give, and for a second of the same. */
  #checked<Handler>(rule: Rule<Handler>, others: readonly Rule<Handler>[]): Rule<Handler> {
    if (!this.states.has(rule.state)) throw new TypeError(`no state is named ${rule.state}`)
    const { response } = rule
    if (response !== undefined && !this.messages.isa(response, 'sip-response')) {
      throw new TypeError(`${response} is no kind of sip-response`)
    }
    if (!this.messages.isa(rule.request, 'sip-request'))
      throw new TypeError(`${rule.request} is no kind of sip-request`)
    const isSame = (other: Rule<Handler>): boolean =>
      other.state === rule.state && other.response === response && other.request === rule.request
    if (others.some(isSame)) throw new TypeError(`two handlers for ${showKey(rule)}`)
    return rule
  }
}

export function showKey({ state, response, request }: Key): string {
  return response === undefined ? `(${state}, ${request})` : `(${state}, ${response} to ${request})`
}
