/** What became of an application, as a file beside it: `NAME.deployed`, or `NAME.failed` with the reason inside. */

import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const kinds = ['deployed', 'failed'] as const

type MarkerKind = (typeof kinds)[number]

export function isMarker(name: string): boolean {
  return kinds.some(kind => name.endsWith(`.${kind}`))
}

export async function mark(folder: string, name: string, kind: MarkerKind, text: string): Promise<void> {
  await writeFile(join(folder, `${name}.${kind}`), `${text}\n`)
}

export async function unmark(folder: string, name: string, ...which: readonly MarkerKind[]): Promise<void> {
  for (const kind of which) await rm(join(folder, `${name}.${kind}`), { force: true })
}

/** Those that an earlier process left behind say nothing about this one. */
export async function removeMarkers(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries) if (entry.isFile() && isMarker(entry.name)) await rm(join(folder, entry.name))
}
