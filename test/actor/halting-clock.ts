/** Virtual time on a machine that may stand still: then all clocks go on, and no timer fires. */

import { VirtualClock } from '../../apps/actor/actor.js'

export class HaltingClock extends VirtualClock {
  /** For so many ms so far. */
  stood = 0

  override now(): number {
    return super.now() + this.stood
  }
}
