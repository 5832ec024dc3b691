/** The entry of a worker thread: one kernel until told to stop. Runs as a piscina task that does not end before. */

import { type MessagePort, workerData } from 'node:worker_threads'
import type { Census } from './census.js'
import { type Due, SystemClock } from './clock.js'
import { drained } from './drain.js'
import { type ExitReason, errorReason } from './exit.js'
import { type CrashReport, Kernel } from './kernel.js'
import { Mesh } from './mesh.js'
import { tree } from './tree.js'
import type { Names, Plain } from './wire.js'

/** What a module on a worker thread is given. */
export interface NodeContext {
  readonly kernel: Kernel
  /** Which of the cluster's threads this is, from 0. A restarted thread keeps it. */
  readonly slot: number
  /** What the cluster was started with. */
  readonly arg: Plain
  /** The well-known actors of the main thread. */
  readonly names: Names
  /** The well-known actors of the other worker threads that are up, by slot. Changes as they come and go. */
  readonly nodes: ReadonlyMap<number, Names>
}

/**
 * What the module named in a cluster's options exports. `start` spawns the actors of a thread and returns those that other
 * threads may know. A throw ends the thread and is the reason that the cluster reports.
 */
export interface NodeModule {
  start(context: NodeContext): Names | Promise<Names>
}

/** The piscina task. */
export interface NodeTask {
  readonly slot: number
  readonly incarnation: number
  readonly module: string
  readonly arg: Plain
  readonly names: Names
  readonly control: MessagePort
  readonly peers: readonly (readonly [incarnation: number, port: MessagePort])[]
  readonly nodes: readonly (readonly [slot: number, names: Names])[]
  /** Counted up every `pulse` ms as long as the thread is alive to do so. */
  readonly beats: Int32Array
  readonly pulse: number
}

/** From the cluster to a node. */
export type Order =
  | { readonly kind: 'peer'; readonly incarnation: number; readonly port: MessagePort }
  | { readonly kind: 'nodeUp'; readonly slot: number; readonly names: Names }
  | { readonly kind: 'nodeDown'; readonly slot: number }
  | { readonly kind: 'look'; readonly at: 'census' | 'tree' }
  /** Ends all actors in good order, at most for so many ms. */
  | { readonly kind: 'stop'; readonly within: number }

/** From a node to the cluster. */
export type Report =
  | { readonly kind: 'up'; readonly names: Names }
  | { readonly kind: 'failed'; readonly reason: ExitReason }
  | { readonly kind: 'crashed'; readonly report: CrashReport }
  | { readonly kind: 'looked'; readonly census?: Census; readonly tree?: string }

// A thread that waits to replace another loads the module beforehand. If it cannot, the task will say so.
if (typeof workerData?.module === 'string') await import(workerData.module).catch(() => undefined)

/** Never rejects: piscina would keep the thread, its modules and its open ports. A failure has to end the thread itself. */
export default function node(task: NodeTask): Promise<void> {
  return live(task).catch((thrown: unknown) => {
    tell(task, { kind: 'failed', reason: errorReason(thrown) })
    setImmediate(() => {
      throw thrown
    })
    return new Promise<void>(() => undefined)
  })
}

async function live(task: NodeTask): Promise<void> {
  const { slot, incarnation, control, arg, names } = task
  const kernel = new Kernel({ incarnation, crashed: report => tell(task, { kind: 'crashed', report }) })
  const mesh = new Mesh(kernel)
  for (const [peer, port] of task.peers) mesh.join(peer, port)
  const nodes = new Map(task.nodes)
  const pulse = new Pulse(task.beats, task.pulse)
  const stop = new Promise<number>(resolve => {
    control.on('message', (order: Order) => {
      switch (order.kind) {
        case 'peer':
          return mesh.join(order.incarnation, order.port)
        case 'nodeUp':
          return void nodes.set(order.slot, order.names)
        case 'nodeDown':
          return void nodes.delete(order.slot)
        case 'look':
          return tell(task, {
            kind: 'looked',
            ...(order.at === 'tree' ? { tree: tree(kernel) } : { census: kernel.census() }),
          })
        case 'stop':
          return resolve(order.within)
      }
    })
  })
  const module = await load(task.module)
  tell(task, { kind: 'up', names: await module.start({ kernel, slot, arg, names, nodes }) })
  await drained(kernel, await stop)
  pulse.stop()
  mesh.close()
  control.close()
}

async function load(url: string): Promise<NodeModule> {
  const module: unknown = await import(url)
  if (isNodeModule(module)) return module
  throw new TypeError(`${url} does not export start(context)`)
}

function isNodeModule(module: unknown): module is NodeModule {
  return typeof module === 'object' && module !== null && 'start' in module && typeof module.start === 'function'
}

function tell(task: NodeTask, report: Report): void {
  task.control.postMessage(report)
}

/** The heartbeat: no message, so that neither a full port nor a busy main thread looks like a wedged node. */
class Pulse implements Due {
  readonly #clock = new SystemClock()
  readonly #beats: Int32Array
  readonly #interval: number
  #handle: ReturnType<SystemClock['start']>

  constructor(beats: Int32Array, interval: number) {
    this.#beats = beats
    this.#interval = interval
    this.#handle = this.#clock.start(interval, this)
  }

  fire(): void {
    Atomics.add(this.#beats, 0, 1)
    this.#handle = this.#clock.start(this.#interval, this)
  }

  stop(): void {
    this.#clock.stop(this.#handle)
  }
}
