/** Files as octets, one character each. */

import { readFileSync } from 'node:fs'
import { EnvironmentError } from './command.js'

/** `-` is standard input. Throws EnvironmentError for a file that cannot be read. */
export function readOctets(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'latin1')
  } catch (error) {
    throw new EnvironmentError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
