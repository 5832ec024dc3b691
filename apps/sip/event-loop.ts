/** How late the event loop of this thread is. */

import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface LoopLag {
  /** The mean since the last time, in ms. */
  read(): number
  close(): void
}

/** ms between two looks. */
const RESOLUTION = 20

export function loopLag(): LoopLag {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  delay.enable()
  return {
    read() {
      const mean = delay.mean / 1e6 - RESOLUTION
      delay.reset()
      // Without a look in the meantime there is no mean.
      return Math.max(mean || 0, 0)
    },
    close: () => void delay.disable(),
  }
}
