/** A question with a deadline. The reply address is an alias that takes one value, so a late reply vanishes. */

import type { Cell } from './cell.js'
import type { Due, TimerHandle } from './clock.js'
import type { ExitReason } from './exit.js'
import type { Kernel } from './kernel.js'
import type { AskResult, Message } from './message.js'
import type { Watcher } from './monitor.js'
import type { ActorRef, AnyRef } from './ref.js'

/** The open end of one question: settled by the reply, the deadline or the end of the asked, whichever is first. */
export class Asking implements Due, Watcher {
  readonly ref: AnyRef
  readonly target: AnyRef
  readonly #kernel: Kernel
  readonly #asker: Cell | undefined
  readonly #settled: (result: AskResult<never>) => void
  readonly #timer: TimerHandle

  constructor(
    kernel: Kernel,
    target: AnyRef,
    timeout: number,
    asker: Cell | undefined,
    settled: (result: AskResult<never>) => void,
  ) {
    this.#kernel = kernel
    this.#asker = asker
    this.#settled = settled
    this.target = target
    this.ref = kernel.alias(this)
    this.#timer = kernel.clock.start(timeout, this)
    if (asker === undefined) return
    asker.own.asks ??= new Set()
    asker.own.asks.add(this)
  }

  answered(value: unknown): void {
    this.#settle({ kind: 'answered', value: value as never })
  }

  fire(): void {
    this.#settle({ kind: 'timeout' })
  }

  ended(reason: ExitReason): void {
    this.#settle({ kind: 'down', reason })
  }

  /** The asker is gone: nobody wants to know any more. */
  abandon(): void {
    this.#kernel.clock.stop(this.#timer)
    this.#kernel.unalias(this)
    this.#asker?.had?.asks?.delete(this)
  }

  #settle(result: AskResult<never>): void {
    this.abandon()
    this.#settled(result)
  }
}

export function ask<Reply>(
  kernel: Kernel,
  to: ActorRef<never>,
  question: object,
  timeout: number,
  asker: Cell | undefined,
  settled: (result: AskResult<Reply>) => void,
): void {
  const asking = new Asking(kernel, to, timeout, asker, settled)
  kernel.watchWith(to, asking)
  kernel.send(to as ActorRef<Message>, { ...question, replyTo: asking.ref } as object as Message)
}
