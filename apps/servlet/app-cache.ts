/**
 * Where the modules of deployed applications are loaded from: a folder of this process alone, with the sources as they were
 * when they were read, without types, and with `sipwright` being this very installation.
 *
 * Node never lets go of a module that it has loaded. So the place of an application is named after its contents: the same
 * sources deployed again are the same modules, and only changed ones cost memory for good.
 */

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppFiles } from './app-files.js'
import { isModule, outputName, runnable } from './app-source.js'
import { type Place, PlacedApp } from './placed-app.js'

/** This installation, as seen from dist/apps/servlet. */
const installation = fileURLToPath(new URL('../../../', import.meta.url))

/** How our own modules show in stacks. */
export const ownCode: readonly string[] = [
  new URL('../../', import.meta.url).href,
  // Where source maps are enabled.
  join(installation, 'apps', '/'),
  join(installation, 'shell', '/'),
]

export class AppCache {
  readonly folder: string
  /** How often a load has failed in a place: Node remembers failures, so the next attempt needs another. */
  readonly #spoilt = new Map<string, number>()

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<AppCache> {
    // Without links, as modules and the stacks of errors name it.
    return new AppCache(await realpath(await mkdtemp(join(tmpdir(), 'sipwright-'))))
  }

  /** `home` is the application's own folder, for the packages that it brings; undefined for an archive. */
  async place(name: string, files: AppFiles, home: string | undefined): Promise<PlacedApp> {
    const hash = contentHash(files)
    const key = `${name}-${hash.slice(0, 16)}`
    const folder = join(this.folder, `${key}-${this.#spoilt.get(key) ?? 0}`)
    const place = { name, folder, files, outputs: outputsOf(files), spoil: () => this.#spoil(key) }
    const placed = new PlacedApp(place)
    await placed.orRemoved(write(place, home))
    return placed
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  #spoil(key: string): void {
    this.#spoilt.set(key, (this.#spoilt.get(key) ?? 0) + 1)
  }
}

async function write({ name, folder, files, outputs }: Place, home: string | undefined): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [output, source] of outputs) {
    const path = join(folder, output)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, isModule(source) ? runnable(source, textOf(files, source), name) : octets(files, source))
  }
  if (!files.has('package.json')) await writeFile(join(folder, 'package.json'), '{"type":"module"}\n')
  await linkPackages(join(folder, 'node_modules'), home)
}

/** The same for the same contents. */
export function contentHash(files: AppFiles): string {
  const hash = createHash('sha256')
  for (const [path, contents] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${path}\0${contents.length}\0`).update(contents)
  }
  return hash.digest('hex')
}

/** Where each file comes from by where it goes to. Of `room.ts` and the `room.js` that someone made of it, the former is taken. */
function outputsOf(files: AppFiles): ReadonlyMap<string, string> {
  const outputs = new Map<string, string>()
  for (const path of files.keys()) {
    const output = outputName(path)
    if (output !== path || !outputs.has(output)) outputs.set(output, path)
  }
  return outputs
}

function octets(files: AppFiles, path: string): Uint8Array {
  return files.get(path) ?? new Uint8Array()
}

function textOf(files: AppFiles, path: string): string {
  return new TextDecoder().decode(octets(files, path))
}

/** What an application imports by name: its own packages, and `sipwright`, of which there must not be two. */
async function linkPackages(folder: string, home: string | undefined): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  await symlink(installation, join(folder, 'sipwright'), 'junction')
  if (home === undefined) return
  for (const name of await packagesOf(home)) {
    if (name !== 'sipwright') await symlink(join(home, 'node_modules', name), join(folder, name), 'junction')
  }
}

async function packagesOf(home: string): Promise<readonly string[]> {
  const entries = await readdir(home, { withFileTypes: true })
  if (!entries.some(({ name }) => name === 'node_modules')) return []
  return (await readdir(join(home, 'node_modules'))).filter(name => !name.startsWith('.'))
}
