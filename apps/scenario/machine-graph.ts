/** The transaction machines of §17 as graphs, found by trying every event in every state that can be reached. */

import type { Machine } from '../actor/actor.js'
import {
  type InviteClientEvent,
  type InviteClientState,
  inviteClient,
  inviteClientInitial,
} from '../sip/transaction/invite-client.js'
import {
  type InviteServerEvent,
  type InviteServerState,
  inviteServer,
  inviteServerInitial,
} from '../sip/transaction/invite-server.js'
import {
  type NonInviteClientEvent,
  type NonInviteClientState,
  nonInviteClient,
  nonInviteClientInitial,
} from '../sip/transaction/non-invite-client.js'
import {
  type NonInviteServerEvent,
  type NonInviteServerState,
  nonInviteServer,
  nonInviteServerInitial,
} from '../sip/transaction/non-invite-server.js'
import { defaultTimers } from '../sip/transaction/timers.js'

/** What happens, and what the machine does about it: `Timer A / sendRequest, start A`. */
export interface Edge {
  readonly from: string
  readonly to: string
  readonly label: string
}

export interface MachineGraph {
  readonly name: string
  readonly initial: string
  readonly states: readonly string[]
  readonly edges: readonly Edge[]
}

interface AnyEffect {
  readonly kind: string
  readonly timer?: string
  readonly what?: string
  readonly status?: number
}

interface Model<State, Event> {
  readonly name: string
  readonly machine: Machine<State, Event, AnyEffect>
  readonly initial: (reliable: boolean) => State
  /** By the name that the graph gives them. */
  readonly events: Readonly<Record<string, Event>>
  /** By the timer that fires, while it runs. */
  readonly timers: Readonly<Record<string, Event>>
}

interface Node<State> {
  readonly state: State
  readonly running: readonly string[]
}

const ways = ['UDP', 'streams'] as const

const start = { kind: 'start' } as const
const transportError = { kind: 'transportError' } as const

const client = {
  start,
  '1xx': { kind: 'response', status: 100, response: undefined },
  '2xx': { kind: 'response', status: 200, response: undefined },
  '300-699': { kind: 'response', status: 486, response: undefined },
  'transport error': transportError,
} as const

const server = {
  'the user is silent': start,
  'user 1xx': { kind: 'respond', status: 100, wire: '100' },
  'user 2xx': { kind: 'respond', status: 200, wire: '200' },
  'user 300-699': { kind: 'respond', status: 486, wire: '486' },
  'request again': { kind: 'request' },
  'transport error': transportError,
} as const

export function transactionGraphs(): readonly MachineGraph[] {
  return [
    explore<InviteClientState, InviteClientEvent<undefined>>({
      name: 'INVITE client',
      machine: inviteClient<undefined>(defaultTimers),
      initial: inviteClientInitial,
      events: client,
      timers: { A: fired('A'), B: fired('B'), D: fired('D'), M: fired('M') },
    }),
    explore<NonInviteClientState, NonInviteClientEvent<undefined>>({
      name: 'non-INVITE client',
      machine: nonInviteClient<undefined>(defaultTimers),
      initial: nonInviteClientInitial,
      events: client,
      timers: { E: fired('E'), F: fired('F'), K: fired('K') },
    }),
    explore<InviteServerState, InviteServerEvent>({
      name: 'INVITE server',
      machine: inviteServer(defaultTimers),
      initial: inviteServerInitial,
      events: { ...server, ACK: { kind: 'ack' } },
      timers: { G: fired('G'), H: fired('H'), I: fired('I'), L: fired('L'), Trying: fired('Trying') },
    }),
    explore<NonInviteServerState, NonInviteServerEvent>({
      name: 'non-INVITE server',
      machine: nonInviteServer(defaultTimers),
      initial: nonInviteServerInitial,
      events: server,
      timers: { J: fired('J'), LateTrying: fired('LateTrying'), Expiry: fired('Expiry') },
    }),
  ]
}

function fired<Timer extends string>(timer: Timer): { readonly kind: 'timer'; readonly timer: Timer } {
  return { kind: 'timer', timer }
}

function explore<State extends { readonly name: string }, Event>(model: Model<State, Event>): MachineGraph {
  /** Over which transports each edge was found. */
  const found = new Map<string, { readonly edge: Edge; readonly over: Set<string> }>()
  const states = new Set<string>()
  for (const way of ways) {
    const seen = new Set<string>()
    const open: Node<State>[] = [{ state: model.initial(way === 'streams'), running: [] }]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      // Intervals grow for ever and change nothing: they are left out of what tells states apart.
      const identity = JSON.stringify(node, (name, value: unknown) => (name === 'interval' ? value !== 0 : value))
      if (seen.has(identity)) continue
      seen.add(identity)
      states.add(node.state.name)
      for (const step of stepsFrom(model, node)) {
        open.push(step.next)
        if (step.edge === undefined) continue
        const key = Object.values(step.edge).join('|')
        const known = found.get(key) ?? { edge: step.edge, over: new Set() }
        found.set(key, { edge: known.edge, over: known.over.add(way) })
      }
    }
  }
  const edges = [...found.values()].map(({ edge, over }) =>
    over.size === ways.length ? edge : { ...edge, label: `${edge.label} (${[...over].join()})` },
  )
  return { name: model.name, initial: model.initial(false).name, states: [...states], edges }
}

/** Everything that may happen to a transaction in this state; an event that changes nothing makes no edge. */
function stepsFrom<State extends { readonly name: string }, Event>(
  { machine, events, timers }: Model<State, Event>,
  { state, running }: Node<State>,
): { readonly next: Node<State>; readonly edge: Edge | undefined }[] {
  const due = Object.entries(timers).filter(([timer]) => running.includes(timer))
  return [...Object.entries(events), ...due].flatMap(([name, event]) => {
    const step = tried(machine, state, event)
    if (step === undefined) return []
    const left = new Set(running.filter(timer => timer !== name))
    const title = name in timers ? `Timer ${name}` : name
    for (const { kind, timer = '' } of step.effects) {
      if (kind === 'start') left.add(timer)
      else if (kind === 'stop') left.delete(timer)
    }
    const done = step.effects.filter(({ kind }) => kind !== 'stop').map(shown)
    const label = done.length === 0 ? title : `${title} / ${done.join(', ')}`
    const quiet = step.state.name === state.name && done.length === 0
    const edge = quiet ? undefined : { from: state.name, to: step.state.name, label }
    return [{ next: { state: step.state, running: [...left].toSorted() }, edge }]
  })
}

/** Undefined for an event that the driver never feeds in this state. */
function tried<State, Event>(
  machine: Machine<State, Event, AnyEffect>,
  state: State,
  event: Event,
): ReturnType<typeof machine> | undefined {
  try {
    return machine(state, event)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function shown({ kind, timer, what }: AnyEffect): string {
  return [kind, what ?? timer].filter(part => part !== undefined).join(' ')
}

/** A Mermaid state diagram; edges between the same two states share an arrow. */
export function mermaid({ name, initial, edges }: MachineGraph): string {
  const lines = [`---`, `title: ${name}`, `---`, 'stateDiagram-v2', `  [*] --> ${initial}`]
  for (const [from, to, labels] of arrows(edges)) lines.push(`  ${from} --> ${to}: ${labels.join('<br/>')}`)
  return `${lines.join('\n')}\n  Terminated --> [*]\n`
}

/** The same for Graphviz. */
export function dot({ name, initial, edges }: MachineGraph): string {
  const lines = [`digraph "${name}" {`, `  label = "${name}"`, '  node [shape = box, style = rounded]']
  lines.push('  start [shape = point]', `  start -> ${initial}`)
  for (const [from, to, labels] of arrows(edges)) lines.push(`  ${from} -> ${to} [label = "${labels.join('\\n')}"]`)
  return `${lines.join('\n')}\n}\n`
}

function arrows(edges: readonly Edge[]): readonly (readonly [string, string, readonly string[]])[] {
  const between = new Map<string, [string, string, string[]]>()
  for (const { from, to, label } of edges) {
    const arrow = between.get(`${from} ${to}`) ?? [from, to, []]
    arrow[2].push(label)
    between.set(`${from} ${to}`, arrow)
  }
  return [...between.values()]
}
