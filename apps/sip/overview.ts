/** What a stack holds and does, over all of its threads, for those who look at it. */

import { type ActorRef, type AskResult, type Kernel, type NodeUp, tree } from '../actor/actor.js'
import type { CoreState } from './core/services.js'
import {
  type DialogState,
  dialogStates,
  type Place,
  type ThreadName,
  type TransactionState,
  transactionStates,
} from './inspection.js'
import type { Intake, IntakeCounters } from './intake.js'
import type { Listening } from './listening.js'
import type { TargetState } from './location/health.js'
import type { RunningLayers } from './running-layers.js'
import type { ShardMsg } from './shard-node.js'
import { type SyntaxCounters, sumSyntaxCounters } from './syntax/syntax-counters.js'
import { type ActorState, actorStates, type TimerState, timerStates } from './thread-view.js'
import { shardOf } from './threads.js'
import { addTraffic, noTraffic, type Traffic, trafficOf } from './traffic.js'
import type { TransportCounters } from './transport/transport.js'

/** All tables of a stack by size: every figure is 0 when nothing goes on. */
export interface StackCensus extends Traffic {
  /** Connections that are open. */
  readonly connections: number
  /** Messages that wait in mailboxes on the calling thread. */
  readonly messages: number
}

/** One thread: the main one, which owns the sockets, or a worker that owns calls. */
export interface ShardState extends Traffic {
  readonly thread: ThreadName
  /** ms by which its event loop was late lately. */
  readonly lag: number
  readonly actors: number
  readonly timers: number
}

/** What has been counted since the start, over all threads; a thread that was started anew begins at 0. */
export interface StackCounters extends TransportCounters, SyntaxCounters, IntakeCounters {
  /** Accepted and closed at once, since there were too many. */
  readonly refusedConnections: number
}

export interface OverviewOptions {
  readonly kernel: Kernel
  readonly layers: RunningLayers
  readonly intake: Intake
  readonly counters: SyntaxCounters & TransportCounters
  /** The worker threads that are up. */
  readonly nodes: () => readonly NodeUp[]
  readonly listening: () => Listening | undefined
}

/** ms that an actor on another thread gets to answer. */
const PATIENCE = 10_000

export class Overview {
  readonly #options: OverviewOptions

  constructor(options: OverviewOptions) {
    this.#options = options
  }

  async cores(): Promise<readonly CoreState[]> {
    const { kernel, layers } = this.#options
    const own = await kernel.ask(layers.current.cores, { kind: 'cores' }, PATIENCE)
    const others = await this.#each(shard => kernel.ask(shard, { kind: 'cores' }, PATIENCE))
    const states = [...(own.kind === 'answered' ? own.value : []), ...others.flatMap(([, each]) => each)]
    const names = new Set(states.map(({ name }) => name))
    return [...names].map(name => {
      const same = states.filter(state => state.name === name)
      const requests = same.reduce((sum, state) => sum + state.requests, 0)
      return { name, priority: same[0]?.priority ?? 0, requests }
    })
  }

  async targets(): Promise<readonly TargetState[]> {
    const { kernel, layers } = this.#options
    const own = kernel.ask(layers.current.locator(), { kind: 'targets' }, PATIENCE)
    const others = this.#each(shard => kernel.ask(shard, { kind: 'targets' }, PATIENCE))
    const answer = await own
    return [...(answer.kind === 'answered' ? answer.value : []), ...(await others).flatMap(([, each]) => each)]
  }

  async census(): Promise<StackCensus> {
    const { kernel, listening } = this.#options
    const connections = await listening()?.connections()
    const traffic = (await this.#traffic()).map(([, each]) => each)
    return {
      ...traffic.reduce(addTraffic, noTraffic),
      connections: connections?.open ?? 0,
      messages: kernel.census().messages,
    }
  }

  async shards(): Promise<readonly ShardState[]> {
    const { kernel, intake } = this.#options
    const others = new Map(await this.#each(shard => kernel.ask(shard, { kind: 'kernel' }, PATIENCE)))
    return (await this.#traffic()).map(([thread, held]) => {
      const isMain = thread === 'main'
      const lag = intake.overload.load(isMain ? undefined : thread)?.lag ?? 0
      const { actors = 0, timers = 0 } = (isMain ? kernel.census() : others.get(thread)) ?? {}
      return { thread, lag: Math.round(lag * 10) / 10, actors, timers, ...held }
    })
  }

  async counters(): Promise<StackCounters> {
    const { kernel, counters, intake, listening } = this.#options
    const others = await this.#each(shard => kernel.ask(shard, { kind: 'counters' }, PATIENCE))
    const each = [counters, ...others.map(([, counted]) => counted)]
    const sum = (of: (counted: TransportCounters) => number): number => each.reduce((all, one) => all + of(one), 0)
    return {
      requests: sum(({ requests }) => requests),
      responses: sum(({ responses }) => responses),
      misdirected: sum(({ misdirected }) => misdirected),
      undelivered: sum(({ undelivered }) => undelivered),
      ...intake.counters,
      refusedConnections: (await listening()?.connections())?.refused ?? 0,
      ...sumSyntaxCounters([...each, intake.inlet.syntax]),
    }
  }

  async actors(most: number): Promise<readonly ActorState[]> {
    const { kernel } = this.#options
    const others = await this.#each((shard, thread) => kernel.ask(shard, { kind: 'actors', thread, most }, PATIENCE))
    return [...actorStates(kernel, 'main', most), ...others.flatMap(([, each]) => each)]
  }

  async timers(most: number): Promise<readonly TimerState[]> {
    const { kernel } = this.#options
    const others = await this.#each((shard, thread) => kernel.ask(shard, { kind: 'timers', thread, most }, PATIENCE))
    const all = [...timerStates(kernel, 'main', most), ...others.flatMap(([, each]) => each)]
    return all.toSorted((a, b) => a.left - b.left).slice(0, most)
  }

  transactions(most: number): Promise<readonly TransactionState[]> {
    return this.#everywhere(place => transactionStates(this.#options.kernel, place, most))
  }

  dialogs(most: number): Promise<readonly DialogState[]> {
    return this.#everywhere(place => dialogStates(this.#options.kernel, place, most))
  }

  /** On whichever thread it is; false where there is none of that id. */
  async endDialog(id: string): Promise<boolean> {
    const { kernel, layers } = this.#options
    const own = kernel.ask(layers.current.cores, { kind: 'endDialog', id }, PATIENCE)
    const others = this.#each(shard => kernel.ask(shard, { kind: 'endDialog', id }, PATIENCE))
    const answer = await own
    return (answer.kind === 'answered' && answer.value) || (await others).some(([, was]) => was)
  }

  async tree(): Promise<string> {
    const { kernel, nodes } = this.#options
    const trees = new Map(await this.#each(shard => kernel.ask(shard, { kind: 'tree' }, PATIENCE)))
    const others = nodes().map(({ slot }) => `thread ${slot}\n${trees.get(slot) ?? 'does not answer'}`)
    return [`main thread\n${tree(kernel)}`, ...others].join('\n\n')
  }

  async #traffic(): Promise<readonly (readonly [thread: ThreadName, Traffic])[]> {
    const { kernel, layers } = this.#options
    const others = await this.#each(shard => kernel.ask(shard, { kind: 'traffic' }, PATIENCE))
    return [['main', await trafficOf(kernel, layers.current)], ...others]
  }

  async #everywhere<T>(look: (place: Place) => Promise<readonly T[]>): Promise<readonly T[]> {
    const { layers, nodes } = this.#options
    const { transactions, cores } = layers.current
    const others = nodes().flatMap((node): readonly Place[] => {
      const shard = shardOf(node)
      return shard === undefined ? [] : [{ thread: node.slot, transactions: shard, cores: shard }]
    })
    return (await Promise.all([{ thread: 'main', transactions, cores } as const, ...others].map(look))).flat()
  }

  /** Asks each worker thread; one that does not answer is left out. */
  async #each<T>(
    question: (shard: ActorRef<ShardMsg>, slot: number) => Promise<AskResult<T>>,
  ): Promise<readonly (readonly [slot: number, T])[]> {
    const { nodes } = this.#options
    const answers = nodes().map(async (node): Promise<readonly (readonly [number, T])[]> => {
      const shard = shardOf(node)
      const answer = shard && (await question(shard, node.slot))
      return answer?.kind === 'answered' ? [[node.slot, answer.value]] : []
    })
    return (await Promise.all(answers)).flat()
  }
}
