/** Words for those who change the code while it runs: siperl's lm, mm, ctl, ctf, ctctl, ctctf and cc. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  compile,
  isStale,
  moduleNamed,
  modules,
  named,
  needSources,
  runScenarios,
  runTests,
  testsOf,
  writtenAt,
} from './checkout.js'
import { expectWords } from './command.js'
import { Coverage, type Uncovered } from './coverage.js'
import type { Server } from './server.js'
import { formatTable } from './table.js'
import { Refusal, type Word } from './word.js'

/** What was loaded at the start of this process is as old as that. */
const started = performance.timeOrigin
/** Modules that a line names. */
const MOST = 10
/** Where the last run of scenarios left its coverage. */
const scenarioFolder = join(tmpdir(), `sipwright-ct-${process.pid}`)

const mm: Word = {
  name: 'mm',
  what: 'the modules that were modified since they were loaded, and what brings them into use',
  run: (_, { server }) => modified(server),
}

const lm: Word = {
  name: 'lm',
  what: 'compiles them and puts modified applications into service: calls go on with the new code',
  async run(_, { server }) {
    const { applications } = server
    if (modules().some(isStale)) {
      const { code, out } = await compile()
      if (code !== 0) throw new Refusal(`it does not compile, nothing was loaded:\n${out.trim()}`)
    }
    const changed = applications.states.filter(each => each.changed.length > 0).map(({ name }) => name)
    for (const name of changed) await applications.load(name)
    const left = modified(server).map(({ module }) => module)
    return [
      changed.length === 0 ? 'no application was modified' : `loaded ${changed.join(', ')}`,
      ...(left.length === 0 ? [] : [`only a restart brings ${someOf(left)}`]),
    ].join('\n')
  },
}

const cc: Word = {
  name: 'cc',
  takes: 'MODULE',
  what: 'compiles a module, and says what is wrong with it',
  next: moduleNames,
  async run(args) {
    const [name = ''] = expectWords(args, 'MODULE')
    const { source } = moduleNamed(name)
    const { out } = await compile()
    const faults = out.split('\n').filter(line => line.startsWith(`${named(source)}(`))
    if (faults.length > 0) throw new Refusal(faults.join('\n'))
    return `${named(source)} compiles`
  },
}

const ct: Word = {
  name: 'ct',
  takes: 'SPEC ...',
  what: 'runs scenarios, such as specs/ua.spec.json, for ctctl and ctctf to look at',
  async run(args) {
    needSources()
    if (args.length === 0) expectWords(args, 'SPEC')
    rmSync(scenarioFolder, { recursive: true, force: true })
    process.once('exit', () => rmSync(scenarioFolder, { recursive: true, force: true }))
    const { code, out } = await runScenarios(args, { NODE_V8_COVERAGE: scenarioFolder })
    if (code !== 0) throw new Refusal(out.trim())
    return out.trim().split('\n').at(-1)
  },
}

export const developing: readonly Word[] = [
  mm,
  lm,
  testing('ctl', 'runs the tests of a module, and prints the lines that they do not reach', 'lines'),
  testing('ctf', 'the same with functions that they do not call', 'functions'),
  ct,
  reading('ctctl', 'the lines of a module that the last ct did not reach', 'lines'),
  reading('ctctf', 'the same with functions', 'functions'),
  cc,
]

/** A compiler that begins from nothing writes all of them: `mm` lists those. */
function someOf(names: readonly string[]): string {
  const more = names.length - MOST
  return more > 0 ? `${names.slice(0, MOST).join(', ')} and ${more} more` : names.join(', ')
}

function modified({ applications }: Server): readonly { readonly module: string; readonly remedy: string }[] {
  const { states } = applications
  const loaded = new Set(states.flatMap(({ files }) => files))
  const changed = new Set(states.flatMap(each => each.changed))
  const inSources = modules().filter(module => {
    const { compiled } = module
    return isStale(module) || (loaded.has(compiled) ? changed.has(compiled) : writtenAt(compiled) > started)
  })
  const ours = new Set(modules().map(({ compiled }) => compiled))
  return [
    ...inSources.map(({ name, compiled }) => ({ module: name, remedy: loaded.has(compiled) ? 'lm' : 'a restart' })),
    ...[...changed].filter(file => !ours.has(file)).map(file => ({ module: file, remedy: 'lm' })),
  ]
}

function testing(name: string, what: string, of: 'lines' | 'functions'): Word {
  return {
    name,
    takes: 'MODULE',
    what,
    next: moduleNames,
    async run(args) {
      const [given = ''] = expectWords(args, 'MODULE')
      const module = moduleNamed(given)
      if (isStale(module)) await compile()
      const tests = testsOf(module)
      if (tests.length === 0) throw new Refusal(`no test is named after ${module.name} or imports it`)
      const folder = mkdtempSync(join(tmpdir(), 'sipwright-coverage-'))
      try {
        const { code, out } = await runTests(tests, { NODE_V8_COVERAGE: folder })
        const ran = `${named(module.source)} by ${tests.length > 3 ? `${tests.length} files of tests` : tests.map(named).join(' ')}`
        const result = code === 0 ? `${/\d+ passing/.exec(out)?.[0] ?? 'passing'}` : out.trim()
        return [`${ran}: ${result}`, report(new Coverage(folder, module), of)].join('\n')
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  }
}

function reading(name: string, what: string, of: 'lines' | 'functions'): Word {
  return {
    name,
    takes: 'MODULE',
    what,
    next: moduleNames,
    run(args) {
      const [given = ''] = expectWords(args, 'MODULE')
      const coverage = new Coverage(scenarioFolder, moduleNamed(given))
      if (!coverage.isLoaded)
        throw new Refusal('no scenario has reached it: run some with ct, such as ct specs/ua.spec.json')
      return report(coverage, of)
    },
  }
}

function report(coverage: Coverage, of: 'lines' | 'functions'): string {
  if (!coverage.isLoaded) return '  it was not loaded'
  const missing: readonly Uncovered[] = coverage[of]()
  return missing.length === 0
    ? `  all ${of} were reached`
    : formatTable(missing.map(({ line, text }) => ({ line, text })))
}

function moduleNames(): readonly string[] {
  return modules().map(({ name }) => name)
}
