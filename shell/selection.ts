/** What `sipwright spec` is given to run: selections, files of scenarios, and the XML of SIPp. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  type Mode,
  type ProfileName,
  parseSpecFile,
  readColumns,
  type Scenario,
  scenariosOf,
  sippScenarios,
  type TransportName,
} from '../apps/scenario/scenario.js'
import { EnvironmentError, UsageError } from './command.js'
import { placeOfFault } from './misspelt.js'
import { readOctets } from './octets.js'

/** One scenario in one way. */
export interface Run {
  /** How it was given on the command line. */
  readonly given: string
  readonly scenario: Scenario
  readonly transport: TransportName
  readonly mode: Mode
  readonly profile: ProfileName
}

/** What the command line changes in every selection. */
export interface Choice {
  readonly transports?: readonly TransportName[]
  readonly modes?: readonly Mode[]
  readonly profiles?: readonly ProfileName[]
  readonly external?: 'caller' | 'callee'
}

interface Ways extends Choice {
  readonly transports: readonly TransportName[]
  readonly modes: readonly Mode[]
  readonly profiles: readonly ProfileName[]
}

/** What is not in a selection runs in these. */
const usual: Ways = { transports: ['udp', 'tcp'], modes: ['virtual'], profiles: ['clean'] }

/** The runs of a selection, of a file of scenarios, or of all selections in a folder. */
export async function runsOf(path: string, choice: Choice): Promise<readonly Run[]> {
  const named = relative(process.cwd(), path)
  if (!existsSync(path)) throw new EnvironmentError(`there is no ${named}`)
  if (statSync(path).isDirectory()) {
    const selections = readdirSync(path)
      .filter(file => file.endsWith('.spec.json'))
      .toSorted()
    return (await Promise.all(selections.map(file => runsOf(join(path, file), choice)))).flat()
  }
  if (!path.endsWith('.json')) return load(path, { ...usual, ...choice })
  const spec = asUsage(named, () => parseSpecFile(readFileSync(path, 'utf8')))
  const at = (file: string): string => join(dirname(path), file)
  const included = await Promise.all(spec.include.map(file => runsOf(at(file), choice)))
  const own = await Promise.all(spec.scenarios.map(file => load(at(file), { ...spec, ...choice })))
  return [...included, ...own].flat()
}

async function load(path: string, choice: Ways): Promise<Run[]> {
  const file = relative(process.cwd(), path)
  const url = pathToFileURL(compiled(path))
  if (!existsSync(url))
    throw new EnvironmentError(`${file} is TypeScript that nobody has compiled: name its JavaScript`)
  const module: unknown = await import(url.href).catch(async (error: unknown) => {
    throw new UsageError(
      `${(await placeOfFault(error, url)) ?? file}: ${error instanceof Error ? error.message : String(error)}`,
    )
  })
  return asUsage(file, () => scenariosOf(module)).flatMap(scenario => waysOf(file, scenario, choice))
}

/** The runs of a scenario in the XML of SIPp, with a file of values or without. What is wrong is told with its line. */
export function runsOfSipp(path: string, columns: string | undefined, choice: Choice): readonly Run[] {
  const rows = columns === undefined ? undefined : readLines(columns, readColumns)
  const scenarios = readLines(path, text => sippScenarios(text, rows))
  const given = columns === undefined ? `--sipp ${path}` : `--sipp ${path} --inf ${columns}`
  return scenarios.flatMap(scenario => waysOf(given, scenario, { ...usual, ...choice }))
}

function readLines<T>(path: string, read: (text: string) => T): T {
  const text = readOctets(path)
  try {
    return read(text)
  } catch (error) {
    throw new UsageError(`${path}:${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The ways in which a scenario makes sense. */
function waysOf(given: string, scenario: Scenario, { transports, modes, profiles, external }: Ways): readonly Run[] {
  const { only } = scenario
  if (external !== undefined && only?.external !== external) return []
  const ways = modes.flatMap(mode =>
    transports.flatMap(transport => profiles.map(profile => ({ given, scenario, transport, mode, profile }))),
  )
  return ways.filter(
    ({ transport, mode, profile }) =>
      (only?.mode ?? mode) === mode &&
      (only?.transport ?? transport) === transport &&
      (only?.profiles ?? ['clean']).includes(profile),
  )
}

/** Scenarios of this package are written in TypeScript and run from what the build has made of them. */
function compiled(path: string): string {
  if (!path.endsWith('.ts')) return path
  const dist = fileURLToPath(new URL('..', import.meta.url))
  return join(dist, relative(dirname(dist.replace(/[\\/]$/, '')), path).replace(/\.ts$/, '.js'))
}

/** What is wrong with a file or a word is the caller's mistake, told in one line. */
export function asUsage<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
