/** Where a module is no JavaScript. */

import { execFile } from 'node:child_process'
import { relative } from 'node:path'

/** `FILE:LINE` of the first that is no JavaScript: an import that fails does not say it, a check of the file alone does. */
export async function misspelt(files: Iterable<string>): Promise<string | undefined> {
  for (const file of files) {
    const complaint = await new Promise<string>(done => {
      execFile(process.execPath, ['--check', file], (error, _, stderr) => done(error === null ? '' : stderr))
    })
    const [, line] = /^.*:(\d+)\n/.exec(complaint) ?? []
    if (line !== undefined) return `${relative(process.cwd(), file)}:${line}`
  }
  return undefined
}
