/** The same, on one thread for all. */

import type { Core } from '../../../apps/sip/sip.js'
import replacing from './replacing.js'

const home: Core = { ...replacing, placement: 'one' }

export default home
