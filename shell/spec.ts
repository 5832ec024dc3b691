/** `sipwright spec`: runs scenarios and says which ones fail, and where. */

import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  junit,
  type Mode,
  type ProfileName,
  parseProfile,
  parseSpecFile,
  parseTransports,
  runScenario,
  type Scenario,
  type ScenarioResult,
  scenariosOf,
  type Target,
  type TransportName,
} from '../apps/scenario/scenario.js'
import { type Command, exitCodes, readArguments, UsageError, wholeNumber } from './command.js'
import { addressTowards, targetUri } from './dialler.js'

/** One scenario in one way. */
interface Run {
  readonly file: string
  readonly scenario: Scenario
  readonly transport: TransportName
  readonly mode: Mode
  readonly profile: ProfileName
}

/** What the command line changes in every selection. */
interface Choice {
  readonly transports?: readonly TransportName[]
  readonly modes?: readonly Mode[]
  readonly profiles?: readonly ProfileName[]
  readonly external?: boolean
}

/** Scenarios on real sockets wait most of the time, so that many of them run at once. */
const AT_ONCE = { virtual: 1, loopback: 16 } as const

export const command: Command = {
  name: 'spec',
  summary: 'run scenarios',
  usage:
    'spec FILES|DIRS ... [--transport udp,tcp] [--profile NAME] [--real] [--target URI] [--seed N] [--seeds COUNT] [--junit FILE] ...',
  help: `FILES|DIRS        selections (NAME.spec.json), files of scenarios, or folders of selections
--transport LIST  udp, tcp or both, whatever the selections say
--profile NAME    clean, lossy (10 % lost, 5 % twice) or chaos (30 % lost, 20 % twice, out of order), for the scenarios that stand it
--real            real time and real sockets on 127.0.0.1, not virtual time on the simulated network
--target URI      calls sip:ADDRESS:PORT in place of a stack of ours, over real sockets, in the scenarios that allow it
--seed N          the seed of all randomness (1)
--seeds COUNT     runs each scenario so many times, with seeds from N on (1)
--junit FILE      writes the results as JUnit XML
--json            print one JSON object
--ladder          print the ladder diagram of every scenario, not only of those that fail

Ends with 0 when all scenarios pass, 1 when one fails.`,
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    transport: { type: 'string' },
    real: { type: 'boolean' },
    profile: { type: 'string' },
    target: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string' },
    junit: { type: 'string' },
    json: { type: 'boolean' },
    ladder: { type: 'boolean' },
  })
  if (positionals.length === 0) throw new UsageError('FILES|DIRS is missing, such as specs/ua.spec.json')
  const given = wholeNumber('--seed', values.seed, [0, 999_999_999])
  const seeds = wholeNumber('--seeds', values.seeds, [1, 1_000_000]) ?? 1
  const { transport, profile } = values
  const target = values.target === undefined ? undefined : await targetOf(values.target)
  // An element that is not ours remembers the Call-IDs of the last run.
  const seed = given ?? (target === undefined ? 1 : randomInt(1_000_000_000))
  const choice: Choice = {
    ...(transport === undefined ? {} : { transports: asUsage('--transport', () => parseTransports(transport)) }),
    ...(values.real === true || target !== undefined ? { modes: ['loopback'] } : {}),
    ...(target === undefined ? {} : { external: true }),
    ...(profile === undefined ? {} : { profiles: [asUsage('--profile', () => parseProfile(profile))] }),
  }
  const runs = (await Promise.all(positionals.map(word => runsOf(resolve(word), choice)))).flat()
  if (runs.length === 0) throw new UsageError('nothing is selected')
  const began = performance.now()
  const show = values.json === true ? () => undefined : shower(values.ladder === true, seeds > 1, values.target)
  const results = await play(runs, { first: seed, count: seeds, whole: values.json === true, target }, show)
  if (values.junit !== undefined) writeFileSync(values.junit, junit(results))
  if (values.json === true) console.log(JSON.stringify({ results }, undefined, 2))
  else console.log(total(results, performance.now() - began))
  return results.every(({ passed }) => passed) ? exitCodes.ok : exitCodes.negative
}

async function targetOf(text: string): Promise<Target> {
  const { host, port = 5060, user } = targetUri(text)
  const address = host.replace(/^\[|\]$/g, '')
  if (isIP(address) === 0) throw new UsageError(`--target needs an address, not the name ${host}`)
  const place = { address, port, from: await addressTowards(address) }
  return user === undefined ? place : { ...place, user }
}

/** The runs of a selection, of a file of scenarios, or of all selections in a folder. */
async function runsOf(path: string, choice: Choice): Promise<readonly Run[]> {
  const named = relative(process.cwd(), path)
  if (asUsage(named, () => statSync(path)).isDirectory()) {
    const selections = readdirSync(path)
      .filter(file => file.endsWith('.spec.json'))
      .toSorted()
    return (await Promise.all(selections.map(file => runsOf(join(path, file), choice)))).flat()
  }
  if (!path.endsWith('.json'))
    return load(path, {
      transports: ['udp', 'tcp'],
      modes: ['virtual'],
      profiles: ['clean'],
      external: false,
      ...choice,
    })
  const spec = asUsage(named, () => parseSpecFile(readFileSync(path, 'utf8')))
  const at = (file: string): string => join(dirname(path), file)
  const included = await Promise.all(spec.include.map(file => runsOf(at(file), choice)))
  const own = await Promise.all(spec.scenarios.map(file => load(at(file), { external: false, ...spec, ...choice })))
  return [...included, ...own].flat()
}

async function load(path: string, { transports, modes, profiles, external }: Required<Choice>): Promise<Run[]> {
  const file = relative(process.cwd(), path)
  const module: unknown = await import(pathToFileURL(compiled(path)).href).catch((error: unknown) => {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  })
  const runs: Run[] = []
  for (const scenario of asUsage(file, () => scenariosOf(module))) {
    for (const mode of modes) {
      for (const transport of transports) {
        for (const profile of profiles) runs.push({ file, scenario, transport, mode, profile })
      }
    }
  }
  return runs.filter(
    ({ scenario: { only }, transport, mode, profile }) =>
      (only?.mode ?? mode) === mode &&
      (only?.transport ?? transport) === transport &&
      (only?.profiles ?? ['clean']).includes(profile) &&
      (!external || only?.external === true),
  )
}

/** Scenarios of this package are written in TypeScript and run from what the build has made of them. */
function compiled(path: string): string {
  if (!path.endsWith('.ts')) return path
  const dist = fileURLToPath(new URL('..', import.meta.url))
  return join(dist, relative(dirname(dist.replace(/[\\/]$/, '')), path).replace(/\.ts$/, '.js'))
}

/** What is wrong with a file or a word is the caller's mistake, told in one line. */
function asUsage<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

interface Manner {
  readonly first: number
  readonly count: number
  /** Ladders and traces are kept of what passes, too. */
  readonly whole: boolean
  readonly target: Target | undefined
}

/** Runs them in order, several at once in real time; what applications print meanwhile is not shown. */
async function play(
  runs: readonly Run[],
  { first, count, whole, target }: Manner,
  show: (run: Run, result: ScenarioResult) => void,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = []
  let next = 0
  async function work(): Promise<void> {
    while (next < runs.length * count) {
      const at = next++
      const run = runs[Math.floor(at / count)]
      if (run === undefined) return
      const { transport, mode, profile } = run
      const seed = first + (target === undefined ? at % count : at)
      const options = { transport, mode, profile, seed, ...(target === undefined ? {} : { target }) }
      const result = await runScenario(run.scenario, options)
      results[at] = whole || !result.passed ? result : { ...result, ladder: '', trace: '' }
      show(run, result)
    }
  }
  const { log } = console
  console.log = () => undefined
  try {
    const workers = runs.some(({ mode }) => mode === 'virtual') ? AT_ONCE.virtual : AT_ONCE.loopback
    await Promise.all(Array.from({ length: workers }, work))
  } finally {
    console.log = log
  }
  return results
}

/** With many seeds only what fails is shown. */
function shower(
  ladders: boolean,
  brief: boolean,
  target: string | undefined,
): (run: Run, result: ScenarioResult) => void {
  return ({ file }, { passed, failure, ladder, title, transport, mode, profile, seed }) => {
    if (passed && brief) return
    const lines = [`${passed ? 'ok    ' : 'FAILED'} ${transport} ${title}`]
    if (failure !== undefined) {
      const way = `${profile === 'clean' ? '' : ` --profile ${profile}`}${mode === 'loopback' ? (target === undefined ? ' --real' : ` --target ${target}`) : ''}`
      lines.push('', failure, '', `again: sipwright spec ${file} --transport ${transport} --seed ${seed}${way}`, '')
    } else if (ladders) lines.push('', ladder, '')
    process.stdout.write(`${lines.join('\n')}\n`)
  }
}

function total(results: readonly ScenarioResult[], ms: number): string {
  const failed = results.filter(({ passed }) => !passed).length
  const own = results.reduce((sum, { duration }) => sum + duration, 0)
  return `${results.length - failed} passed, ${failed} failed: ${(own / 1000).toFixed(0)} s of calls in ${(ms / 1000).toFixed(1)} s`
}
