/** The orderly end of a kernel. */

import type { Due } from './clock.js'
import { shutdown } from './exit.js'
import type { Kernel } from './kernel.js'
import type { Watcher } from './monitor.js'

/** Tells the actors without a parent to shut down, waits for their ends for at most `within` ms, and closes the kernel. */
export async function drained(kernel: Kernel, within: number): Promise<void> {
  await new Promise<void>(resolve => new Drain(kernel, within, resolve))
  kernel.close()
}

class Drain implements Due, Watcher {
  readonly #kernel: Kernel
  readonly #done: () => void
  readonly #deadline: ReturnType<Kernel['clock']['start']>
  #roots = 0

  constructor(kernel: Kernel, within: number, done: () => void) {
    this.#kernel = kernel
    this.#done = done
    this.#deadline = kernel.clock.start(within, this)
    for (const { ref, parent } of [...kernel.actors()].reverse()) {
      if (parent !== undefined) continue
      this.#roots++
      kernel.watchWith(ref, this)
      kernel.exit(ref, shutdown)
    }
    if (this.#roots === 0) this.fire()
  }

  ended(): void {
    this.#roots--
    if (this.#roots === 0) this.fire()
  }

  fire(): void {
    this.#kernel.clock.stop(this.#deadline)
    this.#done()
  }
}
