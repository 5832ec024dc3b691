/** Which handler a message goes to: the most specific one, looked up in a table that is made once. */

import type { Hierarchy } from './hierarchy.js'
import { methodTags, statusTag } from './message-tag.js'
import { type Key, type Rule, type StateHandlers, showKey } from './state-handlers.js'

/** The most specific of the rules for a key; undefined when there is none. Throws TypeError when two are equally so. */
export function mostSpecific<Handler>(
  rules: readonly Rule<Handler>[],
  key: Key,
  states: Hierarchy<string>,
  messages: Hierarchy<string>,
): Rule<Handler> | undefined {
  const covers = (wide: Key, narrow: Key): boolean =>
    states.isa(narrow.state, wide.state) &&
    messages.isa(narrow.request, wide.request) &&
    (wide.response === undefined || messages.isa(narrow.response ?? '', wide.response))
  const fitting = rules.filter(rule => covers(rule, key))
  const best = fitting.find(rule => fitting.every(other => covers(other, rule)))
  if (best !== undefined || fitting.length === 0) return best
  const [one, two] = fitting.filter(rule => !fitting.some(other => other !== rule && covers(rule, other)))
  if (one === undefined || two === undefined) return undefined
  throw new TypeError(
    `${showKey(one)} and ${showKey(two)} both fit ${showKey(key)}, and neither is more specific: declare ${showKey(key)}`,
  )
}

/** The keys that can occur: every state with every method, and with every response to it. */
export function* keysOf(states: Hierarchy<string>, messages: Hierarchy<string>): Generator<Key> {
  const methods = ['sip-request', ...methodTags(messages).values()]
  const responses = messages.descendants('sip-response').filter(tag => messages.children(tag).length === 0)
  for (const state of states.tags) {
    for (const request of methods) {
      yield { state, response: undefined, request }
      for (const response of responses) yield { state, response, request }
    }
  }
}

type Found<Handler> = Rule<Handler> | undefined

/** A table made ready: what fits each key is looked up, not searched. */
export class Dispatch<OnRequest, OnResponse> {
  readonly #methods: ReadonlyMap<string, string>
  readonly #requests = new Map<string, Map<string, Found<OnRequest>>>()
  readonly #responses = new Map<string, Map<string, Map<string, Found<OnResponse>>>>()

  /** Throws TypeError when some message would fit two handlers equally. */
  constructor(table: StateHandlers<string, string, OnRequest, OnResponse>) {
    const { states, messages, requests, responses } = table
    this.#methods = methodTags(messages)
    for (const key of keysOf(states, messages)) {
      const { state, request, response } = key
      if (response === undefined) {
        inner(this.#requests, state).set(request, mostSpecific(requests, key, states, messages))
      } else {
        const found = mostSpecific(responses, key, states, messages)
        inner(inner(this.#responses, state), request).set(response, found)
      }
    }
  }

  request(state: string, method: string): OnRequest | undefined {
    return this.#requests.get(state)?.get(this.#tag(method))?.handler
  }

  response(state: string, status: number, method: string): OnResponse | undefined {
    return this.#responses.get(state)?.get(this.#tag(method))?.get(statusTag(status))?.handler
  }

  #tag(method: string): string {
    return this.#methods.get(method) ?? 'sip-request'
  }
}

function inner<Key, Inner, Value>(map: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = new Map<Inner, Value>()
  map.set(key, made)
  return made
}
