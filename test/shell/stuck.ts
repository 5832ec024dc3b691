/** An application that stops the thread that it runs on. */

import { writeSync } from 'node:fs'
import type { Core } from '../../apps/sip/sip.js'

const stuck: Core = {
  name: 'stuck',
  match: () => true,
  OPTIONS: () => {
    // All that is written otherwise goes by the main thread, later.
    writeSync(1, 'stuck\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
}

export default stuck
