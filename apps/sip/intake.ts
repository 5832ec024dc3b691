/** What comes in, and whether it is let in: who sends too much, and whether we have too much to do. */

import type { Clock, Kernel } from '../actor/actor.js'
import { loopLag } from './event-loop.js'
import { Admission, type AdmissionOptions } from './transport/admission.js'
import { Inlet, type InletOptions } from './transport/inlet.js'
import { Overload, type OverloadOptions } from './transport/overload.js'

export interface IntakeOptions extends Pick<InletOptions, 'slotOf' | 'backlog'> {
  readonly kernel: Kernel
}

/** What those who set up a stack say of it. */
export interface IntakeConfig {
  readonly admission?: AdmissionOptions
  readonly overload?: OverloadOptions
  /** Time that is not the machine's says nothing of its event loop. */
  readonly clock?: Clock
}

/** How much of what came was not let in, since the start. */
export interface IntakeCounters {
  /** For a thread that was down. */
  readonly lost: number
  /** Requests refused with 503, since a thread was too busy or the stack drained. */
  readonly busy: number
  /** From sources that sent too much. */
  readonly limited: number
  /** Responses that were not sent, since their client had not sent enough to deserve them. */
  readonly withheld: number
  /** How often a connection was not read for a while. */
  readonly paused: number
}

export class Intake {
  readonly inlet: Inlet
  readonly overload: Overload
  readonly admission: Admission | undefined
  readonly #close: () => void

  constructor({ admission, overload = {}, clock }: IntakeConfig, { kernel, ...dealing }: IntakeOptions) {
    const now = (): number => kernel.clock.now()
    const lag = clock === undefined ? loopLag() : { read: () => 0, close: () => undefined }
    this.#close = lag.close
    this.admission = admission && new Admission(admission, now)
    this.overload = new Overload(overload, () => ({ lag: lag.read(), actors: kernel.census().actors }), now)
    const isOverloaded = (slot: number): boolean => this.overload.isOverloaded(slot)
    this.inlet = new Inlet(kernel, { ...dealing, admission: this.admission, isOverloaded })
  }

  get counters(): IntakeCounters {
    const { lost, busy, paused } = this.inlet
    const { refused = 0, withheld = 0 } = this.admission ?? {}
    return { lost, busy, limited: refused, withheld, paused }
  }

  close(): void {
    this.#close()
  }
}
