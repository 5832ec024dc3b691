/** `sipwright spec`: runs scenarios and says which ones fail, and where. */

import { randomInt } from 'node:crypto'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import {
  junit,
  parseProfile,
  parseTransports,
  runScenario,
  type ScenarioResult,
  type Target,
} from '../apps/scenario/scenario.js'
import { type Command, exitCodes, readArguments, UsageError, wholeNumber } from './command.js'
import { addressTowards, targetUri } from './dialler.js'
import { expectWritable, writeOctets } from './octets.js'
import { asUsage, type Choice, type Run, runsOf, runsOfSipp } from './selection.js'

/** Scenarios on real sockets wait most of the time, so that many of them run at once. */
const AT_ONCE = { virtual: 1, loopback: 16 } as const

export const command: Command = {
  name: 'spec',
  summary: 'run scenarios',
  usage:
    'spec FILES|DIRS ... [--transport udp,tcp] [--profile NAME] [--real] [--target URI] [--sipp FILE] [--seed N] [--seeds COUNT] [--junit FILE] ...',
  help: `FILES|DIRS        selections (NAME.spec.json), files of scenarios, or folders of selections
--transport LIST  udp, tcp or both, whatever the selections say
--profile NAME    clean, lossy (10 % lost, 5 % twice) or chaos (30 % lost, 20 % twice, out of order), for the scenarios that stand it
--real            real time and real sockets on 127.0.0.1, not virtual time on the simulated network
--target URI      an element at sip:ADDRESS:PORT in place of a stack of ours, over real sockets, in the scenarios that allow it;
                  with sip:USER@ADDRESS:PORT that user is called, whomever the scenarios name
--called-at PORT  the target is the caller: we wait for its call at this port
--sipp FILE       a scenario in the XML of SIPp; may be given several times
--inf FILE        the values of [field0] and on, one call per line, as SIPp reads them
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
    'called-at': { type: 'string' },
    sipp: { type: 'string', multiple: true },
    inf: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string' },
    junit: { type: 'string' },
    json: { type: 'boolean' },
    ladder: { type: 'boolean' },
  })
  const { sipp = [] } = values
  if (positionals.length + sipp.length === 0) throw new UsageError('FILES|DIRS is missing, such as specs/ua.spec.json')
  const given = wholeNumber('--seed', values.seed, [0, 999_999_999])
  const seeds = wholeNumber('--seeds', values.seeds, [1, 1_000_000]) ?? 1
  const { transport, profile } = values
  if (values.target === undefined && values['called-at'] !== undefined) {
    throw new UsageError('--called-at needs --target, which says who calls')
  }
  const target = values.target === undefined ? undefined : await targetOf(values.target, values['called-at'])
  // An element that is not ours remembers the Call-IDs of the last run.
  const seed = given ?? (target === undefined ? 1 : randomInt(1_000_000_000))
  const choice: Choice = {
    ...(transport === undefined ? {} : { transports: asUsage('--transport', () => parseTransports(transport)) }),
    ...(values.real === true || target !== undefined ? { modes: ['loopback'] } : {}),
    ...(target === undefined ? {} : { external: target.calls === undefined ? 'callee' : 'caller' }),
    ...(profile === undefined ? {} : { profiles: [asUsage('--profile', () => parseProfile(profile))] }),
  }
  const runs = [
    ...(await Promise.all(positionals.map(word => runsOf(resolve(word), choice)))).flat(),
    ...sipp.flatMap(file => runsOfSipp(file, values.inf, choice)),
  ]
  if (runs.length === 0) throw new UsageError('nothing is selected: in a folder only NAME.spec.json counts')
  if (values.junit !== undefined) expectWritable(values.junit)
  const began = performance.now()
  const show =
    values.json === true
      ? () => undefined
      : shower(values.ladder === true, seeds > 1, externally(values.target, values['called-at']))
  const results = await play(runs, { first: seed, count: seeds, whole: values.json === true, target }, show)
  if (values.junit !== undefined) writeOctets(values.junit, junit(results))
  if (values.json === true) console.log(JSON.stringify({ results }, undefined, 2))
  else console.log(total(results, performance.now() - began))
  return results.every(({ passed }) => passed) ? exitCodes.ok : exitCodes.negative
}

async function targetOf(text: string, calledAt: string | undefined): Promise<Target> {
  const { host, port = 5060, user } = targetUri(text)
  const address = host.replace(/^\[|\]$/g, '')
  if (isIP(address) === 0) throw new UsageError(`--target needs an address, not the name ${host}`)
  const calls = wholeNumber('--called-at', calledAt, [1, 65_535])
  return {
    ...{ address, port, from: await addressTowards(address) },
    ...(user === undefined ? {} : { user }),
    ...(calls === undefined ? {} : { calls }),
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
    const workers =
      target?.calls !== undefined ? 1 : runs.some(({ mode }) => mode === 'virtual') ? AT_ONCE.virtual : AT_ONCE.loopback
    await Promise.all(Array.from({ length: workers }, work))
  } finally {
    console.log = log
  }
  return results
}

/** The words that make a run leave virtual time. */
function externally(target: string | undefined, calledAt: string | undefined): string {
  if (target === undefined) return ' --real'
  return calledAt === undefined ? ` --target ${target}` : ` --target ${target} --called-at ${calledAt}`
}

/** With many seeds only what fails is shown. `real` is how to run in real time again. */
function shower(ladders: boolean, brief: boolean, real: string): (run: Run, result: ScenarioResult) => void {
  return ({ given }, { passed, failure, ladder, title, transport, mode, profile, seed }) => {
    if (passed && brief) return
    const lines = [`${passed ? 'ok    ' : 'FAILED'} ${transport} ${title}`]
    if (failure !== undefined) {
      const way = `${profile === 'clean' ? '' : ` --profile ${profile}`}${mode === 'loopback' ? real : ''}`
      lines.push('', failure, '', `again: sipwright spec ${given} --transport ${transport} --seed ${seed}${way}`, '')
    } else if (ladders) lines.push('', ladder, '')
    process.stdout.write(`${lines.join('\n')}\n`)
  }
}

function total(results: readonly ScenarioResult[], ms: number): string {
  const failed = results.filter(({ passed }) => !passed).length
  const own = results.reduce((sum, { duration }) => sum + duration, 0)
  return `${results.length - failed} passed, ${failed} failed: ${(own / 1000).toFixed(0)} s of calls in ${(ms / 1000).toFixed(1)} s`
}
