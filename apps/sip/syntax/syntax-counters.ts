/** Counts of what was tolerated and what was refused, for whoever watches the peers. */

import type { Flaw, Leniency } from './fault.js'
import type { LimitName } from './limits.js'
import type { Parsed } from './parse.js'

/** Plain, since each thread sends its own to the one that is asked. */
export interface SyntaxCounters {
  /** Nothing but line ends: what keeps the bindings of NATs. */
  keepalives: number
  /** Messages that were not taken, answered or not. */
  faults: number
  /** Those of them that passed a limit, by its name. */
  readonly limits: Partial<Record<LimitName, number>>
  /** Messages that were taken against the letter of the grammar, by what was odd. */
  readonly tolerated: Partial<Record<Leniency, number>>
}

export function newSyntaxCounters(): SyntaxCounters {
  return { keepalives: 0, faults: 0, limits: {}, tolerated: {} }
}

/** Call it with each result of `parseMessage`. */
export function countParsed(counters: SyntaxCounters, parsed: Parsed): void {
  switch (parsed.kind) {
    case 'ok':
      for (const what of parsed.tolerated) increase(counters.tolerated, what, 1)
      return
    case 'keepalive':
      counters.keepalives++
      return
    case 'fault':
      return countFault(counters, parsed.fault)
  }
}

/** Of what could not become a text for `parseMessage`, too: a stream that cannot be cut into messages. */
export function countFault(counters: SyntaxCounters, { limit }: Pick<Flaw, 'limit'>): void {
  counters.faults++
  if (limit !== undefined) increase(counters.limits, limit, 1)
}

/** The sum of what several threads counted. */
export function sumSyntaxCounters(each: readonly SyntaxCounters[]): SyntaxCounters {
  const sum = newSyntaxCounters()
  for (const { keepalives, faults, limits, tolerated } of each) {
    sum.keepalives += keepalives
    sum.faults += faults
    for (const [name, count] of Object.entries(limits)) increase(sum.limits, name, count)
    for (const [what, count] of Object.entries(tolerated)) increase(sum.tolerated, what, count)
  }
  return sum
}

function increase(counts: Record<string, number>, key: string, by: number): void {
  counts[key] = (counts[key] ?? 0) + by
}
