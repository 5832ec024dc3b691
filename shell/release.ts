/** A release: a folder with everything that a server needs but Node, and a command that starts and stops it. */

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface ReleaseOptions {
  /** Of the folder and of its command. */
  readonly name: string
  /** What is started: a script of ours and its arguments. */
  readonly start: string
}

interface Manifest {
  readonly files: readonly string[]
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>
}

/** Makes it anew under `target`, and returns its path. What it is made of has been compiled and installed. */
export function generate(root: string, target: string, { name, start }: ReleaseOptions): string {
  const release = join(target, name)
  rmSync(release, { recursive: true, force: true })
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  for (const file of ['package.json', ...files, ...packages(root)]) copy(join(root, file), join(release, file))
  mkdirSync(join(release, 'bin'))
  const script = ['#!/usr/bin/env node', "import { control } from '../dist/shell/release-control.js'", '']
  const call = `process.exitCode = await control(${JSON.stringify(name)}, ${JSON.stringify(start)})`
  writeFileSync(join(release, 'bin', name), [...script, call, ''].join('\n'), { mode: 0o755 })
  return release
}

/** What is needed to run, as the lock file has it; what is optional may not be there. */
function packages(root: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages).flatMap(([path, { dev, devOptional }]) =>
    path === '' || dev || devOptional || !existsSync(join(root, path)) ? [] : [path],
  )
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true })
}
