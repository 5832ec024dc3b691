/** `shell/rebarlike`: builds, tests and releases with rebar's words, as rebarlike.json says. */

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Build, type BuildStep, buildHelp, buildPlan } from './build-plan.js'
import { exitCodes, UsageError } from './command.js'
import { generate, type ReleaseOptions } from './release.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

process.exitCode = main(process.argv.slice(2))

function main(args: readonly string[]): number {
  if (args.some(arg => arg === 'help' || arg === '--help' || arg === '-h')) {
    console.log(buildHelp())
    return exitCodes.ok
  }
  const build = JSON.parse(readFileSync(join(root, 'rebarlike.json'), 'utf8')) as Build & {
    readonly release: ReleaseOptions
  }
  try {
    for (const step of buildPlan(args, build)) {
      console.log(`==> ${step.word}`)
      const code = perform(step, build.release)
      if (code !== exitCodes.ok) return code
    }
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`rebarlike: ${error.message}; see shell/rebarlike help`)
    return exitCodes.usage
  }
}

function perform(step: BuildStep, release: ReleaseOptions): number {
  switch (step.kind) {
    case 'skip':
      console.log(`nothing to do: ${step.why}`)
      return exitCodes.ok
    case 'clean':
      rmSync(join(root, 'dist'), { recursive: true, force: true })
      return exitCodes.ok
    case 'generate': {
      const folder = relative(process.cwd(), generate(root, join(root, 'dist', 'release'), release))
      console.log(`${folder}/bin/${release.name} start | stop | restart | ping | console | attach`)
      return exitCodes.ok
    }
    case 'run': {
      const { status, error } = spawnSync(step.program, step.args, { cwd: root, stdio: 'inherit' })
      if (error === undefined) return status ?? exitCodes.negative
      console.error(`rebarlike: cannot run ${step.program}: ${error.message}`)
      return exitCodes.environment
    }
  }
}
