/** The cores of a stack, on all of its threads: registered as objects or classes, or loaded as modules. */

import type { ActorRef, Kernel } from '../actor/actor.js'
import type { Agent } from './agent.js'
import { coreOf } from './application.js'
import type { Core } from './core/core.js'
import { type HomeContext, type HomeMsg, home } from './core/home.js'
import { type Placed, placed } from './core/remote-core.js'
import type { Elsewhere } from './core/replacement-place.js'
import { checkService } from './core/service.js'
import { type CoreClass, coreFrom } from './core/user-agent.js'
import type { RunningLayers } from './running-layers.js'
import type { ShardMsg } from './shard-node.js'

export interface ApplicationsOptions {
  readonly kernel: Kernel
  readonly layers: RunningLayers
  readonly agent: Agent
  readonly context: HomeContext
  /** False where the calling thread does all. */
  readonly isShared: boolean
  /** The threads that are up. */
  readonly shards: () => readonly ActorRef<ShardMsg>[]
}

/** ms that a thread gets to load a module. */
const PATIENCE = 10_000

/** How a thread gets to know a core. */
type Introduction = { readonly kind: 'load'; readonly url: string } | ({ readonly kind: 'place' } & Placed)

export class Applications {
  readonly #options: ApplicationsOptions
  /** What every thread knows, by name, in order of registration. */
  readonly #known = new Map<string, Introduction>()
  /** A home stays for the calls that are at home there, and leaves when these are silent. */
  readonly #homes = new Map<string, ActorRef<HomeMsg>>()

  constructor(options: ApplicationsOptions) {
    this.#options = options
  }

  /** Registers a core that stays on the calling thread; the others send it its requests. Throws TypeError for no core. */
  register(given: Core | CoreClass): void {
    const { kernel, layers, isShared, shards } = this.#options
    const core = coreFrom(given)
    checkService(core)
    layers.register(core)
    if (!isShared) return
    const introduction = this.#place(core)
    this.#know(core.name, introduction)
    for (const shard of shards()) kernel.send(shard, introduction)
  }

  /** Rejects with TypeError when the module cannot be used; what was in service by its name before is so still then. */
  async load(url: string): Promise<void> {
    const { layers, shards, agent } = this.#options
    const core = coreOf(await import(url), url, { agent })
    if (core.placement === 'one') return this.register(core)
    const { name } = core
    const before = this.#known.get(name)
    this.#know(name, { kind: 'load', url })
    try {
      await Promise.all(shards().map(shard => this.#loadOn(shard, url)))
    } catch (error) {
      await this.#restore(name, before)
      throw error
    }
    this.#vacate(name)
    // With threads, too: a call to ourselves stays with the thread that places it.
    layers.register(core)
  }

  unregister(name: string): void {
    const { kernel, layers, shards } = this.#options
    layers.unregister(name)
    this.#known.delete(name)
    for (const shard of shards()) kernel.send(shard, { kind: 'unregister', name })
    this.#vacate(name)
  }

  /** Nothing new comes to that home; those that have left by now are forgotten. */
  #vacate(name: string): void {
    const { kernel } = this.#options
    for (const [of, ref] of this.#homes) {
      if (of === name) kernel.send(ref, { kind: 'unregister' })
      if (!kernel.isAlive(ref)) this.#homes.delete(of)
    }
  }

  /** Tells a thread that has come up what the others know. Rejects when it cannot load a module. */
  async introduce(shard: ActorRef<ShardMsg>): Promise<void> {
    // One after the other: among cores of one priority the first that was registered is asked first.
    for (const introduction of this.#known.values()) await this.#tell(shard, introduction)
  }

  async #tell(shard: ActorRef<ShardMsg>, introduction: Introduction): Promise<void> {
    if (introduction.kind === 'load') await this.#loadOn(shard, introduction.url)
    else this.#options.kernel.send(shard, introduction)
  }

  /** Some threads may have the new one already. */
  async #restore(name: string, before: Introduction | undefined): Promise<void> {
    if (before === undefined) return this.unregister(name)
    this.#know(name, before)
    await Promise.allSettled(this.#options.shards().map(shard => this.#tell(shard, before)))
  }

  #know(name: string, introduction: Introduction): void {
    this.#known.delete(name)
    this.#known.set(name, introduction)
  }

  #place(core: Core): Extract<Introduction, { kind: 'place' }> {
    const { kernel, layers, context } = this.#options
    const { name } = core
    let ref = this.#homes.get(name)
    if (ref === undefined || !kernel.isAlive(ref)) {
      const elsewhere: Elsewhere = callId => context.elsewhere(callId) ?? layers.current.cores
      ref = kernel.spawn(home, { ...context, elsewhere })
      this.#homes.set(name, ref)
    }
    kernel.send(ref, { kind: 'register', core })
    return { kind: 'place', ...placed(core, ref) }
  }

  async #loadOn(shard: ActorRef<ShardMsg>, url: string): Promise<void> {
    const { kernel } = this.#options
    const answer = await kernel.ask(shard, { kind: 'load', url }, PATIENCE)
    const problem = answer.kind === 'answered' ? answer.value : 'a thread did not answer'
    if (problem !== '') throw new TypeError(problem)
  }
}
