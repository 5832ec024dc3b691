/** Requests on their way from one application of the container to the next: they leave the stack, and come in again. */

import { TextTable, type TimerHandle } from '../actor/actor.js'
import type { Request, SipStack } from '../sip/sip.js'
import type { NextApplication } from './application-router.js'

/** ms that one may take: as long as its client transaction tries (64*T1). */
const LONGEST = 32_000

interface Entry {
  readonly next: NextApplication
  readonly timer: TimerHandle
}

export class InnerRequests {
  readonly #stack: SipStack
  readonly #entries: TextTable<Entry>

  constructor(stack: SipStack) {
    this.#stack = stack
    this.#entries = new TextTable(stack.random.uint32())
  }

  get size(): number {
    return this.#entries.size
  }

  sent(request: Request, next: NextApplication): void {
    const key = keyOf(request)
    const timer = this.#stack.kernel.clock.start(LONGEST, { fire: () => this.#entries.delete(key) })
    this.#entries.set(key, { next, timer })
  }

  /** The application that it was sent to; undefined for one from outside. */
  of(request: Request): NextApplication | undefined {
    return this.size === 0 ? undefined : this.#entries.get(keyOf(request))?.next
  }

  arrived(request: Request): void {
    if (this.size === 0) return
    const key = keyOf(request)
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#stack.kernel.clock.stop(entry.timer)
    this.#entries.delete(key)
  }
}

/** Both are random, and of our own making: nobody else can name one. */
function keyOf({ callId, from }: Request): string {
  return `${callId};${from.tag ?? ''}`
}
