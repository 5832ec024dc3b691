/** `npm run conformance`: runs tests and scenarios, and reports which normative sentences have one that passes. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readLedgers } from './ledger.js'
import { markdown, overview, reportOf } from './report.js'
import { fromMocha, fromSpecs, type Outcome } from './results.js'

const help = `npm run conformance -- [--mocha FILE] [--specs FILE] [--sections RFC,...]

--mocha FILE      results of mocha's json reporter, instead of running the tests
--specs FILE      output of \`sipwright spec specs --json\`, instead of running the scenarios
--sections RFC    shows these RFCs section by section

Writes conformance.md and conformance.json into ${join('coverage')}. Ends with 1 when an id is unknown, when the ledger excuses
what a test shows, or when a test with an id fails.`

/** ms after which a run that hangs is given up; its results are there by then. */
const PATIENCE = 300_000
const folder = 'coverage'

process.exitCode = main()

function main(): number {
  const { values } = parseArgs({
    options: {
      mocha: { type: 'string' },
      specs: { type: 'string' },
      sections: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  mkdirSync(folder, { recursive: true })
  const outcomes: readonly Outcome[] = [
    ...fromMocha(values.mocha === undefined ? tests() : readFileSync(values.mocha, 'utf8')),
    ...fromSpecs(values.specs === undefined ? scenarios() : readFileSync(values.specs, 'utf8')),
  ]
  const report = reportOf(readLedgers('specs/ledger'), outcomes)
  writeFileSync(join(folder, 'conformance.json'), `${JSON.stringify(report, undefined, 2)}\n`)
  writeFileSync(join(folder, 'conformance.md'), markdown(report))
  console.log(overview(report, values.sections.split(',').map(Number)))
  const wrong = [
    ...report.unknown.map(id => `${id} is in no ledger`),
    ...report.stale.map(id => `${id} is excused by the ledger, but has a passing test`),
    ...report.failed.map(title => `failed: ${title}`),
  ]
  for (const each of wrong) console.error(each)
  return wrong.length === 0 ? 0 : 1
}

function tests(): string {
  const output = join(folder, 'mocha.json')
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${output}`]
  const { error } = spawnSync('npx', ['mocha', '--exit', ...reporter], { stdio: 'ignore', timeout: PATIENCE })
  if (error !== undefined) throw new Error('the tests do not end', { cause: error })
  return readFileSync(output, 'utf8')
}

function scenarios(): string {
  const args = ['shell/sipwright', 'spec', 'specs', '--json']
  const { stdout, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: PATIENCE,
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (error !== undefined) throw new Error('the scenarios do not end', { cause: error })
  return stdout
}
