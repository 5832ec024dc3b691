/** Runs a plan against records given as data, and writes down what it asks. */

import {
  type Answer,
  type Exhausted,
  type PlanConfig,
  type PlanState,
  plan,
  requestPlan,
  responsePlan,
} from '../../../apps/sip/location/plan.js'
import type { Target } from '../../../apps/sip/location/target.js'
import { parseUri } from '../../../apps/sip/syntax/uri.js'
import { createVia } from '../../../apps/sip/syntax/via.js'

/** Answers by `TYPE name`; what is not there is `nothing`. */
export type Zone = Readonly<Record<string, Answer>>

export const everything: PlanConfig = { transports: ['TLS', 'TCP', 'UDP', 'WSS', 'WS'], families: ['AAAA', 'A'] }
export const common: PlanConfig = { transports: ['UDP', 'TCP', 'TLS'], families: ['A'] }

export interface Run {
  /** `TYPE name` of each question in order. */
  readonly asked: readonly string[]
  /** `TRANSPORT address port` of each target in order. */
  readonly targets: readonly string[]
  readonly names: readonly string[]
  readonly why: Exhausted
}

export function locate(uri: string, zone: Zone = {}, config: PlanConfig = common): Run {
  const parsed = parseUri(uri)
  if (parsed === undefined) throw new TypeError(`${uri} is no URI`)
  return run(requestPlan(config, parsed), zone, config)
}

export function locateResponse(
  transport: string,
  host: string,
  port?: number,
  zone: Zone = {},
  config: PlanConfig = common,
): Run {
  return run(responsePlan(config, createVia({ transport, host, port })), zone, config)
}

function run(initial: PlanState, zone: Zone, config: PlanConfig): Run {
  const machine = plan(config)
  const asked: string[] = []
  const targets: Target[] = []
  let step = machine(initial, { kind: 'next' })
  for (let steps = 0; steps < 1000; steps++) {
    const [effect] = step.effects
    if (effect === undefined || step.effects.length > 1) throw new Error('one effect for each event')
    if (effect.kind === 'exhausted') {
      const shown = targets.map(({ transport, address, port }) => `${transport} ${address} ${port}`)
      return { asked, targets: shown, names: targets.map(target => target.name), why: effect.why }
    }
    if (effect.kind === 'target') {
      targets.push(effect.target)
      step = machine(step.state, { kind: 'next' })
    } else {
      const question = `${effect.question.type} ${effect.question.name}`
      asked.push(question)
      step = machine(step.state, { kind: 'answer', answer: zone[question] ?? { type: 'nothing' } })
    }
  }
  throw new Error('the plan does not end')
}

export function naptr(
  ...records: readonly (readonly [order: number, preference: number, service: string, replacement: string])[]
): Answer {
  return {
    type: 'NAPTR',
    records: records.map(([order, preference, service, replacement]) => {
      return { order, preference, flags: 's', service, regexp: '', replacement }
    }),
  }
}

export function srv(
  ...records: readonly (readonly [priority: number, weight: number, port: number, target: string])[]
): Answer {
  return {
    type: 'SRV',
    records: records.map(([priority, weight, port, target]) => ({ priority, weight, port, target })),
  }
}

export function a(...addresses: readonly string[]): Answer {
  return { type: 'A', addresses }
}

export function aaaa(...addresses: readonly string[]): Answer {
  return { type: 'AAAA', addresses }
}

/** A domain with three services, of which TLS comes first. */
export const campus: Zone = {
  'NAPTR example.com': naptr(
    [100, 50, 'SIP+D2U', '_sip._udp.example.com'],
    [50, 50, 'SIPS+D2T', '_sips._tcp.example.com'],
    [90, 50, 'SIP+D2T', '_sip._tcp.example.com'],
  ),
  'SRV _sips._tcp.example.com': srv([0, 1, 5061, 'tls.example.com']),
  'SRV _sip._tcp.example.com': srv([0, 1, 5060, 'tcp.example.com']),
  'SRV _sip._udp.example.com': srv([0, 1, 5060, 'udp.example.com']),
  'A tls.example.com': a('192.0.2.1'),
  'A tcp.example.com': a('192.0.2.2'),
  'A udp.example.com': a('192.0.2.3'),
  'A example.com': a('192.0.2.9'),
}
