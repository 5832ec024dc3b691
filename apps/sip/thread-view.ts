/** The actors of one thread, and the timers that they have running, as people look at them. */

import { type ActorInfo, type Kernel, showRef } from '../actor/actor.js'
import type { ThreadName } from './inspection.js'

/** Plain, since each thread sends its own to the one that is asked. */
export type ActorState = {
  readonly thread: ThreadName
  readonly ref: string
  readonly label: string
  /** The `ref` of the one that started it; empty for those that nobody did. */
  readonly parent: string
  /** Messages in its mailbox. */
  readonly waiting: number
  /** How many timers it has running. */
  readonly timers: number
}

export type TimerState = {
  readonly thread: ThreadName
  /** Whose it is. */
  readonly actor: string
  readonly ref: string
  readonly timer: string
  /** ms until it fires. */
  readonly left: number
}

/** The oldest `most`. */
export function actorStates(kernel: Kernel, thread: ThreadName, most: number): readonly ActorState[] {
  const states: ActorState[] = []
  for (const { ref, label, parent, waiting, timers } of kernel.actors()) {
    if (states.length >= most) break
    const above = parent === undefined ? '' : showRef(parent)
    states.push({ thread, ref: showRef(ref), label, parent: above, waiting, timers: timers.length })
  }
  return states
}

type Due = readonly [at: number, name: string, of: ActorInfo]

/** The `most` that fire next, in that order. */
export function timerStates(kernel: Kernel, thread: ThreadName, most: number): readonly TimerState[] {
  let next: Due[] = []
  for (const actor of kernel.actors()) {
    for (const { name, at } of actor.timers) next.push([at, name, actor])
    // There may be a hundred thousand; most of them are never shown.
    if (next.length > 4 * most + 1000) next = soonest(next, most)
  }
  const now = kernel.clock.now()
  return soonest(next, most).map(([at, timer, { label, ref }]) => {
    return { thread, actor: label, ref: showRef(ref), timer, left: Math.max(0, Math.round(at - now)) }
  })
}

function soonest(timers: readonly Due[], most: number): Due[] {
  return timers.toSorted(([a], [b]) => a - b).slice(0, most)
}
