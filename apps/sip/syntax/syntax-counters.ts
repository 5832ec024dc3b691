/** Counts of what was tolerated and what was refused, for whoever watches the peers. */

import type { Leniency } from './fault.js'
import type { LimitName } from './limits.js'
import type { Parsed } from './parse.js'

export class SyntaxCounters {
  readonly tolerated: Map<Leniency, number> = new Map()
  readonly limits: Map<LimitName, number> = new Map()
  faults: number = 0

  /** Call it with each result of `parseMessage`. */
  count(parsed: Parsed): void {
    if (parsed.kind === 'ok') for (const what of parsed.tolerated) increase(this.tolerated, what)
    if (parsed.kind !== 'fault') return
    this.faults++
    if (parsed.fault.limit !== undefined) increase(this.limits, parsed.fault.limit)
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
