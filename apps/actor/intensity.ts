/** How often a supervisor has restarted lately: a window over time, pure. */

export interface Intensity {
  readonly restarts: readonly number[]
  /** More restarts than the limit fell within the period. */
  readonly exceeded: boolean
}

export const calm: Intensity = { restarts: [], exceeded: false }

/** Counts a restart at `now` (ms): more than `limit` within `period` ms is too many. */
export function restarted(before: Intensity, now: number, limit: number, period: number): Intensity {
  const restarts = [...before.restarts.filter(at => now - at < period), now]
  return { restarts, exceeded: restarts.length > limit }
}
