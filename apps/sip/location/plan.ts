/**
 * How a SIP server is found: RFC 3263 §4 for requests, §5 for responses. Pure and lazy: each `next` asks for one more
 * target, and the DNS is asked only for what that takes.
 */

import { type Machine, never, type Step } from '../../actor/machine.js'
import type { Uri } from '../syntax/uri.js'
import type { Via } from '../syntax/via.js'
import { leads, type NaptrRecord } from './naptr-order.js'
import { numericAddress } from './numeric-address.js'
import { isSecureTransport, serviceName } from './service.js'
import { orderServers, type Random, type SrvRecord } from './srv-order.js'
import {
  defaultPort,
  defaultTransport,
  namedTransport,
  type Target,
  type TransportName,
  targetHost,
  viaTransport,
} from './target.js'

export interface PlanConfig {
  /** What we can send with, best first. */
  readonly transports: readonly TransportName[]
  /** Which addresses we can send to, best first: RFC 6157 §4, RFC 7984 §4. */
  readonly families: readonly AddressType[]
  /** Draws by SRV weight; without it the order is the same each time, as a stateless proxy needs (RFC 3263 §4.4). */
  readonly random?: Random
}

export type AddressType = 'A' | 'AAAA'

export type Question = { readonly type: 'NAPTR' | 'SRV' | AddressType; readonly name: string }

/** What the DNS said. `nothing` is no such name or no such record; `failed` is no answer, or a server that refused. */
export type Answer =
  | { readonly type: 'NAPTR'; readonly records: readonly NaptrRecord[] }
  | { readonly type: 'SRV'; readonly records: readonly SrvRecord[] }
  | { readonly type: AddressType; readonly addresses: readonly string[] }
  | { readonly type: 'nothing' | 'failed' }

export type PlanEvent = { readonly kind: 'next' } | { readonly kind: 'answer'; readonly answer: Answer }

export type PlanEffect =
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'exhausted'; readonly why: Exhausted }

/** `unsupported`: no transport of ours will do. `unresolved`: the DNS knows no (more) server. `failed`: it did not answer. */
export type Exhausted = 'unsupported' | 'unresolved' | 'failed' | 'tried'

/**
 * Of several ways to the server only the first that leads anywhere counts: what has a higher `rank` is dropped once records
 * were found for a lower one (RFC 3403 §4.1 for NAPTR orders, RFC 2782 for addresses in place of SRV records).
 */
type Task =
  | { readonly do: 'NAPTR'; readonly rank: number; readonly domain: string; readonly secure: boolean }
  | { readonly do: 'SRV'; readonly rank: number; readonly name: string; readonly transport: TransportName }
  | {
      readonly do: AddressType
      readonly rank: number
      readonly name: string
      readonly transport: TransportName
      readonly port: number
    }
  | {
      readonly do: 'try'
      readonly rank: number
      readonly transport: TransportName
      readonly address: string
      readonly port: number
    }

/** Plain data: what is left to do, first things first. `name` is the domain that TLS has to prove. */
export interface PlanState {
  readonly name: string
  readonly tasks: readonly Task[]
  readonly asked: boolean
  readonly outcome: Exhausted
}

/** NAPTR orders end at 65535; SRV records asked for without NAPTR come after them, and addresses without SRV last. */
const WITHOUT_NAPTR = 65_536
const WITHOUT_SRV = 65_537

type Result = Step<PlanState, PlanEffect>

/** The plan for a request to a Request-URI or Route URI. */
export function requestPlan(config: PlanConfig, uri: Uri): PlanState {
  const named = namedTransport(uri)
  if (!uri.isSip || named === 'unsupported') return planned(uri.host, [], 'unsupported')
  const domain = targetHost(uri)
  if (named === 'none' && uri.port === undefined && numericAddress(domain) === undefined)
    return undecided(config, uri, domain)
  return decided(config, uri.host, domain, uri.port, named === 'none' ? defaultTransport(uri) : named)
}

/** The plan for a response that did not get back the way its request came: RFC 3263 §5. */
export function responsePlan(config: PlanConfig, via: Via): PlanState {
  const transport = viaTransport(via)
  if (transport === 'unsupported') return planned(via.host, [], 'unsupported')
  return decided(config, via.host, via.host, via.port, transport)
}

export function plan(config: PlanConfig): Machine<PlanState, PlanEvent, PlanEffect> {
  return (state, event) => {
    if (state.asked !== (event.kind === 'answer')) throw new TypeError(`${event.kind} out of turn`)
    switch (event.kind) {
      case 'next':
        return advance(state)
      case 'answer':
        return advance(learn(config, state, event.answer))
      default:
        return never(event)
    }
  }
}

function planned(name: string, tasks: readonly Task[], outcome: Exhausted = 'unresolved'): PlanState {
  return { name, tasks, asked: false, outcome }
}

/** RFC 3263 §4.1: the DNS is to name the transport, by NAPTR or by which SRV records there are. */
function undecided(config: PlanConfig, uri: Uri, domain: string): PlanState {
  const able = config.transports.filter(transport => !uri.isSecure || isSecureTransport(transport))
  if (able.length === 0) return planned(uri.host, [], 'unsupported')
  const services = able.map((transport): Task => {
    return { do: 'SRV', rank: WITHOUT_NAPTR, name: serviceName(transport, domain), transport }
  })
  const transport = defaultTransport(uri)
  const last = able.includes(transport) ? addresses(config, WITHOUT_SRV, domain, transport, defaultPort[transport]) : []
  return planned(uri.host, [{ do: 'NAPTR', rank: 0, domain, secure: uri.isSecure }, ...services, ...last])
}

/** Whoever can use one can be the client of the other, where it is named (RFC 7118 §5.5). */
const carrier: Readonly<Record<TransportName, TransportName>> = {
  UDP: 'UDP',
  TCP: 'TCP',
  TLS: 'TLS',
  WS: 'TCP',
  WSS: 'TLS',
}

/** RFC 3263 §4.2 and §5: the transport is known. */
function decided(
  config: PlanConfig,
  name: string,
  domain: string,
  port: number | undefined,
  transport: TransportName,
): PlanState {
  if (![transport, carrier[transport]].some(each => config.transports.includes(each))) {
    return planned(name, [], 'unsupported')
  }
  const address = numericAddress(domain)
  if (address === 'invalid') return planned(name, [])
  const known = port ?? defaultPort[transport]
  if (address !== undefined) return planned(name, [{ do: 'try', rank: 0, transport, address, port: known }])
  const last = addresses(config, WITHOUT_SRV, domain, transport, known)
  if (port !== undefined) return planned(name, last)
  return planned(name, [{ do: 'SRV', rank: WITHOUT_NAPTR, name: serviceName(transport, domain), transport }, ...last])
}

function addresses(config: PlanConfig, rank: number, name: string, transport: TransportName, port: number): Task[] {
  return config.families.map(family => ({ do: family, rank, name, transport, port }))
}

function advance(state: PlanState): Result {
  const [task, ...tasks] = state.tasks
  if (task === undefined) return { state, effects: [{ kind: 'exhausted', why: state.outcome }] }
  if (task.do === 'try') {
    const { transport, address, port } = task
    const target = { transport, address, port, name: state.name }
    return { state: { ...state, tasks, outcome: 'tried' }, effects: [{ kind: 'target', target }] }
  }
  const name = task.do === 'NAPTR' ? task.domain : task.name
  return { state: { ...state, asked: true }, effects: [{ kind: 'ask', question: { type: task.do, name } }] }
}

/** Puts what the answer leads to in the place of its question. */
function learn(config: PlanConfig, state: PlanState, answer: Answer): PlanState {
  const [task, ...rest] = state.tasks
  const asked = { ...state, tasks: rest, asked: false }
  if (answer.type === 'nothing') return asked
  if (answer.type === 'failed') return { ...asked, outcome: state.outcome === 'tried' ? 'tried' : 'failed' }
  if (task?.do === 'NAPTR' && answer.type === 'NAPTR')
    return { ...asked, tasks: followLeads(config, task, answer.records) ?? rest }
  if (task?.do === 'SRV' && answer.type === 'SRV') {
    return answer.records.length === 0
      ? asked
      : { ...asked, tasks: [...servers(config, task, answer.records), ...upTo(task.rank, rest)] }
  }
  if ((task?.do === 'A' || task?.do === 'AAAA') && answer.type === task.do) {
    if (answer.addresses.length === 0) return asked
    const { transport, port, rank } = task
    const tries = answer.addresses.map((address): Task => ({ do: 'try', rank, transport, address, port }))
    return { ...asked, tasks: [...tries, ...upTo(rank, rest)] }
  }
  throw new TypeError(`${answer.type} answers no ${task?.do}`)
}

function upTo(rank: number, tasks: readonly Task[]): Task[] {
  return tasks.filter(task => task.rank <= rank)
}

/** RFC 3263 §4.1 and §4.2: records that can be used replace all else; without SRV records behind them, the domain's address. */
function followLeads(
  config: PlanConfig,
  task: Extract<Task, { do: 'NAPTR' }>,
  records: readonly NaptrRecord[],
): Task[] | undefined {
  const found = leads(records, task.secure, config.transports)
  const [best] = found
  if (best === undefined) return undefined
  const tasks = found.flatMap(({ order, next, transport, domain }): Task[] =>
    next === 'SRV'
      ? [{ do: 'SRV', rank: order, name: domain, transport }]
      : addresses(config, order, domain, transport, defaultPort[transport]),
  )
  return [...tasks, ...addresses(config, WITHOUT_SRV, task.domain, best.transport, defaultPort[best.transport])]
}

/** RFC 2782: the target `.` says that the service is decidedly not there. A numeric target is wrong and works. */
function servers(config: PlanConfig, task: Extract<Task, { do: 'SRV' }>, records: readonly SrvRecord[]): Task[] {
  const { rank, transport } = task
  const there = records.filter(({ target, port }) => target !== '.' && target !== '' && port > 0)
  return orderServers(there, config.random).flatMap(({ target, port }): Task[] => {
    const address = numericAddress(target)
    if (address === undefined) return addresses(config, rank, target, transport, port)
    return address === 'invalid' ? [] : [{ do: 'try', rank, transport, address, port }]
  })
}
