/** Supervisors: Erlang's four strategies, restart types, orderly shutdown and restart intensity. */

import type { Behavior, Self } from './behavior.js'
import { type ExitReason, errorReason, isQuiet, killed, shutdown } from './exit.js'
import { calm, restarted } from './intensity.js'
import type { ActorRef, AnyRef } from './ref.js'

export interface ChildSpec {
  readonly id: string
  /** Spawns the child and returns its ref. A throw is a failed start. */
  readonly start: (self: Self<SupervisorMsg>) => AnyRef
  /** Restarted always, after an abnormal exit only, or never. */
  readonly restart: 'permanent' | 'transient' | 'temporary'
  /** How a child is stopped: told to, and killed after so many ms; killed at once; or waited for. */
  readonly shutdown: number | 'brutal' | 'infinity'
}

export interface SupervisorSpec {
  readonly label: string
  /** Under simple_one_for_one ids need not be unique and children are stopped in parallel. */
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one'
  /** More than `intensity` restarts within `period` ms, and the supervisor gives up: it stops its children and itself. */
  readonly intensity: number
  readonly period: number
  readonly children: readonly ChildSpec[]
}

export type Started =
  | { readonly kind: 'started'; readonly ref: AnyRef }
  | { readonly kind: 'failed'; readonly reason: ExitReason }

export interface ChildState {
  readonly id: string
  readonly ref: AnyRef | undefined
}

export type SupervisorMsg =
  | { readonly kind: 'start'; readonly child: ChildSpec; readonly replyTo?: ActorRef<Started> }
  | { readonly kind: 'stopChild'; readonly id: string; readonly replyTo?: ActorRef<'stopped'> }
  | { readonly kind: 'children'; readonly replyTo: ActorRef<readonly ChildState[]> }
  | { readonly kind: 'down'; readonly child: Child; readonly reason: ExitReason }
  | { readonly kind: 'overdue'; readonly child: Child }
  | { readonly kind: 'restart' }
  | { readonly kind: 'exit'; readonly reason: ExitReason }

interface Child {
  readonly spec: ChildSpec
  ref: AnyRef | undefined
  /** Being stopped on purpose, so its end is no failure. */
  stopping: boolean
  /** The name of the timer that kills it when it takes too long to stop. */
  readonly overdue: string
  /** Told when a stop on demand is done. */
  stopped: ActorRef<'stopped'> | undefined
}

/** The behaviour of a supervisor; spawn it with its spec. A child that cannot start fails the supervisor's own start. */
export const supervisor: Behavior<SupervisorMsg, SupervisorSpec> = {
  label: spec => spec.label,
  init(spec, self) {
    const office = new Office(spec, self)
    self.trapExit(reason => ({ kind: 'exit', reason }))
    self.defer(() => office.abandon())
    for (const child of spec.children) office.start(child)
    return message => office.receive(message)
  },
}

/** What one supervisor knows and does. */
class Office {
  readonly #spec: SupervisorSpec
  readonly #self: Self<SupervisorMsg>
  /** In the order of their first start. */
  readonly #children = new Set<Child>()
  #intensity = calm
  #started = 0
  /** Those that are being stopped, the next at the end, and what happens when all are gone. */
  #leaving: Child[] = []
  #after: (() => void) | undefined = undefined
  #ending = false

  constructor(spec: SupervisorSpec, self: Self<SupervisorMsg>) {
    this.#spec = spec
    this.#self = self
  }

  receive(message: SupervisorMsg): void {
    switch (message.kind) {
      case 'start':
        return this.#startOnDemand(message.child, message.replyTo)
      case 'stopChild':
        return this.#stopChild(message.id, message.replyTo)
      case 'children':
        return this.#self.send(
          message.replyTo,
          [...this.#children].map(({ spec, ref }) => ({ id: spec.id, ref })),
        )
      case 'down':
        return this.#down(message.child, message.reason)
      case 'overdue':
        if (message.child.ref !== undefined) this.#self.exit(message.child.ref, killed)
        return
      case 'restart':
        return this.#restart()
      case 'exit':
        return this.#end()
    }
  }

  start(spec: ChildSpec): Child {
    if (this.#spec.strategy !== 'simple_one_for_one' && this.#named(spec.id).length > 0) {
      throw new TypeError(`the supervisor ${this.#spec.label} has a child ${spec.id} already`)
    }
    const overdue = `overdue ${++this.#started}`
    const child: Child = { spec, ref: undefined, stopping: false, overdue, stopped: undefined }
    this.#run(child)
    this.#children.add(child)
    return child
  }

  /** The supervisor itself has ended: nobody is left to wait, so whoever still lives is killed. */
  abandon(): void {
    for (const { ref } of [...this.#children].reverse()) if (ref !== undefined) this.#self.exit(ref, killed)
  }

  #named(id: string): Child[] {
    return [...this.#children].filter(({ spec }) => spec.id === id)
  }

  #run(child: Child): void {
    const ref = child.spec.start(this.#self)
    child.ref = ref
    child.stopping = false
    this.#self.monitor(ref, reason => ({ kind: 'down', child, reason }))
  }

  #startOnDemand(spec: ChildSpec, replyTo: ActorRef<Started> | undefined): void {
    const started = this.#tryStart(spec)
    if (replyTo !== undefined) this.#self.send(replyTo, started)
  }

  #tryStart(spec: ChildSpec): Started {
    try {
      const { ref } = this.#ending ? { ref: undefined } : this.start(spec)
      return ref === undefined ? { kind: 'failed', reason: shutdown } : { kind: 'started', ref }
    } catch (thrown) {
      return { kind: 'failed', reason: errorReason(thrown) }
    }
  }

  /** Stops and forgets the children of this name; the reply comes when the one started last is gone. */
  #stopChild(id: string, replyTo: ActorRef<'stopped'> | undefined): void {
    const children = this.#named(id)
    const last = children.findLast(({ ref }) => ref !== undefined)
    if (last !== undefined) last.stopped = replyTo
    else if (replyTo !== undefined) this.#self.send(replyTo, 'stopped')
    for (const child of children) {
      this.#children.delete(child)
      this.#order(child)
    }
  }

  #down(child: Child, reason: ExitReason): void {
    child.ref = undefined
    this.#self.stopTimer(child.overdue)
    if (child.stopped !== undefined) this.#self.send(child.stopped, 'stopped')
    const { restart } = child.spec
    const over = restart === 'temporary' || (restart === 'transient' && isQuiet(reason) && !child.stopping)
    if (over) this.#children.delete(child)
    // Only the end of the one that is waited for calls for the next.
    if (child === this.#leaving.at(-1)) this.#stopNext()
    else if (!over && !child.stopping) this.#failed(child)
  }

  /** Restarts what the strategy says, unless it happened too often: then the failure goes up. */
  #failed(child: Child): void {
    if (this.#tooOften()) return this.#end()
    const { strategy } = this.#spec
    if (strategy === 'one_for_one' || strategy === 'simple_one_for_one') return this.#restart()
    const children = [...this.#children]
    const from = strategy === 'one_for_all' ? 0 : children.indexOf(child)
    this.#stopAll(children.slice(from), () => this.#restart())
  }

  #tooOften(): boolean {
    const { intensity, period } = this.#spec
    this.#intensity = restarted(this.#intensity, this.#self.now, intensity, period)
    return this.#intensity.exceeded
  }

  /** Starts every child that does not run, in order, once those that have to stop first have. */
  #restart(): void {
    if (this.#ending || this.#after !== undefined) return
    for (const child of this.#children) {
      if (child.ref !== undefined) continue
      try {
        this.#run(child)
      } catch {
        return this.#retry()
      }
    }
  }

  /** The next try goes through our own mailbox, so that an exit order that came in meanwhile is seen first. */
  #retry(): void {
    if (this.#tooOften()) this.#end()
    else this.#self.send(this.#self.ref, { kind: 'restart' })
  }

  /** Stops all children and then itself: told to, or given up. */
  #end(): void {
    if (this.#ending) return
    this.#ending = true
    this.#stopAll([...this.#children], () => this.#self.stop(shutdown))
  }

  #stopAll(children: readonly Child[], after: () => void): void {
    this.#after = after
    this.#leaving = children.filter(({ ref }) => ref !== undefined)
    for (const child of this.#leaving) child.stopping = true
    if (this.#spec.strategy === 'simple_one_for_one') for (const child of this.#leaving) this.#order(child)
    this.#stopNext()
  }

  /** One at a time in reverse order of their start, each when the one before it is gone. */
  #stopNext(): void {
    while (this.#leaving.length > 0 && this.#leaving.at(-1)?.ref === undefined) this.#leaving.pop()
    const last = this.#leaving.at(-1)
    if (last !== undefined) {
      if (this.#spec.strategy !== 'simple_one_for_one') this.#order(last)
      return
    }
    const after = this.#after
    this.#after = undefined
    after?.()
  }

  #order(child: Child): void {
    if (child.ref === undefined) return
    child.stopping = true
    const { shutdown: how } = child.spec
    this.#self.exit(child.ref, how === 'brutal' ? killed : shutdown)
    if (typeof how === 'number') this.#self.startTimer(child.overdue, how, { kind: 'overdue', child })
  }
}
