/** Where a module cannot be loaded. */

import { execFile } from 'node:child_process'
import { relative } from 'node:path'
import { ownModules } from './own-modules.js'

/** `FILE:LINE`, as far as it can be known: from what was thrown, or from a look at what it leads to. */
export async function placeOfFault(error: unknown, entry: URL): Promise<string | undefined> {
  const modules = ownModules(entry)
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const [, line] = stack.split(new URL(entry.pathname, entry).href)[1]?.match(/^(?:\?[^:]*)?:(\d+)/) ?? []
  if (line !== undefined) return `${relative(process.cwd(), modules[0] ?? '')}:${line}`
  return error instanceof SyntaxError ? misspelt(modules) : undefined
}

/** The first that is no JavaScript: an import that fails does not say it, a check of the file alone does. */
async function misspelt(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const complaint = await new Promise<string>(done => {
      execFile(process.execPath, ['--check', file], (error, _, stderr) => done(error === null ? '' : stderr))
    })
    const [, line] = /^.*:(\d+)\n/.exec(complaint) ?? []
    if (line !== undefined) return `${relative(process.cwd(), file)}:${line}`
  }
  return undefined
}
