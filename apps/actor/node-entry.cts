/**
 * What piscina loads on a thread: the way to `node.ts` by `import`. Piscina would `require` it, and Node 20 aborts the whole
 * process when a thread is ended while it requires an ES module.
 */

import type { NodeTask } from './node.js' with { 'resolution-mode': 'import' }

const node: Promise<(task: NodeTask) => Promise<void>> = import('./node.js').then(module => module.default)

module.exports = node
