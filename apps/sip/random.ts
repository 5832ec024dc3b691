/** The randomness of this machine, drawn in batches (§19.3: cryptographically random). */

import { getRandomValues } from 'node:crypto'
import { pooledRandom, type Random } from './syntax/ids.js'

export function systemRandom(): Random {
  return pooledRandom(pool => getRandomValues(pool))
}
