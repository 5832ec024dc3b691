/** Supervisors: Erlang's four strategies, restart types, orderly shutdown and restart intensity. */

import type { Behavior, Receive, Self } from './behavior.js'
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
  | { readonly kind: 'restart'; readonly from: number }
  | { readonly kind: 'exit'; readonly reason: ExitReason }

interface Child {
  readonly spec: ChildSpec
  ref: AnyRef | undefined
  /** Being stopped on purpose, so its end is no failure. */
  stopping: boolean
  /** The name of the timer that kills it when it takes too long to stop. */
  readonly overdue: string
}

/** The behaviour of a supervisor; spawn it with its spec. A child that cannot start fails the supervisor's own start. */
export const supervisor: Behavior<SupervisorMsg, SupervisorSpec> = {
  label: 'supervisor',
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
  readonly #children: Child[] = []
  #intensity = calm
  #started = 0
  /** What happens when the children that are being stopped are gone. */
  #after: (() => void) | undefined = undefined

  constructor(spec: SupervisorSpec, self: Self<SupervisorMsg>) {
    this.#spec = spec
    this.#self = self
  }

  receive(message: SupervisorMsg): Receive<SupervisorMsg> | void {
    switch (message.kind) {
      case 'start':
        return this.#startOnDemand(message.child, message.replyTo)
      case 'stopChild':
        return this.#stopChild(message.id, message.replyTo)
      case 'children':
        return this.#self.send(
          message.replyTo,
          this.#children.map(({ spec, ref }) => ({ id: spec.id, ref })),
        )
      case 'down':
        return this.#down(message.child, message.reason)
      case 'overdue':
        if (message.child.ref !== undefined) this.#self.exit(message.child.ref, killed)
        return
      case 'restart':
        return this.#restart(message.from)
      case 'exit':
        return this.#stopAfter(this.#children, () => this.#self.stop(shutdown))
    }
  }

  start(spec: ChildSpec): Child {
    if (this.#spec.strategy !== 'simple_one_for_one' && this.#children.some(child => child.spec.id === spec.id)) {
      throw new TypeError(`the supervisor ${this.#spec.label} has a child ${spec.id} already`)
    }
    const child: Child = { spec, ref: undefined, stopping: false, overdue: `overdue ${++this.#started}` }
    this.#run(child)
    this.#children.push(child)
    return child
  }

  /** The supervisor itself has ended: nobody is left to wait, so whoever still lives is killed. */
  abandon(): void {
    for (const child of this.#children.toReversed()) if (child.ref !== undefined) this.#self.exit(child.ref, killed)
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
      const { ref } = this.start(spec)
      return ref === undefined ? { kind: 'failed', reason: shutdown } : { kind: 'started', ref }
    } catch (thrown) {
      return { kind: 'failed', reason: errorReason(thrown) }
    }
  }

  #stopChild(id: string, replyTo: ActorRef<'stopped'> | undefined): void {
    for (const child of this.#children.filter(each => each.spec.id === id)) {
      this.#forget(child)
      if (child.ref !== undefined) this.#order(child)
    }
    if (replyTo !== undefined) this.#self.send(replyTo, 'stopped')
  }

  #down(child: Child, reason: ExitReason): void {
    child.ref = undefined
    this.#self.stopTimer(child.overdue)
    if (child.stopping) return this.#stopNext()
    const at = this.#children.indexOf(child)
    if (at < 0) return
    const { restart } = child.spec
    if (restart === 'temporary' || (restart === 'transient' && isQuiet(reason))) return this.#forget(child)
    this.#failed(at)
  }

  /** Restarts what the strategy says, unless it happened too often: then the failure goes up. */
  #failed(at: number): void {
    const { strategy, intensity, period } = this.#spec
    this.#intensity = restarted(this.#intensity, this.#self.now, intensity, period)
    if (this.#intensity.exceeded) {
      return this.#stopAfter(this.#children, () => this.#self.stop(shutdown))
    }
    if (strategy === 'one_for_one' || strategy === 'simple_one_for_one') return this.#restart(at, at + 1)
    const from = strategy === 'one_for_all' ? 0 : at
    this.#stopAfter(this.#children.slice(from), () => this.#restart(from))
  }

  #restart(from: number, to: number = this.#children.length): void {
    for (const [offset, child] of this.#children.slice(from, to).entries()) {
      if (child.ref !== undefined) continue
      try {
        this.#run(child)
      } catch {
        // The next try goes through our own mailbox, so that an exit order that came in meanwhile is seen first.
        return this.#retry(from + offset)
      }
    }
  }

  #retry(from: number): void {
    this.#intensity = restarted(this.#intensity, this.#self.now, this.#spec.intensity, this.#spec.period)
    if (this.#intensity.exceeded) this.#stopAfter(this.#children, () => this.#self.stop(shutdown))
    else this.#self.send(this.#self.ref, { kind: 'restart', from })
  }

  #stopAfter(children: readonly Child[], after: () => void): void {
    this.#after = after
    for (const child of children) if (child.ref !== undefined) child.stopping = true
    if (this.#spec.strategy === 'simple_one_for_one') for (const child of children) this.#order(child)
    this.#stopNext()
  }

  /** One at a time in reverse order of their start, each when the one before it is gone. */
  #stopNext(): void {
    const last = this.#children.findLast(child => child.stopping && child.ref !== undefined)
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

  #forget(child: Child): void {
    const at = this.#children.indexOf(child)
    if (at >= 0) this.#children.splice(at, 1)
  }
}
