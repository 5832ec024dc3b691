/** The version of this package. */

import { readFileSync } from 'node:fs'

export const version: string = read()

function read(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const description: unknown = JSON.parse(text)
  const known = typeof description === 'object' && description !== null && 'version' in description
  return known ? String(description.version) : 'unknown'
}
