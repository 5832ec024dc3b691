/** Somebody who stays registered: §10.2. */

import type { Address } from '../syntax/address.js'
import type { Outcome } from './call.js'
import { type Keeper, keptUp } from './keeper.js'
import type { Kept, KeptState } from './kept.js'
import { bindingsOf, RegisterSubject, type RegistrationArg } from './registration.js'
import type { UpkeepEnd, UpkeepEvent } from './upkeep.js'

/** An address of record that is kept registered until `unregister`. */
export class Registration {
  /** What the registrar has said, for one reader; the latest 100 wait. It ends with the registration. */
  readonly events: AsyncIterable<UpkeepEvent>
  /** Settles once and never rejects. */
  readonly closed: Promise<UpkeepEnd>
  readonly #subject: RegisterSubject
  readonly #kept: Kept<UpkeepEvent, UpkeepEnd>

  constructor(keeper: Keeper, arg: RegistrationArg) {
    this.#subject = new RegisterSubject(arg)
    this.#kept = keptUp(keeper, this.#subject)
    this.events = this.#kept.events
    this.closed = this.#kept.closed
  }

  get state(): KeptState {
    return this.#kept.state
  }

  /** All contacts that the registrar has for the address of record, those of other devices too. */
  get bindings(): readonly Address[] {
    const { response } = this.#kept
    return response === undefined ? [] : bindingsOf(response)
  }

  /** RFC 3608: what to give as Route to requests of this user; empty where nothing is to be given. */
  get serviceRoute(): readonly Address[] {
    return this.#kept.response?.getAll('Service-Route') ?? []
  }

  /** Registers anew now, and settles with the answer; while a REGISTER is under way the next one waits for its end. */
  refresh(): Promise<Outcome> {
    return this.#kept.want('refresh')
  }

  /** Removes our bindings, or with `all` those of all devices (§10.2.2), and ends whatever the answer is, which it settles with. */
  unregister({ all = false }: { readonly all?: boolean } = {}): Promise<Outcome> {
    this.#subject.removesAll ||= all
    return this.#kept.want('remove')
  }
}
