/** How the servers of a URI are found, step by step, for people to read: RFC 3263 §4. */

import type { Uri } from '../syntax/uri.js'
import type { Means } from './locator.js'
import { leads } from './naptr-order.js'
import { type Exhausted, type PlanEffect, type PlanState, plan, type Question, requestPlan } from './plan.js'
import type { Found, Reply, Resolver } from './resolver.js'
import type { Random } from './srv-order.js'
import type { Target } from './target.js'

export interface LocationStep {
  readonly question: Question
  /** What the question is for. */
  readonly purpose: string
  /** What came of it. */
  readonly outcome: string
  readonly records: readonly string[]
}

export interface LocationExplanation {
  readonly steps: readonly LocationStep[]
  /** In the order in which they would be tried. */
  readonly targets: readonly Target[]
  readonly why: Exhausted
}

/** Steps at most: a plan is longer only for zones that want it to be. */
const MOST_STEPS = 200

const purposes: Readonly<Record<Question['type'], string>> = {
  NAPTR: 'which transports the domain prefers',
  SRV: 'which servers it has, and in what order',
  A: 'the IPv4 addresses of the server',
  AAAA: 'the IPv6 addresses of the server',
}

/** Follows the plan for a request to its end, as if no target answered. Never rejects. */
export function explainLocation(
  resolver: Resolver,
  uri: Uri,
  means: Means,
  random: Random,
): Promise<LocationExplanation> {
  const machine = plan({ ...means, random })
  const steps: LocationStep[] = []
  const targets: Target[] = []
  return new Promise(resolve => {
    const proceed = (state: PlanState, effect: PlanEffect | undefined): void => {
      if (effect === undefined || effect.kind === 'exhausted' || steps.length >= MOST_STEPS) {
        return resolve({ steps, targets, why: effect?.kind === 'exhausted' ? effect.why : 'tried' })
      }
      if (effect.kind === 'target') {
        targets.push(effect.target)
        const step = machine(state, { kind: 'next' })
        return proceed(step.state, step.effects[0])
      }
      const { question } = effect
      resolver.resolve(question, reply => {
        steps.push({ question, purpose: purposes[question.type], ...told(reply, uri, means) })
        const answer = reply.kind === 'found' ? reply.answer : { type: answerTypes[reply.kind] }
        const step = machine(state, { kind: 'answer', answer })
        proceed(step.state, step.effects[0])
      })
    }
    const step = machine(requestPlan(means, uri), { kind: 'next' })
    proceed(step.state, step.effects[0])
  })
}

const answerTypes = { nxdomain: 'nothing', nodata: 'nothing', failed: 'failed' } as const

function told(reply: Reply, uri: Uri, means: Means): Pick<LocationStep, 'outcome' | 'records'> {
  switch (reply.kind) {
    case 'nxdomain':
      return { outcome: 'no such name', records: [] }
    case 'nodata':
      return { outcome: 'no such record', records: [] }
    case 'failed':
      return { outcome: `failed: ${reply.reason}`, records: [] }
    case 'found':
      return {
        outcome: reply.ttl === undefined ? 'found' : `found, for ${reply.ttl} s`,
        records: lines(reply.answer, uri, means),
      }
  }
}

function lines(answer: Found, uri: Uri, { transports }: Means): readonly string[] {
  switch (answer.type) {
    case 'NAPTR':
      return answer.records.map(record => {
        const { order, preference, flags, service, regexp, replacement } = record
        const text = `${order} ${preference} "${flags}" "${service}" "${regexp}" ${replacement}`
        return leads([record], uri.isSecure, transports).length > 0 ? text : `${text}  not for us`
      })
    case 'SRV':
      return answer.records.map(({ priority, weight, port, target }) => `${priority} ${weight} ${port} ${target}`)
    case 'A':
    case 'AAAA':
      return answer.addresses
  }
}
