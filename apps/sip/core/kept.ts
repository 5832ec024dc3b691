/** What an application holds of something that is kept at a server: how it stands, what happens to it, how it ends. */

import type { Kernel } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { Outcome } from './call.js'
import { Happenings } from './happenings.js'
import type { Order } from './soft-state.js'
import { type UpkeepArg, type UpkeepEnd, type UpkeepEvent, upkeep } from './upkeep.js'

/** How it stands: not yet there, there, not there any more but tried again, over. */
export type KeptState = 'trying' | 'kept' | 'failing' | 'over'

export class Kept {
  readonly events: AsyncIterable<UpkeepEvent>
  readonly closed: Promise<UpkeepEnd>
  readonly #want: (order: Order) => Promise<Outcome>
  #state: KeptState = 'trying'
  #response: Response | undefined

  constructor(kernel: Kernel, arg: Omit<UpkeepArg, 'tell' | 'end'>) {
    const events = new Happenings<UpkeepEvent>()
    const unsettled = new Set<(outcome: Outcome) => void>()
    let close: (how: UpkeepEnd) => void = () => undefined
    this.closed = new Promise(resolve => {
      close = resolve
    })
    this.events = events
    const ref = kernel.spawn(upkeep, {
      ...arg,
      tell: event => {
        this.#state = event.kind === 'kept' ? 'kept' : 'failing'
        this.#response = event.kind === 'kept' ? event.response : undefined
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
    kernel.send(ref, { kind: 'want', order: 'create' })
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
