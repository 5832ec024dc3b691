/** Somebody who keeps a state published: RFC 3903 §4. */

import type { Outcome } from './call.js'
import { type Keeper, keptUp } from './keeper.js'
import type { Kept, KeptState } from './kept.js'
import { type PublicationArg, PublishSubject } from './publication.js'
import type { UpkeepEnd, UpkeepEvent } from './upkeep.js'

/** A state that is kept published until `remove`. */
export class Publication {
  /** What the server has said, for one reader; the latest 100 wait. It ends with the publication. */
  readonly events: AsyncIterable<UpkeepEvent>
  /** Settles once and never rejects. */
  readonly closed: Promise<UpkeepEnd>
  readonly #subject: PublishSubject
  readonly #kept: Kept<UpkeepEvent, UpkeepEnd>

  constructor(keeper: Keeper, arg: PublicationArg) {
    this.#subject = new PublishSubject(arg)
    this.#kept = keptUp(keeper, this.#subject)
    this.events = this.#kept.events
    this.closed = this.#kept.closed
  }

  get state(): KeptState {
    return this.#kept.state
  }

  /** Publishes another state, octets as a latin1 string, and settles with the answer. Throws TypeError for what is no body. */
  modify(body: string): Promise<Outcome> {
    this.#subject.publish(body)
    return this.#kept.want('modify')
  }

  /** Withdraws the state, and ends whatever the answer is, which it settles with. */
  remove(): Promise<Outcome> {
    return this.#kept.want('remove')
  }
}
