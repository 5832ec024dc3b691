/** The certificates that make.sh has made; they lie beside the sources. */

import { readFileSync } from 'node:fs'
import type { KeyPair } from '../../../apps/sip/sip.js'

type Name = 'example' | 'other' | 'domain' | 'wildcard' | 'common' | 'impostor'

function pem(name: string): string {
  return readFileSync(new URL(`../../../../test/sip/tls/${name}.pem`, import.meta.url), 'utf8')
}

export function pair(name: Name): KeyPair {
  return { key: pem(`${name}.key`), cert: pem(`${name}.cert`) }
}

/** Who signed all of them but the impostor's, and who signed that. */
export const authority: string = pem('authority.cert')
export const stranger: string = pem('stranger.cert')
