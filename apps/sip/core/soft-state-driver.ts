/** Drives the machine of soft-state.ts for an actor: its timer, its requests one at a time, and who waits for their ends. */

import type { Self } from '../../actor/actor.js'
import type { Random } from '../syntax/ids.js'
import type { Outcome } from './call.js'
import { type Order, type SoftState, type SoftStateEffect, type SoftStateEvent, softState } from './soft-state.js'

/** `done` is told how the request ends that comes of it. */
export interface WantMsg {
  readonly kind: 'want'
  readonly order: Order
  readonly done?: (outcome: Outcome) => void
}

export type SoftStateMsg =
  | WantMsg
  /** `request` counts them: one that was given up is not heard any more. */
  | { readonly kind: 'outcome'; readonly outcome: Outcome; readonly request: number }
  | { readonly kind: 'timer' }

/** What is kept. */
export interface SoftStateSubject<Cause> {
  readonly random: Random
  /** The next request is due; expires in seconds. */
  ask(order: Order, expires: number): void
  /** It is tried again in so many ms. */
  failing(cause: Cause, retryIn: number): void
}

export class SoftStateDriver<Cause> {
  readonly #self: Pick<Self<SoftStateMsg>, 'startTimer' | 'stopTimer' | 'send' | 'ref'>
  readonly #subject: SoftStateSubject<Cause>
  readonly #machine: ReturnType<typeof softState>
  #state: SoftState
  /** To be told how the next request ends, and how the one that is under way does. */
  #waiting: ((outcome: Outcome) => void)[] = []
  #carried: ((outcome: Outcome) => void)[] = []
  #latest = 0

  /** `patience` is how long a request may be without an answer, in ms. */
  constructor(
    self: Pick<Self<SoftStateMsg>, 'startTimer' | 'stopTimer' | 'send' | 'ref'>,
    subject: SoftStateSubject<Cause>,
    patience: number,
    initial: SoftState,
  ) {
    this.#self = self
    this.#subject = subject
    this.#machine = softState(patience)
    this.#state = initial
  }

  get state(): SoftState {
    return this.#state
  }

  want({ order, done }: Omit<WantMsg, 'kind'>): void {
    if (done !== undefined) this.#waiting.push(done)
    this.step({ kind: 'want', order })
  }

  /** The next request: its number, and whom to tell of its end. */
  next(): { readonly request: number; readonly done: (outcome: Outcome) => void } {
    this.#carried.push(...this.#waiting.splice(0))
    const request = ++this.#latest
    return { request, done: outcome => this.#self.send(this.#self.ref, { kind: 'outcome', outcome, request }) }
  }

  /** What has been asked for by the request of that number; undefined where that was given up. */
  asked(request: number): Extract<SoftState, { name: 'Asking' }> | undefined {
    return request === this.#latest && this.#state.name === 'Asking' ? this.#state : undefined
  }

  /** Whether what the answer means is asked for again at once, in another way. */
  mends(event: SoftStateEvent): boolean {
    if (event.kind !== 'tooBrief' && event.kind !== 'unknown' && event.kind !== 'mended') return false
    return this.#machine(this.#state, event).state.name === 'Asking'
  }

  /** Tells those who wait for the request how it has ended. */
  settle(outcome: Outcome): void {
    for (const done of this.#carried.splice(0)) done(outcome)
  }

  /** Nothing is asked for any more. */
  end(outcome: Outcome): void {
    for (const done of [...this.#carried.splice(0), ...this.#waiting.splice(0)]) done(outcome)
  }

  step(event: SoftStateEvent, cause?: Cause): void {
    const { state, effects } = this.#machine(this.#state, event)
    this.#state = state
    for (const effect of effects) this.#perform(effect, cause)
  }

  /** A random number of ms. */
  between(least: number, most: number): number {
    return Math.round(least + ((most - least) * this.#subject.random.uint32()) / 4_294_967_296)
  }

  #perform(effect: SoftStateEffect, cause: Cause | undefined): void {
    switch (effect.kind) {
      case 'ask':
        return this.#subject.ask(effect.order, effect.expires)
      case 'stop':
        return this.#self.stopTimer('timer')
      case 'start': {
        const after = this.between(effect.least, effect.most)
        if (this.#state.name === 'Failing' && cause !== undefined) this.#subject.failing(cause, after)
        return this.#self.startTimer('timer', after, { kind: 'timer' })
      }
    }
  }
}
