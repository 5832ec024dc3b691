/** The files of an application, from its folder or its archive: read at once, so that what is deployed is of one moment. */

import type { Dirent } from 'node:fs'
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type UnzipFileInfo, unzip } from 'fflate'
import { DeploymentError } from './deployment-error.js'

/** Octets by path inside the application, with slashes. */
export type AppFiles = ReadonlyMap<string, Uint8Array>

export interface AppLimits {
  /** Of all files together, unpacked, in bytes. */
  readonly size: number
  readonly files: number
}

export const defaultAppLimits: AppLimits = { size: 64 * 1024 * 1024, files: 5000 }

/** JSR 116 §10: an archive with the layout of a folder; `.war` is what others call it. */
export function isArchive(name: string): boolean {
  return /\.(sar|war)$/i.test(name)
}

/** Throws DeploymentError for more than the limits allow, and for archives that reach outside themselves. */
export async function readAppFiles(
  path: string,
  name: string,
  limits: AppLimits = defaultAppLimits,
): Promise<AppFiles> {
  return isArchive(name) ? readArchive(path, name, limits) : readFolder(path, name, limits)
}

/** Changes whenever a file does, by name, size or time; reads no contents. Undefined when there is no application. */
export async function fingerprintOf(path: string, limits: AppLimits = defaultAppLimits): Promise<string | undefined> {
  const whole = await statOf(path)
  if (whole === undefined) return undefined
  if (isArchive(path)) return whole.isFile() ? `${whole.size} ${whole.mtimeMs} ${whole.ino}` : undefined
  if (!whole.isDirectory()) return undefined
  const lines: string[] = []
  try {
    for await (const file of filesIn(path)) {
      const found = await statOf(join(path, file))
      lines.push(`${file} ${found?.size} ${found?.mtimeMs} ${found?.ino}`)
      // Too many are refused when they are read.
      if (lines.length > limits.files) break
    }
  } catch (error) {
    // It is changing, or may not be read, which is told when it is.
    lines.push(String(error))
  }
  return lines.join('\n')
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(path)
  } catch {
    // It went away, or is a link to nowhere: as good as not there.
    return undefined
  }
}

async function readFolder(path: string, name: string, limits: AppLimits): Promise<AppFiles> {
  const files = new Map<string, Uint8Array>()
  let size = 0
  for await (const file of filesIn(path)) {
    const full = join(path, file)
    size += (await stat(full)).size
    if (size > limits.size) throw new DeploymentError({ file: name, why: `more than ${limits.size} bytes` })
    if (files.size >= limits.files) throw new DeploymentError({ file: name, why: `more than ${limits.files} files` })
    files.set(file, await readFile(full))
  }
  return files
}

/** Sorted, without what is hidden and without the packages that the application brings, which stay where they are. */
async function* filesIn(folder: string, inside = ''): AsyncGenerator<string> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true })
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`
    if (entry.isDirectory()) yield* filesIn(folder, path)
    else if (await isRegular(entry, join(folder, path))) yield path
  }
}

/** A link may lead to a file but to no folder, which might hold itself. */
async function isRegular(entry: Dirent, path: string): Promise<boolean> {
  return entry.isFile() || (entry.isSymbolicLink() && ((await statOf(path))?.isFile() ?? false))
}

async function readArchive(path: string, name: string, limits: AppLimits): Promise<AppFiles> {
  const { size } = await lstat(path)
  if (size > limits.size) throw new DeploymentError({ file: name, why: `more than ${limits.size} bytes` })
  const archive = await readFile(path)
  const check = archiveCheck(name, limits)
  return new Promise((resolve, reject) => {
    try {
      unzip(archive, { filter: check }, (fault, files) => {
        if (fault === null) resolve(new Map(Object.entries(files)))
        else reject(notAnArchive(name, fault))
      })
    } catch (fault) {
      reject(fault instanceof DeploymentError ? fault : notAnArchive(name, fault))
    }
  })
}

function notAnArchive(name: string, cause: unknown): DeploymentError {
  return new DeploymentError({ file: name, why: 'not a whole zip archive', cause })
}

/** Says which entries to unpack, from what they declare; the unpacker gives none more room than that. */
function archiveCheck(name: string, limits: AppLimits): (entry: UnzipFileInfo) => boolean {
  const names = new Set<string>()
  let size = 0
  return entry => {
    const why = entryFault(entry.name) ?? (names.has(entry.name) ? `${entry.name} comes twice` : undefined)
    names.add(entry.name)
    // What is stored has the size that it has, whatever it declares, and several entries may share it.
    size += Math.max(entry.size, entry.originalSize)
    if (why !== undefined) throw new DeploymentError({ file: name, why })
    if (size > limits.size) throw new DeploymentError({ file: name, why: `unpacks to more than ${limits.size} bytes` })
    if (names.size > limits.files) throw new DeploymentError({ file: name, why: `more than ${limits.files} files` })
    return !entry.name.endsWith('/')
  }
}

function entryFault(path: string): string | undefined {
  const parts = path.split('/')
  const outside = path.startsWith('/') || /[\\:\0]/.test(path) || parts.includes('..') || parts.includes('.')
  return outside ? `${JSON.stringify(path)} is a path outside the archive` : undefined
}
