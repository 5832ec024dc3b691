/** What is missing in a table of handlers, and what is there in vain. */

import { keysOf, mostSpecific } from './dispatch.js'
import { type Rule, type StateHandlers, showKey } from './state-handlers.js'

export interface StateCheck {
  readonly states: readonly string[]
  /** States in which no message at all has a handler. */
  readonly unmatched: readonly string[]
  /** States without a handler of requests in which some class of responses has none either. */
  readonly incomplete: readonly string[]
  /** Handlers that no message can reach, as more specific ones take all of theirs. */
  readonly unreachable: readonly string[]
}

const classes = ['provisional-response', 'success-response', 'error-response']

/** Checks the states; one that others are kinds of is no state to be in, but a word for them. */
export function checkStates(table: StateHandlers<string, string, unknown, unknown>): StateCheck {
  const { states, messages, requests, responses } = table
  const all = states.tags.filter(state => states.children(state).length === 0)
  const serves = (state: string, rule: Rule<unknown>): boolean => states.isa(state, rule.state)
  const hasRequest = (state: string): boolean => requests.some(rule => serves(state, rule))
  /** A handler for a part of the class is enough, and one for more than it as well. */
  const hasClass = (state: string, kind: string): boolean =>
    responses.some(
      rule =>
        serves(state, rule) && (messages.isa(rule.response ?? '', kind) || messages.isa(kind, rule.response ?? '')),
    )
  return {
    states: all,
    unmatched: all.filter(state => !hasRequest(state) && !responses.some(rule => serves(state, rule))),
    incomplete: all.filter(state => !hasRequest(state) && !classes.every(kind => hasClass(state, kind))),
    unreachable: unreachable(table),
  }
}

function unreachable(table: StateHandlers<string, string, unknown, unknown>): readonly string[] {
  const { states, messages, requests, responses } = table
  const idle = new Set<Rule<unknown>>([...requests, ...responses])
  for (const key of keysOf(states, messages)) {
    if (states.children(key.state).length > 0) continue
    const found = mostSpecific(key.response === undefined ? requests : responses, key, states, messages)
    if (found !== undefined) idle.delete(found)
  }
  return [...idle].map(showKey)
}

/** The check as lines for people. */
export function formatCheck({ states, unmatched, incomplete, unreachable }: StateCheck): string {
  const lines = [`States: ${states.join(', ')}`]
  if (unmatched.length > 0) lines.push(`No handler matches in: ${unmatched.join(', ')}`)
  if (incomplete.length > 0) lines.push(`Handlers are missing in: ${incomplete.join(', ')}`)
  if (unreachable.length > 0) lines.push(`Handlers that nothing reaches: ${unreachable.join(', ')}`)
  return lines.length === 1 ? `${lines[0]}\nNothing is missing.` : lines.join('\n')
}
