/** One actor: its handler, and all that has to go when it ends. What few actors need is made only when they do. */

import { type Asking, ask } from './asking.js'
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

/** What most actors never have, each made when it is needed. */
class Belongings {
  watchers: Set<Watcher> | undefined = undefined
  monitors: Set<Monitor> | undefined = undefined
  links: Set<AnyRef> | undefined = undefined
  asks: Set<Asking> | undefined = undefined
  names: string[] | undefined = undefined
  properties: Set<string> | undefined = undefined
  cleanups: ((reason: ExitReason) => void)[] | undefined = undefined
  trap: ((reason: ExitReason) => unknown) | undefined = undefined
}

class ActorTimer implements Due {
  handle: TimerHandle | undefined = undefined
  /** The timer of the same actor that was started before. */
  next: ActorTimer | undefined = undefined
  stopped = false
  readonly cell: Cell
  readonly name: string
  readonly message: unknown
  /** When it falls due, by the clock of the kernel. */
  readonly at: number

  constructor(cell: Cell, name: string, message: unknown, at: number) {
    this.cell = cell
    this.name = name
    this.message = message
    this.at = at
  }

  /** A timer that is stopped or replaced while its message waits in the mailbox is still stopped. */
  fire(): void {
    this.cell.kernel.notify(this.cell, () => this.#message())
  }

  #message(): unknown {
    if (this.stopped) return undefined
    this.cell.forget(this)
    return this.message
  }
}

/** An actor as those see it who look at a kernel. */
export interface ActorInfo {
  readonly ref: AnyRef
  readonly label: string
  /** Who started it. */
  readonly parent: AnyRef | undefined
  /** Messages in its mailbox. */
  readonly waiting: number
  /** `at` is by the clock of the kernel, in ms. */
  readonly timers: readonly { readonly name: string; readonly at: number }[]
}

export class Cell {
  readonly kernel: Kernel
  readonly ref: ActorRef<never>
  readonly parent: Cell | undefined
  readonly label: string
  /** Tells the parent of the end; set when the start has succeeded. */
  down: ((reason: ExitReason) => unknown) | undefined = undefined
  readonly bound: Bound | undefined
  receive: Receive<never> = unready
  alive = true
  waiting = 0
  stopping: ExitReason | undefined = undefined
  /** The latest; an actor has so few that a list costs less than an array. */
  #timers: ActorTimer | undefined = undefined
  #belongings: Belongings | undefined = undefined

  constructor(kernel: Kernel, ref: AnyRef, label: string, parent: Cell | undefined, bound: Bound | undefined) {
    this.kernel = kernel
    this.ref = ref
    this.label = label
    this.parent = parent
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

  /** It has ended: whoever still has its Self keeps nothing else of it alive. */
  letGo(): void {
    this.receive = unready
    this.down = undefined
    this.#belongings = undefined
  }

  get now(): number {
    return this.kernel.now
  }

  get timerCount(): number {
    let count = 0
    for (let timer = this.#timers; timer !== undefined; timer = timer.next) count++
    return count
  }

  get timers(): readonly ActorTimer[] {
    const timers: ActorTimer[] = []
    for (let timer = this.#timers; timer !== undefined; timer = timer.next) timers.unshift(timer)
    return timers
  }

  get info(): ActorInfo {
    const { ref, label, parent, waiting, timers } = this
    return { ref, label, parent: parent?.ref, waiting, timers }
  }

  spawn<M extends Message, Arg>(behavior: Behavior<M, Arg>, arg: Arg, options?: ChildOptions<M, Message>): ActorRef<M> {
    return this.kernel.spawnFrom(this, behavior, arg, options)
  }

  send<M>(to: ActorRef<M>, message: NoInfer<M>): void {
    this.kernel.send(to, message)
  }

  isAlive(target: AnyRef): boolean {
    return this.kernel.isAlive(target)
  }

  ask<M extends Message, const Q extends Question<M>>(
    to: ActorRef<M>,
    question: Q,
    timeout: number,
    then: (result: AskResult<Answer<M, Q['kind']>>) => Message,
  ): void {
    ask<Answer<M, Q['kind']>>(this.kernel, to, question, timeout, this, result =>
      this.kernel.notify(this, () => then(result)),
    )
  }

  pipe<T>(work: Promise<T>, done: (value: T) => Message, failed: (error: unknown) => Message): void {
    work.then(
      value => this.kernel.notify(this, () => done(value)),
      (error: unknown) => this.kernel.notify(this, () => failed(error)),
    )
  }

  monitor(target: AnyRef, down: (reason: ExitReason) => Message): () => void {
    const monitor = new Monitor(this, target, down)
    if (this.alive) this.kernel.watch(monitor)
    return () => this.kernel.unwatch(monitor)
  }

  /** A monitor that is done with. */
  unmonitor(monitor: Monitor): void {
    const had = this.#belongings
    if (had?.monitors?.delete(monitor) && had.monitors.size === 0) had.monitors = undefined
  }

  link(target: AnyRef): void {
    if (this.alive) this.kernel.link(this, target)
  }

  unlink(target: AnyRef): void {
    this.kernel.unlink(this, target)
  }

  trapExit(toMessage: (reason: ExitReason) => Message): void {
    this.own.trap = toMessage
  }

  defer(cleanup: (reason: ExitReason) => void): void {
    // An empty array that grows takes room for many.
    if (this.own.cleanups === undefined) this.own.cleanups = [cleanup]
    else this.own.cleanups.push(cleanup)
  }

  startTimer(name: string, after: number, message: Message): void {
    this.stopTimer(name)
    if (!this.alive) return
    const timer = new ActorTimer(this, name, message, this.now + after)
    timer.handle = this.kernel.clock.start(after, timer)
    timer.next = this.#timers
    this.#timers = timer
  }

  stopTimer(name: string): void {
    for (let timer = this.#timers; timer !== undefined; timer = timer.next) {
      if (timer.name !== name) continue
      if (timer.handle !== undefined) this.kernel.clock.stop(timer.handle)
      timer.stopped = true
      return this.forget(timer)
    }
  }

  forget(timer: ActorTimer): void {
    if (this.#timers === timer) {
      this.#timers = timer.next
      return
    }
    for (let later = this.#timers; later !== undefined; later = later.next) {
      if (later.next === timer) later.next = timer.next
    }
  }

  stopTimers(): void {
    for (let timer = this.#timers; timer !== undefined; timer = timer.next) {
      if (timer.handle !== undefined) this.kernel.clock.stop(timer.handle)
    }
    this.#timers = undefined
  }

  register(name: Name<never>): void {
    if (!this.alive) return
    this.kernel.registry.register(name, this.ref)
    this.own.names ??= []
    this.own.names.push(name)
  }

  hold<V>(property: Property<V, never>, value: V): void {
    if (!this.alive) return
    this.kernel.registry.hold(property, this.ref, value)
    this.own.properties ??= new Set()
    this.own.properties.add(property)
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
    // Code of an actor may run outside its turns, behind a promise; nothing may ever come after it.
    if (this.kernel.turn !== this) this.kernel.notify(this, () => undefined)
  }
}

/** A cell seen from inside its behaviour, where its protocol is known. */
export function selfOf<Msg extends Message>(cell: Cell): Self<Msg> {
  return cell as Cell & Self<Msg>
}

function unready(): void {
  throw new TypeError('an actor got a message before its init returned')
}
