/** Files that the command line names, and what stands in the way of them. */

import { readFileSync, writeFileSync } from 'node:fs'
import { EnvironmentError } from './command.js'

/** One character for each octet. `-` is standard input. Throws EnvironmentError for a file that cannot be read. */
export function readOctets(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'latin1')
  } catch (error) {
    throw new EnvironmentError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Throws EnvironmentError for a file that cannot be written, before the work whose result it is for; what is in it stays. */
export function expectWritable(file: string): void {
  write(file, '', 'a')
}

/** Readable for its owner alone: messages may hold credentials. Throws EnvironmentError for a file that cannot be written. */
export function writeOctets(file: string, data: string | Uint8Array): void {
  write(file, data, 'w')
}

function write(file: string, data: string | Uint8Array, flag: 'a' | 'w'): void {
  try {
    writeFileSync(file, data, { mode: 0o600, flag })
  } catch (error) {
    throw new EnvironmentError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
