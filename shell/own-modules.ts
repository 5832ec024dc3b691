/** The modules of an application: its entry, and what that leads to in its own folder. All else is shared with others. */

import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where the modules of sipwright are. */
const installation = new URL('../', import.meta.url).href

const RELATIVE = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g

/** Whether a module is of the application whose entry is in `folder`. Both are URLs. */
export function isOwn(url: string, folder: string): boolean {
  if (!url.startsWith(folder) || url.slice(folder.length).includes('node_modules/')) return false
  return folder.startsWith(installation) || !url.startsWith(installation)
}

/** Their files, the entry first. What only looks like an import may be among them. */
export function ownModules(entry: URL): readonly string[] {
  const folder = new URL('./', entry).href
  const found = new Set([pathToFileURL(fileURLToPath(entry)).href])
  for (const url of found) {
    for (const [, , specifier = ''] of textOf(url).matchAll(RELATIVE)) {
      const { href } = new URL(specifier, url)
      if (isOwn(href, folder)) found.add(href)
    }
  }
  return [...found].map(url => fileURLToPath(url))
}

function textOf(url: string): string {
  const path = fileURLToPath(url)
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : ''
}
