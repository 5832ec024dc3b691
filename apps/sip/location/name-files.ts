/** Where this machine keeps what it knows of names: resolv.conf(5), hosts(5). */

import { readFileSync } from 'node:fs'
import type { NameFiles } from './dns-resolver.js'

export function readNameFiles(): NameFiles {
  return { resolvConf: read('/etc/resolv.conf'), hosts: read('/etc/hosts') }
}

/** A machine without the file says nothing. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
