/** The sources that this program was compiled from, where it runs from a checkout of them. */

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from './command.js'
import { didYouMean } from './did-you-mean.js'
import { Refusal } from './word.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Module {
  /** Without `apps/sip/` or `apps/`: `transaction/invite-server`. */
  readonly name: string
  /** Paths. */
  readonly source: string
  readonly compiled: string
}

/** What a program printed, both streams, and how it ended. */
export interface Run {
  readonly code: number
  readonly out: string
}

/** Whether there are sources at all: an installed package has none. */
export function hasSources(): boolean {
  return existsSync(join(root, 'apps/sip/sip.ts')) && existsSync(join(root, 'node_modules/typescript'))
}

/** Throws Refusal, in one line, where this is no checkout. */
export function needSources(): void {
  if (!hasSources()) throw new Refusal('this package was installed without its sources: that needs a checkout')
}

/** All modules of the applications and of this shell. */
export function modules(): readonly Module[] {
  if (!hasSources()) return []
  return ['apps', 'shell'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts'))
      .map(path => moduleOf(join(folder, path))),
  )
}

/** The module of a name, or of the end of one: `invite-server`. Throws UsageError where there is none, or several. */
export function moduleNamed(name: string): Module {
  needSources()
  const wanted = name.replace(/\.[jt]s$/, '')
  const all = modules()
  const exact = all.find(module => module.name === wanted || module.name === `${wanted}/${basename(wanted)}`)
  if (exact !== undefined) return exact
  const [found, other] = all.filter(module => module.name.endsWith(`/${wanted}`))
  if (found !== undefined && other === undefined) return found
  if (other !== undefined) throw new UsageError(`${name} may be ${found?.name} or ${other.name}: write more of it`)
  throw new UsageError(
    `there is no module ${name}${didYouMean(
      wanted,
      all.map(module => module.name),
    )}`,
  )
}

/** Of a module that was written since it was compiled, while this process has been running: what a clone wrote is no change. */
export function isStale({ source, compiled }: Module): boolean {
  return writtenAt(source) > Math.max(writtenAt(compiled), performance.timeOrigin)
}

/** ms since 1970; 0 where there is none. */
export function writtenAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Compiles what was written; what is wrong with it is in `out`. */
export function compile(): Promise<Run> {
  return run([join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--pretty', 'false'], {})
}

/** Runs scenarios in a process of their own. */
export function runScenarios(selections: readonly string[], env: Record<string, string>): Promise<Run> {
  return run([join(root, 'shell/sipwright'), 'spec', ...selections], env)
}

/** Runs test files in a process of their own. */
export function runTests(files: readonly string[], env: Record<string, string>): Promise<Run> {
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
  return run([mocha, '--no-config', '--exit', '--timeout', '30000', '--reporter', 'dot', ...files], env)
}

/** The tests of a module: the file of its name, else those that import it. */
export function testsOf({ source, compiled }: Module): readonly string[] {
  const path = relative(root, source).replace(/^apps\//, '')
  const own = join(root, 'dist/test', path.replace(/\.ts$/, '.test.js'))
  if (existsSync(own)) return [own]
  const imported = `/${relative(join(root, 'dist'), compiled)}'`
  const folder = join(root, 'dist/test')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.js'))
    .map(file => join(folder, file))
    .filter(file => readFileSync(file, 'utf8').includes(imported))
}

/** Relative to the checkout, for people. */
export function named(path: string): string {
  return relative(root, path)
}

function moduleOf(path: string): Module {
  const name = path.replace(/\.ts$/, '').replace(/^apps\/(sip\/)?/, '')
  return { name, source: join(root, path), compiled: join(root, 'dist', path.replace(/\.ts$/, '.js')) }
}

function run(args: readonly string[], env: Record<string, string>): Promise<Run> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  const keep = (chunk: Buffer): void => {
    out += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code: code ?? 1, out }))
  })
}
