/** Which thread owns a call: a function of its Call-ID, so that every message of it ends up in one place. */

import { newCallId, type Random } from './syntax/ids.js'

/** The threads of one stack by slot: the shards from 0 on and, behind them, the thread that owns the sockets. */
export interface Shards {
  readonly count: number
  /** How Call-IDs of our own begin. Those whom we have called know it; what they can do with it is choose a thread. */
  readonly mark: string
}

/** The slot of a Call-ID. Our own calls name the slot that placed them; those of others are spread by hash. */
export function slotOf({ count, mark }: Shards, callId: string): number {
  if (callId.startsWith(mark)) {
    const slot = Number.parseInt(callId.slice(mark.length), 36)
    if (slot >= 0 && slot <= count) return slot
  }
  if (count === 0) return 0
  let hash = 0x811c9dc5
  for (let i = 0; i < callId.length; i++) hash = Math.imul(hash ^ callId.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 15)) >>> 0) % count
}

/** A Call-ID whose messages come to this slot. */
export function callIdFor({ mark }: Shards, slot: number, random: Random): string {
  return `${mark}${slot.toString(36)}.${newCallId(random)}`
}
