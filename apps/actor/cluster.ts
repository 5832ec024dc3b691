/** Worker threads as nodes: started through piscina, connected with each other, watched, restarted. */

import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Census } from './census.js'
import { type Due, SystemClock, type TimerHandle } from './clock.js'
import { type ExitReason, errorReason, normal, showReason } from './exit.js'
import { calm, restarted } from './intensity.js'
import type { CrashReport, Kernel } from './kernel.js'
import { type Guardian, Life, type Sight } from './life.js'
import { Mesh } from './mesh.js'
import type { NodeTask } from './node.js'
import type { Names, Plain } from './wire.js'

/** One life of one worker thread. A restarted thread keeps its slot and gets a new incarnation. */
export interface NodeUp {
  readonly slot: number
  readonly incarnation: number
  /** What `start` of the module returned. */
  readonly names: Names
}

export interface ClusterOptions {
  readonly threads: number
  /** URL of the module whose `start` sets up each thread; see NodeModule. */
  readonly module: string
  /** Given to each thread's `start`. */
  readonly arg?: Plain
  /** The well-known actors of this thread, given to each thread's `start`. */
  readonly names?: Names
  /** Ms that a thread may take to come up (15000). One that does not, at the start, fails `start`; later, is killed and restarted. */
  readonly upWithin?: number
  /** A thread whose event loop stands still for so many ms is killed and restarted (3000). */
  readonly silence?: number
  /** Ms that the actors of a thread get to end in good order at `close` (5000). */
  readonly drain?: number
  /** More than `intensity` restarts (10) within `period` ms (60 000): the cluster gives up, as a supervisor does. */
  readonly intensity?: number
  readonly period?: number
  /** Old-generation heap of a thread, in MB; a thread that exceeds it dies alone. */
  readonly heap?: number
  readonly up?: (node: NodeUp) => void
  readonly down?: (node: NodeUp, reason: ExitReason) => void
  /** An actor of a thread ended in an error. */
  readonly crashed?: (report: CrashReport, slot: number) => void
  /** The cluster has given up; it is closed already. */
  readonly failed?: (reason: ExitReason) => void
  /** The worker's entry, for tests. */
  readonly entry?: string
}

/** Looks at a heartbeat before silence counts as death. */
const LOOKS = 4

export class Cluster implements Guardian, Due {
  readonly mesh: Mesh
  readonly #kernel: Kernel
  readonly #options: ClusterOptions
  readonly #pool: Piscina
  readonly #clock = new SystemClock()
  readonly #pulse: number
  readonly #lives = new Map<number, Life>()
  readonly #ends = new Set<Promise<void>>()
  #settle: ((failure: ExitReason | undefined) => void) | undefined = undefined
  #next: TimerHandle | undefined = undefined
  #intensity = calm
  #closing: Promise<void> | undefined = undefined

  private constructor(kernel: Kernel, options: ClusterOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#pulse = (options.silence ?? 3000) / LOOKS
    this.mesh = new Mesh(kernel)
    this.#pool = pool(options)
    this.#pool.on('error', (error: unknown) => this.#settle?.(errorReason(error)))
  }

  /**
   * Starts the threads, connects each with each and all with this one, and resolves when all are up.
   * Rejects when one cannot start; nothing is left running then.
   */
  static async start(kernel: Kernel, options: ClusterOptions): Promise<Cluster> {
    if (!Number.isInteger(options.threads) || options.threads < 1) throw new TypeError('threads: a number from 1 on')
    if (kernel.abroad !== undefined) throw new TypeError('this kernel is part of a cluster already')
    const cluster = new Cluster(kernel, options)
    const failure = await cluster.#begin()
    if (failure === undefined) return cluster
    await cluster.close()
    throw new Error(`the threads did not start: ${showReason(failure)}`, { cause: failure })
  }

  /** The nodes that are up, by slot. */
  nodes(): NodeUp[] {
    return this.#living().flatMap(({ slot, incarnation, names }) =>
      names === undefined ? [] : [{ slot, incarnation, names }],
    )
  }

  /** Kills a thread, whatever it is doing. It is restarted as after any death. */
  kill(slot: number): void {
    this.#lives.get(slot)?.kill()
  }

  /** What each node holds that is up and answers. */
  async census(): Promise<(Census & { readonly slot: number })[]> {
    const seen = await this.#look('census')
    return seen.flatMap(({ slot, census }) => (census === undefined ? [] : [{ slot, ...census }]))
  }

  /** The supervision tree of each node that is up and answers, as `tree` renders it. */
  async trees(): Promise<{ readonly slot: number; readonly tree: string }[]> {
    const seen = await this.#look('tree')
    return seen.flatMap(({ slot, tree }) => (tree === undefined ? [] : [{ slot, tree }]))
  }

  /** Ends all nodes in good order, then the threads. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  up(life: Life): void {
    const { slot, incarnation, names = {} } = life
    for (const other of this.#lives.values()) if (other !== life) other.order({ kind: 'nodeUp', slot, names })
    this.#options.up?.({ slot, incarnation, names })
    if (this.nodes().length === this.#options.threads) this.#settle?.(undefined)
  }

  crashed(report: CrashReport, slot: number): void {
    this.#options.crashed?.(report, slot)
  }

  /** Looks at the heartbeats. */
  fire(): void {
    for (const life of this.#lives.values()) life.check(LOOKS)
    this.#next = this.#clock.start(this.#pulse, this)
  }

  #look(at: 'census' | 'tree'): Promise<(Sight & { readonly slot: number })[]> {
    const lives = this.#living().filter(life => life.names !== undefined)
    return Promise.all(lives.map(async life => ({ slot: life.slot, ...(await life.look(at)) })))
  }

  #living(): Life[] {
    return [...this.#lives.values()].sort((a, b) => a.slot - b.slot)
  }

  async #begin(): Promise<ExitReason | undefined> {
    const settled = new Promise<ExitReason | undefined>(resolve => {
      this.#settle = resolve
    })
    for (let slot = 0; slot < this.#options.threads; slot++) this.#launch(slot)
    const failure = await settled
    this.#settle = undefined
    if (failure === undefined) this.#next = this.#clock.start(this.#pulse, this)
    return failure
  }

  /** A new life in a slot: a channel to this node and to each other one, and the task that is the node. */
  #launch(slot: number): void {
    const incarnation = this.#kernel.nextIncarnation()
    const life = new Life(slot, incarnation, this.#options.upWithin ?? 15_000, this)
    const own = new MessageChannel()
    this.mesh.join(incarnation, own.port1)
    const peers: [number, MessagePort][] = [[this.#kernel.incarnation, own.port2]]
    for (const other of this.#lives.values()) {
      const { port1, port2 } = new MessageChannel()
      other.order({ kind: 'peer', incarnation, port: port1 }, [port1])
      peers.push([other.incarnation, port2])
    }
    this.#lives.set(slot, life)
    const ended = this.#run(life, peers).then(reason => this.#ended(life, reason))
    this.#ends.add(ended)
    void ended.then(() => this.#ends.delete(ended))
  }

  /** Resolves at the end of the thread, whatever it was. Peers see it by their ports, sooner or later than this. */
  #run(life: Life, peers: [number, MessagePort][]): Promise<ExitReason> {
    const { module, arg, names = {} } = this.#options
    const { slot, incarnation, control, beats } = life
    const task: NodeTask = {
      ...{ slot, incarnation, module, arg, names, control, peers, beats },
      nodes: this.nodes().map(node => [node.slot, node.names]),
      pulse: this.#pulse,
    }
    const transferList = [control, ...peers.map(([, port]) => port)]
    return this.#pool.run(task, { transferList, signal: life.signal }).then(() => normal, errorReason)
  }

  #ended(life: Life, how: ExitReason): void {
    life.close()
    const { slot, incarnation, names, reason = how } = life
    this.mesh.leave(incarnation)
    this.#lives.delete(slot)
    if (names !== undefined) {
      for (const other of this.#lives.values()) other.order({ kind: 'nodeDown', slot })
      this.#options.down?.({ slot, incarnation, names }, reason)
    }
    if (this.#closing !== undefined) return
    if (this.#settle !== undefined) return this.#settle(reason)
    this.#restart(slot, reason)
  }

  #restart(slot: number, reason: ExitReason): void {
    const { intensity = 10, period = 60_000 } = this.#options
    this.#intensity = restarted(this.#intensity, this.#clock.now(), intensity, period)
    if (!this.#intensity.exceeded) return this.#launch(slot)
    void this.close().then(() => this.#options.failed?.(reason))
  }

  async #close(): Promise<void> {
    const { drain = 5000 } = this.#options
    if (this.#next !== undefined) this.#clock.stop(this.#next)
    for (const life of this.#lives.values()) life.stop(drain)
    await Promise.all(this.#ends)
    this.mesh.close()
    // Otherwise piscina replaces, after its own end, a thread whose end it sees only then.
    this.#pool.options.minThreads = 0
    await this.#pool.destroy()
  }
}

/** One never-ending task per thread, and none asleep on an atomic between tasks. */
function pool({ threads, module, heap, entry }: ClusterOptions): Piscina {
  return new Piscina({
    filename: entry ?? new URL('./node-entry.cjs', import.meta.url).href,
    // One more than run, with everything loaded: starting a thread takes 100 ms and more, taking over a waiting one 10.
    minThreads: threads + 1,
    maxThreads: threads + 1,
    workerData: { module },
    // Workers come in the order starting, ready: its own balancer would prefer one that is still starting.
    loadBalancer: (_task, workers) => workers.findLast(worker => worker.currentUsage === 0) ?? null,
    concurrentTasksPerWorker: 1,
    // Never 0: piscina would reject a task and run it later all the same.
    maxQueue: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
    recordTiming: false,
    execArgv: ['--enable-source-maps'],
    ...(heap === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heap } }),
  })
}
