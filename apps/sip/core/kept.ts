/** What an application holds of something that is kept at a server: how it stands, what happens to it, how it ends. */

import type { ActorRef, Kernel } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { Outcome } from './call.js'
import { Happenings } from './happenings.js'
import type { Order } from './soft-state.js'
import type { WantMsg } from './soft-state-driver.js'

/** How it stands: not yet there, there, not there any more but tried again, over. */
export type KeptState = 'trying' | 'kept' | 'failing' | 'over'

/** What is told by whoever keeps it. */
export interface KeptUser<Event, End> {
  readonly tell: (event: Event) => void
  readonly end: (how: End) => void
}

interface KeptEvent {
  readonly kind: string
  readonly response?: Response
}

export class Kept<Event extends KeptEvent, End> {
  readonly events: AsyncIterable<Event>
  readonly closed: Promise<End>
  readonly #want: (order: Order) => Promise<Outcome>
  #state: KeptState = 'trying'
  #response: Response | undefined

  /** `start` makes whoever keeps it. */
  constructor(kernel: Kernel, start: (user: KeptUser<Event, End>) => ActorRef<WantMsg>) {
    const events = new Happenings<Event>()
    const unsettled = new Set<(outcome: Outcome) => void>()
    let close: (how: End) => void = () => undefined
    this.closed = new Promise(resolve => {
      close = resolve
    })
    this.events = events
    const ref = start({
      tell: event => {
        this.#state = event.kind === 'kept' ? 'kept' : 'failing'
        this.#response = event.response
        events.push(event)
      },
      end: how => {
        this.#state = 'over'
        this.#response = undefined
        events.end()
        close(how)
        // A wish may still have been on its way.
        for (const done of unsettled) done({ kind: 'transportError', reason: 'the stack was closed' })
      },
    })
    this.#want = order =>
      new Promise(settle => {
        if (this.#state === 'over') return settle({ kind: 'transportError', reason: 'it is over' })
        const done = (outcome: Outcome): void => {
          unsettled.delete(done)
          settle(outcome)
        }
        unsettled.add(done)
        kernel.send(ref, { kind: 'want', order, done })
      })
  }

  get state(): KeptState {
    return this.#state
  }

  /** The latest 2xx, as long as it holds. */
  get response(): Response | undefined {
    return this.#response
  }

  /** Settles with the end of the next request, which is sent when none is under way. */
  want(order: Order): Promise<Outcome> {
    return this.#want(order)
  }
}
