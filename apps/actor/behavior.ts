/** What an actor is made of, and what it can do from inside its handlers. */

import type { ExitReason } from './exit.js'
import type { Answer, AskResult, Message, Question } from './message.js'
import type { ActorRef, AnyRef } from './ref.js'
import type { Name, Property } from './registry.js'

/** Handles one message to completion. Returning a function makes it the handler from the next message on (become). */
export type Receive<Msg> = (message: Msg) => Receive<Msg> | void

export interface Behavior<Msg extends Message, Arg = void> {
  /** What the actor is called in `tree()` and in crash reports; may depend on the argument. */
  readonly label: string | ((arg: Arg) => string)
  /** Runs inside `spawn`. A throw is a failed start: `spawn` throws it on. */
  init(arg: Arg, self: Self<Msg>): Receive<Msg>
}

export interface SpawnOptions<Msg extends Message> {
  /** Registers the actor under a unique name before `init` runs; throws when the name is taken. */
  readonly name?: Name<Msg>
  /** Dies with its parent and takes it along on an abnormal exit, as `self.link` does. */
  readonly link?: boolean
  /**
   * A bounded mailbox: with `limit` messages waiting, a further one that is sent goes to `refused` instead, on the sender's
   * stack. The actor's own timers, answers and notices of ends are never refused.
   */
  readonly mailbox?: { readonly limit: number; readonly refused: (message: Msg) => void }
}

/** Spawned by an actor and monitored in one step (Erlang's spawn_monitor). */
export interface ChildOptions<Msg extends Message, Parent> extends SpawnOptions<Msg> {
  /** The message that the parent gets when the child has ended, but for an end that is `announced`. */
  readonly down?: (reason: ExitReason) => Parent
}

export interface Self<Msg extends Message> {
  readonly ref: ActorRef<Msg>
  /** The injected clock, in ms. */
  readonly now: number
  /** Starts an actor on this thread; its `init` has run when this returns. Throws what that throws, unless `down` tells of it. */
  spawn<M extends Message, Arg = void>(
    behavior: Behavior<M, Arg>,
    arg: Arg,
    options?: ChildOptions<M, Msg>,
  ): ActorRef<M>
  /** Asynchronous and never fails: a message to an actor that is gone is dropped. FIFO per sender and receiver. */
  send<M>(to: ActorRef<M>, message: NoInfer<M>): void
  /** Whether an actor of this thread has not ended. */
  isAlive(target: AnyRef): boolean
  /** Sends the question with a one-shot `replyTo`; the result comes back as a message. `timeout` in ms. */
  ask<M extends Message, const Q extends Question<M>>(
    to: ActorRef<M>,
    question: Q,
    timeout: number,
    then: (result: AskResult<Answer<M, Q['kind']>>) => Msg,
  ): void
  /** Turns the end of a promise into a message. */
  pipe<T>(work: Promise<T>, done: (value: T) => Msg, failed: (error: unknown) => Msg): void
  /** `down` makes the message that arrives once when the target ends, or at once (noproc) if it is gone. Returns the undo. */
  monitor(target: AnyRef, down: (reason: ExitReason) => Msg): () => void
  /** An abnormal exit of either ends the other too. */
  link(target: AnyRef): void
  unlink(target: AnyRef): void
  /** Exit signals from others, except `killed`, arrive as this message instead of ending the actor. */
  trapExit(toMessage: (reason: ExitReason) => Msg): void
  /** Runs once when the actor ends, whatever the reason, the latest first: for what it owns (sockets, child actors). */
  defer(cleanup: (reason: ExitReason) => void): void
  /** After `after` ms the message arrives in the mailbox. A timer of the same name is replaced; all end with the actor. */
  startTimer(timer: string, after: number, message: Msg): void
  stopTimer(timer: string): void
  register(name: Name<Msg>): void
  /** Declares a property that `holders` finds, as gproc does; replaced when held already, gone with the actor. */
  hold<V>(property: Property<V, Msg>, value: V): void
  release<V>(property: Property<V, Msg>): void
  whereis<M>(name: Name<M>): ActorRef<M> | undefined
  holders<V, M>(property: Property<V, M>): Iterable<readonly [ActorRef<M>, V]>
  /** Ends another actor, as a signal in the order of its mailbox. */
  exit(target: AnyRef, reason: ExitReason): void
  /** Ends this actor when the current handler returns, or soon when none is running. Without a reason: normal. */
  stop(reason?: ExitReason): void
}
