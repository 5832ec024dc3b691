/** What is held after garbage collection; needs `node --expose-gc`. Loaded before whatever it is to measure. */
import { setTimeout } from 'node:timers/promises'

/** Shared memory is in none of Node's figures. */
let shared = 0
const collected = new FinalizationRegistry<number>(bytes => {
  shared -= bytes
})
globalThis.SharedArrayBuffer = class extends SharedArrayBuffer {
  constructor(bytes = 0) {
    super(bytes)
    shared += bytes
    collected.register(this, bytes)
  }
}

export async function collectedMemory(): Promise<number> {
  if (globalThis.gc === undefined) throw new TypeError('start node with --expose-gc')
  // Twice: finalisers that the first collection queues free off-heap memory before the second.
  globalThis.gc()
  await setTimeout(10)
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  // `external` has the array buffers in it already.
  return heapUsed + external + shared
}
