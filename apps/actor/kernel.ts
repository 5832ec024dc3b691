/** The actors of one thread: who lives, who gets the next message, who is told of an end. */

import type { Abroad } from './abroad.js'
import { type Asking, ask } from './asking.js'
import type { Behavior, ChildOptions, SpawnOptions } from './behavior.js'
import { type ActorInfo, type Bound, Cell, selfOf } from './cell.js'
import type { Census } from './census.js'
import { type Clock, SystemClock } from './clock.js'
import { announced, type ExitReason, errorReason, nodedown, noproc, shutdown } from './exit.js'
import type { Answer, AskResult, Message, Question } from './message.js'
import type { Monitor, Watcher } from './monitor.js'
import { type ActorRef, type AnyRef, INCARNATIONS, incarnationOf, nobody, refOf, SERIALS } from './ref.js'
import { type Name, type Property, Registry } from './registry.js'
import { RunQueue } from './run-queue.js'
import { Table } from './table.js'

const nothing: readonly never[] = []

/** Messages handled before input gets its turn. */
const SLICE = 1024

/** What becomes a message, or the end, only in the actor's own turn, so that a mapping that throws is the actor's crash. */
class Notice {
  /** Undefined when there is nothing to receive. */
  readonly toMessage: () => unknown
  constructor(toMessage: () => unknown) {
    this.toMessage = toMessage
  }
}

/** An actor that ended in an error. */
export interface CrashReport {
  readonly ref: AnyRef
  readonly label: string
  readonly reason: ExitReason
}

export interface KernelOptions {
  readonly clock?: Clock
  /** Which life of which thread this is; the first one of the calling thread is 0. */
  readonly incarnation?: number
  /** Told of each actor that ends in an error. */
  readonly crashed?: (report: CrashReport) => void
}

export class Kernel {
  readonly clock: Clock
  readonly incarnation: number
  readonly registry: Registry = new Registry()
  /** Set while this thread is part of a mesh. */
  abroad: Abroad | undefined = undefined
  /** The actor that handles a message just now. */
  turn: Cell | undefined = undefined
  /** Messages to actors that were gone. */
  dropped = 0
  readonly #base: number
  readonly #cells = new Table<number, Cell>()
  readonly #aliases = new Map<number, Asking>()
  readonly #queue = new RunQueue<Cell>()
  readonly #crashed: (report: CrashReport) => void
  readonly #run = (): void => this.#turn()
  #serial = 0
  #latestIncarnation: number
  #scheduled = false
  /** When the turn began, or rather when somebody first asked in it. */
  #now: number | undefined = undefined

  constructor(options: KernelOptions = {}) {
    this.clock = options.clock ?? new SystemClock()
    this.incarnation = options.incarnation ?? 0
    this.#base = this.incarnation * SERIALS
    this.#latestIncarnation = this.incarnation
    this.#crashed = guarded(options.crashed ?? (() => undefined))
  }

  /** By the clock, in ms; the same for all that is done in one turn. */
  get now(): number {
    if (this.turn === undefined) return this.clock.now()
    this.#now ??= this.clock.now()
    return this.#now
  }

  /** Messages that wait for their actors. */
  get backlog(): number {
    return this.#queue.size
  }

  /** Starts an actor that has no parent. Throws what its `init` throws, which is reported as a crash, too. */
  spawn<M extends Message, Arg = void>(behavior: Behavior<M, Arg>, arg: Arg, options?: SpawnOptions<M>): ActorRef<M> {
    return this.spawnFrom(undefined, behavior, arg, options)
  }

  spawnFrom<M extends Message, Arg>(
    parent: Cell | undefined,
    behavior: Behavior<M, Arg>,
    arg: Arg,
    options: ChildOptions<M, Message> | undefined,
  ): ActorRef<M> {
    const serial = ++this.#serial
    const ref = refOf(this.incarnation, serial) as ActorRef<M>
    const label = typeof behavior.label === 'string' ? behavior.label : behavior.label(arg)
    const cell = new Cell(this, ref, label, parent, options?.mailbox as Bound | undefined)
    this.#cells.set(serial, serial, cell)
    try {
      if (options?.name !== undefined) selfOf<M>(cell).register(options.name)
      cell.receive = behavior.init(arg, selfOf<M>(cell))
    } catch (thrown) {
      cell.down = options?.down
      this.#end(cell, errorReason(thrown))
      // Whoever hears of its end need not end with it.
      if (options?.down === undefined) throw thrown
      return ref
    }
    cell.down = options?.down
    if (options?.link && parent !== undefined) this.link(parent, ref)
    if (cell.stopping !== undefined) this.#end(cell, cell.stopping)
    return ref
  }

  send<M>(to: ActorRef<M>, message: NoInfer<M>): void {
    const cell = this.#local(to)
    if (cell === undefined) this.#elsewhere(to, message)
    else if (cell.bound !== undefined && cell.waiting >= cell.bound.limit) cell.bound.refused(message as never)
    else this.post(cell, message)
  }

  /** Puts a message into the mailbox of a local actor, whatever its bounds. */
  post(cell: Cell, message: unknown): void {
    if (!cell.alive) return
    cell.waiting++
    this.#queue.push(cell, message)
    if (!this.#scheduled) this.#schedule()
  }

  /** Puts something into the mailbox that is made into a message, or into nothing, in the actor's turn. */
  notify(cell: Cell, toMessage: () => unknown): void {
    if (cell.alive) this.post(cell, new Notice(toMessage))
  }

  /** Asks from outside the actors. Never rejects. `timeout` in ms. */
  ask<M extends Message, const Q extends Question<M>>(
    to: ActorRef<M>,
    question: Q,
    timeout: number,
  ): Promise<AskResult<Answer<M, Q['kind']>>> {
    return new Promise(resolve => ask(this, to, question, timeout, undefined, resolve))
  }

  whereis<M>(name: Name<M>): ActorRef<M> | undefined {
    return this.registry.whereis(name)
  }

  holders<V, M>(property: Property<V, M>): Iterable<readonly [ActorRef<M>, V]> {
    return this.registry.holders(property)
  }

  /**
   * Ends an actor, local or not. The order `killed` cannot be trapped; `normal` is only seen by those that trap.
   * `from` says that this is the end of a linked actor and no order.
   */
  exit(target: AnyRef, reason: ExitReason, from?: AnyRef): void {
    const cell = this.#local(target)
    if (cell === undefined) {
      if (incarnationOf(target) !== this.incarnation) this.abroad?.exit(target, reason, from)
    } else this.notify(cell, () => this.#signal(cell, reason, from))
  }

  isAlive(target: AnyRef): boolean {
    return this.#local(target) !== undefined
  }

  watch(monitor: Monitor): void {
    monitor.watcher.own.monitors ??= new Set()
    monitor.watcher.own.monitors.add(monitor)
    this.watchWith(monitor.target, monitor)
  }

  unwatch(monitor: Monitor): void {
    monitor.undone = true
    monitor.watcher.unmonitor(monitor)
    this.unwatchWith(monitor.target, monitor)
  }

  /** Puts any watcher on an actor's list; one that is gone says so at once. */
  watchWith(target: AnyRef, watcher: Watcher): void {
    const cell = this.#local(target)
    if (cell !== undefined) {
      cell.own.watchers ??= new Set()
      cell.own.watchers.add(watcher)
    } else if (incarnationOf(target) === this.incarnation) watcher.ended(noproc)
    else if (this.abroad === undefined) watcher.ended(nodedown)
    else this.abroad.watch(target, watcher)
  }

  unwatchWith(target: AnyRef, watcher: Watcher): void {
    const cell = this.#local(target)
    if (cell !== undefined) cell.had?.watchers?.delete(watcher)
    else this.abroad?.unwatch(target, watcher)
  }

  link(cell: Cell, target: AnyRef): void {
    this.#tie(cell, target)
    const other = this.#local(target)
    if (other !== undefined) this.#tie(other, cell.ref)
    else if (incarnationOf(target) === this.incarnation) this.exit(cell.ref, noproc, target)
    else if (this.abroad === undefined) this.exit(cell.ref, nodedown, target)
    else this.abroad.link(target, cell.ref)
  }

  unlink(cell: Cell, target: AnyRef): void {
    cell.had?.links?.delete(target)
    const other = this.#local(target)
    if (other !== undefined) other.had?.links?.delete(cell.ref)
    else this.abroad?.unlink(target, cell.ref)
  }

  /** The link of an actor elsewhere to one of ours. */
  linkFrom(target: AnyRef, from: AnyRef): void {
    const cell = this.#local(target)
    if (cell !== undefined) this.#tie(cell, from)
    else this.abroad?.exit(from, noproc, target)
  }

  unlinkFrom(target: AnyRef, from: AnyRef): void {
    this.#local(target)?.had?.links?.delete(from)
  }

  /** Another node is gone: whoever is linked to one of its actors ends, as if that actor had. */
  unlinkNode(incarnation: number): void {
    for (const cell of this.#cells.values()) {
      for (const ref of cell.had?.links ?? []) {
        if (incarnationOf(ref) === incarnation) this.exit(cell.ref, nodedown, ref)
      }
    }
  }

  #tie(cell: Cell, target: AnyRef): void {
    cell.own.links ??= new Set()
    cell.own.links.add(target)
  }

  alias(asking: Asking): AnyRef {
    const serial = ++this.#serial
    this.#aliases.set(serial, asking)
    return refOf(this.incarnation, serial)
  }

  unalias(asking: Asking): void {
    this.#aliases.delete(asking.ref - this.#base)
    this.unwatchWith(asking.target, asking)
  }

  /** All actors, the oldest first, for those who look at them. */
  *actors(): Iterable<ActorInfo> {
    for (const cell of this.#byAge()) yield cell.info
  }

  census(): Census {
    let timers = 0
    for (const cell of this.#cells.values()) timers += cell.timerCount
    return {
      actors: this.#cells.size,
      messages: this.#queue.size,
      timers,
      names: this.registry.names,
      properties: this.registry.properties,
      asks: this.#aliases.size,
      watches: this.abroad?.watches ?? 0,
    }
  }

  /** A number for the next life of a thread. Never given twice, so that stale refs never alias; throws RangeError after 8191. */
  nextIncarnation(): number {
    if (this.#latestIncarnation + 1 >= INCARNATIONS) throw new RangeError('no incarnations left')
    return ++this.#latestIncarnation
  }

  /** A message abroad could not be cloned: its sender is at fault, and not known any more. */
  undeliverable(to: AnyRef, thrown: unknown): void {
    this.dropped++
    this.#crashed({ ref: to, label: 'undeliverable', reason: errorReason(thrown) })
  }

  /** Ends every actor, the youngest first, and forgets what waits. */
  close(): void {
    for (const cell of this.#byAge().reverse()) if (cell.alive) this.#end(cell, shutdown)
    for (const asking of [...this.#aliases.values()]) asking.ended(noproc)
    this.#queue.clear()
  }

  /** The oldest first. */
  #byAge(): Cell[] {
    return [...this.#cells.values()].sort((a, b) => a.ref - b.ref)
  }

  #local(ref: AnyRef): Cell | undefined {
    const serial = ref - this.#base
    return this.#cells.get(serial, serial)
  }

  #elsewhere(to: AnyRef, message: unknown): void {
    if (incarnationOf(to) !== this.incarnation && this.abroad !== undefined && (to as AnyRef) !== nobody) {
      return this.abroad.send(to, message)
    }
    const asking = this.#aliases.get(to - this.#base)
    if (asking !== undefined) asking.answered(message)
    else this.dropped++
  }

  #schedule(): void {
    this.#scheduled = true
    this.clock.soon(this.#run)
  }

  #turn(): void {
    for (let i = 0; i < SLICE; i++) {
      const { cell, message } = this.#queue
      if (cell === undefined) break
      this.#queue.drop()
      cell.waiting--
      if (cell.alive) this.#deliver(cell, message)
    }
    this.turn = undefined
    this.#now = undefined
    if (this.#queue.size > 0) this.clock.soon(this.#run)
    else this.#scheduled = false
  }

  #deliver(cell: Cell, message: unknown): void {
    try {
      this.turn = cell
      if (message instanceof Notice) message = message.toMessage()
      const next = message === undefined ? undefined : cell.receive(message as never)
      if (next !== undefined) cell.receive = next
      if (cell.stopping !== undefined) this.#end(cell, cell.stopping)
    } catch (thrown) {
      this.#end(cell, errorReason(thrown))
    }
  }

  /** The message that an actor makes of an exit signal, if it lives on. */
  #signal(cell: Cell, reason: ExitReason, from: AnyRef | undefined): unknown {
    // A link that was undone meanwhile carries no signal any more.
    if (from !== undefined && !cell.had?.links?.delete(from)) return undefined
    const trap = cell.had?.trap
    if (trap !== undefined && (reason.kind !== 'killed' || from !== undefined)) return trap(reason)
    if (reason.kind !== 'normal') this.#end(cell, reason)
    return undefined
  }

  #end(cell: Cell, reason: ExitReason): void {
    if (!cell.alive) return
    this.#forget(cell)
    if (reason.kind === 'error') this.#crashed({ ref: cell.ref, label: cell.label, reason })
    this.#clear(cell, reason)
    const { down, parent } = cell
    if (down !== undefined && parent !== undefined && reason !== announced) this.notify(parent, () => down(reason))
    cell.letGo()
  }

  #forget(cell: Cell): void {
    cell.alive = false
    const serial = cell.ref - this.#base
    this.#cells.delete(serial, serial)
    cell.stopTimers()
  }

  #clear(cell: Cell, reason: ExitReason): void {
    const had = cell.had
    if (had === undefined) return
    for (const name of had.names ?? nothing) this.registry.unregister(name)
    for (const property of had.properties ?? nothing) this.registry.release(property, cell.ref)
    for (const monitor of had.monitors ?? nothing) this.unwatchWith(monitor.target, monitor)
    for (const asking of had.asks ?? nothing) asking.abandon()
    for (const cleanup of had.cleanups?.reverse() ?? nothing) this.#cleanup(cell, cleanup, reason)
    for (const watcher of had.watchers ?? nothing) watcher.ended(reason)
    for (const other of had.links ?? nothing) this.exit(other, reason, cell.ref)
  }

  #cleanup(cell: Cell, cleanup: (reason: ExitReason) => void, reason: ExitReason): void {
    try {
      cleanup(reason)
    } catch (thrown) {
      this.#crashed({ ref: cell.ref, label: cell.label, reason: errorReason(thrown) })
    }
  }
}

/** Whoever is told of crashes must not cause one: there is nobody left to tell of it. */
function guarded(crashed: (report: CrashReport) => void): (report: CrashReport) => void {
  return report => {
    try {
      crashed(report)
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown
      })
    }
  }
}
