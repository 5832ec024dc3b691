/** One actor: its handler, and all that has to go when it ends. What few actors need is made only when they do. */

import { ask } from './asking.js'
import type { Behavior, ChildOptions, Receive, Self } from './behavior.js'
import type { Due, TimerHandle } from './clock.js'
import { type ExitReason, normal } from './exit.js'
import type { Kernel } from './kernel.js'
import type { Answer, AskResult, Message, Question } from './message.js'
import { Monitor, type Watcher } from './monitor.js'
import type { ActorRef, AnyRef } from './ref.js'
import type { Name, Property } from './registry.js'

/** The bounds of a mailbox, when it has any. */
export interface Bound {
  readonly limit: number
  readonly refused: (message: never) => void
}

/** What most actors never have. */
class Belongings {
  readonly watchers: Set<Watcher> = new Set()
  readonly monitors: Set<Monitor> = new Set()
  readonly links: Set<AnyRef> = new Set()
  readonly names: string[] = []
  readonly properties: string[] = []
  readonly cleanups: ((reason: ExitReason) => void)[] = []
  trap: ((reason: ExitReason) => unknown) | undefined = undefined
}

class ActorTimer implements Due {
  handle: TimerHandle | undefined = undefined
  readonly cell: Cell
  readonly name: string
  readonly message: unknown

  constructor(cell: Cell, name: string, message: unknown) {
    this.cell = cell
    this.name = name
    this.message = message
  }

  fire(): void {
    this.cell.forget(this)
    this.cell.kernel.post(this.cell, this.message)
  }
}

export class Cell {
  readonly kernel: Kernel
  readonly ref: ActorRef<never>
  readonly parent: Cell | undefined
  readonly label: string
  /** Tells the parent of the end; set by spawn. */
  readonly down: ((reason: ExitReason) => unknown) | undefined
  readonly bound: Bound | undefined
  receive: Receive<never> = unready
  alive = true
  waiting = 0
  stopping: ExitReason | undefined = undefined
  #timers: ActorTimer[] | undefined = undefined
  #belongings: Belongings | undefined = undefined

  constructor(
    kernel: Kernel,
    ref: AnyRef,
    label: string,
    parent: Cell | undefined,
    down: ((reason: ExitReason) => unknown) | undefined,
    bound: Bound | undefined,
  ) {
    this.kernel = kernel
    this.ref = ref
    this.label = label
    this.parent = parent
    this.down = down
    this.bound = bound
  }

  get own(): Belongings {
    this.#belongings ??= new Belongings()
    return this.#belongings
  }

  /** The belongings, without making them. */
  get had(): Belongings | undefined {
    return this.#belongings
  }

  get now(): number {
    return this.kernel.clock.now()
  }

  get timers(): number {
    return this.#timers?.length ?? 0
  }

  spawn<M extends Message, Arg>(behavior: Behavior<M, Arg>, arg: Arg, options?: ChildOptions<M, Message>): ActorRef<M> {
    return this.kernel.spawnFrom(this, behavior, arg, options)
  }

  send<M>(to: ActorRef<M>, message: NoInfer<M>): void {
    this.kernel.send(to, message)
  }

  ask<M extends Message, const Q extends Question<M>>(
    to: ActorRef<M>,
    question: Q,
    timeout: number,
    then: (result: AskResult<Answer<M, Q['kind']>>) => Message,
  ): void {
    ask<Answer<M, Q['kind']>>(this.kernel, to, question, timeout, this, result => this.kernel.post(this, then(result)))
  }

  pipe<T>(work: Promise<T>, done: (value: T) => Message, failed: (error: unknown) => Message): void {
    work.then(
      value => this.kernel.post(this, done(value)),
      (error: unknown) => this.kernel.post(this, failed(error)),
    )
  }

  monitor(target: AnyRef, down: (reason: ExitReason) => Message): () => void {
    const monitor = new Monitor(this, target, down)
    this.kernel.watch(monitor)
    return () => this.kernel.unwatch(monitor)
  }

  link(target: AnyRef): void {
    this.kernel.link(this, target)
  }

  unlink(target: AnyRef): void {
    this.kernel.unlink(this, target)
  }

  trapExit(toMessage: (reason: ExitReason) => Message): void {
    this.own.trap = toMessage
  }

  defer(cleanup: (reason: ExitReason) => void): void {
    this.own.cleanups.push(cleanup)
  }

  startTimer(name: string, after: number, message: Message): void {
    this.stopTimer(name)
    const timer = new ActorTimer(this, name, message)
    timer.handle = this.kernel.clock.start(after, timer)
    if (this.#timers === undefined) this.#timers = [timer]
    else this.#timers.push(timer)
  }

  stopTimer(name: string): void {
    const timer = this.#timers?.find(each => each.name === name)
    if (timer === undefined) return
    if (timer.handle !== undefined) this.kernel.clock.stop(timer.handle)
    this.forget(timer)
  }

  forget(timer: ActorTimer): void {
    const timers = this.#timers
    if (timers === undefined) return
    const at = timers.indexOf(timer)
    const last = timers.pop()
    if (last !== undefined && last !== timer && at >= 0) timers[at] = last
  }

  stopTimers(): void {
    for (const timer of this.#timers ?? []) if (timer.handle !== undefined) this.kernel.clock.stop(timer.handle)
    this.#timers = undefined
  }

  register(name: Name<never>): void {
    this.kernel.registry.register(name, this.ref)
    this.own.names.push(name)
  }

  hold<V>(property: Property<V, never>, value: V): void {
    this.kernel.registry.hold(property, this.ref, value)
    if (!this.own.properties.includes(property)) this.own.properties.push(property)
  }

  release<V>(property: Property<V, never>): void {
    this.kernel.registry.release(property, this.ref)
  }

  whereis<M>(name: Name<M>): ActorRef<M> | undefined {
    return this.kernel.registry.whereis(name)
  }

  holders<V, M>(property: Property<V, M>): Iterable<readonly [ActorRef<M>, V]> {
    return this.kernel.registry.holders(property)
  }

  exit(target: AnyRef, reason: ExitReason): void {
    this.kernel.exit(target, reason)
  }

  stop(reason: ExitReason = normal): void {
    this.stopping = reason
  }
}

/** A cell seen from inside its behaviour, where its protocol is known. */
export function selfOf<Msg extends Message>(cell: Cell): Self<Msg> {
  return cell as Cell & Self<Msg>
}

function unready(): void {
  throw new TypeError('an actor got a message before its init returned')
}
