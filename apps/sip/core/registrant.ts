/** Somebody who stays registered: §10.2. */

import type { Address } from '../syntax/address.js'
import type { Uri } from '../syntax/uri.js'
import type { Outcome } from './call.js'
import { type Keeper, keptUp } from './keeper.js'
import type { Kept, KeptState } from './kept.js'
import { bindingsOf, type Held, RegisterSubject, type RegistrationArg } from './registration.js'
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

  /** Our public GRUU (RFC 5627): it leads to this device from everywhere. Undefined where none is given, or no more. */
  get gruu(): Uri | undefined {
    return this.#held?.gruus?.public
  }

  /** A GRUU that does not tell who we are, and ends with this registration: the next one has another Call-ID. */
  get temporaryGruu(): Uri | undefined {
    return this.#held?.gruus?.temporary
  }

  /**
   * What to give as `contact` to calls and cores: our public GRUU or, where there is none, what is registered; with ob where what is
   * for us is to come by the flow that we have registered by (RFC 5626 §4.3). Undefined while nothing is registered.
   */
  get contact(): Uri | undefined {
    const { contact, isOutbound } = this.#held ?? {}
    if (this.gruu !== undefined || contact === undefined || !isOutbound) return this.gruu ?? contact
    return contact.with({ params: contact.params.with('ob', true) })
  }

  get #held(): Held | undefined {
    return this.state === 'over' ? undefined : this.#subject.held
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
