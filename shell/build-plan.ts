/** What the words of `shell/rebarlike` mean: rebar's, in the order in which they are given, each a program to run. */

import { UsageError } from './command.js'
import { didYouMean } from './did-you-mean.js'

/** What of rebarlike.json a plan is made from. */
export interface Build {
  readonly apps: Readonly<Record<string, unknown>>
  /** Files by name. */
  readonly specs: Readonly<Record<string, string>>
}

export type BuildStep =
  | { readonly kind: 'run'; readonly word: string; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'clean' | 'generate'; readonly word: string }
  /** Nothing to do, and why. */
  | { readonly kind: 'skip'; readonly word: string; readonly why: string }

/** What scenarios are about. */
const STACK = 'sip'

interface Choice {
  readonly build: Build
  readonly app: string | undefined
  readonly skipDeps: boolean
}

const words: Readonly<Record<string, { readonly what: string; readonly step: (choice: Choice) => BuildStep }>> = {
  deps: { what: 'install what the lock file names (npm ci)', step: deps },
  compile: {
    what: 'compile everything (npm run build)',
    step: () => run('compile', 'npm', 'run', '--silent', 'build'),
  },
  eunit: { what: 'run the unit tests, of one app with app=NAME (mocha)', step: eunit },
  ct: { what: 'run the scenarios (sipwright spec)', step: ct },
  xref: {
    what: 'check who imports whom against rebarlike.json',
    step: () => run('xref', 'npx', 'mocha', '--no-config', 'dist/test/architecture.test.js'),
  },
  generate: {
    what: 'make a release that runs where only Node is',
    step: () => ({ kind: 'generate', word: 'generate' }),
  },
  clean: { what: 'remove what was compiled and generated', step: () => ({ kind: 'clean', word: 'clean' }) },
}

const settings: Readonly<Record<string, string>> = {
  'app=NAME': 'only of this app',
  'skip_deps=true': 'leave what was installed alone',
}

/** Throws UsageError for words that mean nothing. */
export function buildPlan(args: readonly string[], build: Build): readonly BuildStep[] {
  let app: string | undefined
  let skipDeps = false
  const wanted: string[] = []
  for (const arg of args) {
    const [name = '', value] = arg.split('=')
    if (name === 'app' && value !== undefined) app = knownApp(value, build)
    else if (name === 'skip_deps') skipDeps = isTrue(arg, value)
    else if (Object.hasOwn(words, arg)) wanted.push(arg)
    else throw new UsageError(unknown(arg))
  }
  if (wanted.length === 0) throw new UsageError(`a word is missing: ${Object.keys(words).join(', ')}`)
  return wanted.flatMap(word => words[word]?.step({ build, app, skipDeps }) ?? [])
}

export function buildHelp(): string {
  const explained = Object.entries(words).map(([word, { what }]) => [word, what] as const)
  const lines = [...explained, ...Object.entries(settings)].map(([word, what]) => `  ${word.padEnd(14)}  ${what}`)
  return ['Usage: shell/rebarlike WORD ... [app=NAME] [skip_deps=true]', '', ...lines].join('\n')
}

function deps({ skipDeps }: Choice): BuildStep {
  return skipDeps ? { kind: 'skip', word: 'deps', why: 'skip_deps' } : run('deps', 'npm', 'ci')
}

function eunit({ app }: Choice): BuildStep {
  return app === undefined
    ? run('eunit', 'npm', 'run', 'mocha')
    : run('eunit', 'npx', 'mocha', '--no-config', '--timeout', '30000', `dist/test/${app}/**/*.test.js`)
}

function ct({ build, app }: Choice): BuildStep {
  if (app !== undefined && app !== STACK) return { kind: 'skip', word: 'ct', why: `${app} has no scenarios` }
  return run('ct', process.execPath, 'shell/sipwright', 'spec', ...Object.values(build.specs))
}

function run(word: string, program: string, ...args: readonly string[]): BuildStep {
  return { kind: 'run', word, program, args }
}

function knownApp(name: string, { apps }: Build): string {
  if (Object.hasOwn(apps, name)) return name
  const names = Object.keys(apps)
  throw new UsageError(`there is no app ${name}${didYouMean(name, names)}: ${names.join(', ')}`)
}

function isTrue(arg: string, value: string | undefined): boolean {
  if (value === undefined || value === 'true') return true
  if (value === 'false') return false
  throw new UsageError(`${arg}: write skip_deps=true or skip_deps=false`)
}

function unknown(arg: string): string {
  const known = [...Object.keys(words), 'skip_deps', 'app']
  return `unknown word ${arg}${didYouMean(arg, known)}: ${Object.keys(words).join(', ')}`
}
