/** The worker threads of a stack, each with layers of its own: started, told what all know, started anew when they end. */

import {
  type ActorRef,
  Cluster,
  type ClusterOptions,
  incarnationOf,
  type Kernel,
  type NodeUp,
  named,
} from '../actor/actor.js'
import { crashEntry, type Log } from './log.js'
import type { ShardArg, ShardMsg } from './shard-node.js'

export interface ThreadsOptions {
  readonly kernel: Kernel
  readonly log: Log
  /** Everything that a thread has to know before it gets calls; rejects when it cannot serve. */
  readonly introduce: (shard: ActorRef<ShardMsg>) => Promise<void>
  /** A thread has ended: nothing more goes to this slot until another is up. */
  readonly down: (slot: number) => void
}

/** What every thread is told. */
type Notice = Extract<ShardMsg, { kind: 'watch' | 'locals' | 'reloadNames' | 'drain' | 'hangUp' }>

/** Messages between actors that one from the network becomes, more or less. */
const STEPS = 8

export class Threads {
  readonly #options: ThreadsOptions
  #cluster: Cluster | undefined
  #isClosing = false

  constructor(options: ThreadsOptions) {
    this.#options = options
  }

  /** Rejects when they do not come up. */
  async start(count: number, arg: ShardArg, names: NonNullable<ClusterOptions['names']>): Promise<void> {
    const { kernel, log, down } = this.#options
    const failed = (text: string): void => log({ level: 'error', module: 'threads', text })
    this.#cluster = await Cluster.start(kernel, {
      threads: count,
      module: new URL('./shard-node.js', import.meta.url).href,
      arg,
      names,
      crashed: crash => log(crashEntry(crash)),
      up: node => {
        this.#open(node).catch((error: unknown) => {
          failed(`thread ${node.slot} cannot serve and is started anew: ${String(error)}`)
          this.kill(node.slot)
        })
      },
      down: ({ slot }, reason) => {
        down(slot)
        if (this.#isClosing) return
        failed(`thread ${slot} ended (${reason.kind}): its calls are lost, it is started anew`)
      },
      failed: () => failed('the threads end too often: given up'),
    })
  }

  get nodes(): readonly NodeUp[] {
    return this.#cluster?.nodes() ?? []
  }

  get refs(): readonly ActorRef<ShardMsg>[] {
    return this.nodes.flatMap(node => shardOf(node) ?? [])
  }

  /** The one of that slot; undefined where it is not up, or no thread's. */
  at(slot: number): ActorRef<ShardMsg> | undefined {
    const node = this.nodes.find(each => each.slot === slot)
    return node && shardOf(node)
  }

  tell(notice: Notice): void {
    for (const shard of this.refs) this.#options.kernel.send(shard, notice)
  }

  /** Messages on their way to a thread, named by an actor of it, or such that the own one has still to work on. */
  backlog(reader: ActorRef<never>): number {
    const { kernel } = this.#options
    const incarnation = incarnationOf(reader)
    if (incarnation === kernel.incarnation) return kernel.backlog / STEPS
    return this.#cluster?.mesh.backlog(incarnation) ?? 0
  }

  kill(slot: number): void {
    this.#cluster?.kill(slot)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.#cluster?.close()
  }

  async #open(node: NodeUp): Promise<void> {
    const shard = shardOf(node)
    if (shard === undefined) return
    await this.#options.introduce(shard)
    this.#options.kernel.send(shard, { kind: 'open' })
  }
}

export function shardOf({ names }: NodeUp): ActorRef<ShardMsg> | undefined {
  return named<ShardMsg>(names, 'shard')
}
