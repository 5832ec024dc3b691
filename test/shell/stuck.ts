/** An application that stops the thread that it runs on. */

import type { Core } from '../../apps/sip/sip.js'

const stuck: Core = {
  name: 'stuck',
  match: () => true,
  OPTIONS: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
}

export default stuck
