/** What is held after garbage collection; needs `node --expose-gc`. */
export function collectedMemory(): number {
  if (globalThis.gc === undefined) throw new TypeError('start node with --expose-gc')
  // Twice: finalisers that the first collection queues free off-heap memory before the second.
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  // `external` has the array buffers in it already.
  return heapUsed + external
}
