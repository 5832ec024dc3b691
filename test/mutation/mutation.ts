/** `npm run mutation`: breaks the transaction layer in one place after the other, and shows that something notices each time. */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Mutant, mutantsOf, mutatedFiles, unreached } from './mutants.js'

const help = `npm run mutation -- [--only TEXT] [--list]

--only TEXT  only those whose description holds this text, such as timers.js
--list       names them and runs nothing

A mutant counts as noticed by the scenarios, or else by the tests of the transaction layer. Works on a copy of dist under
coverage, and writes coverage/mutation.json. Ends with 1 when a mutant survives in text
that is reached.`

const copy = join('coverage', 'mutation')
const layer = join(copy, 'dist', 'apps', 'sip', 'transaction')
/** ms after which a mutant that makes something hang counts as noticed. */
const PATIENCE = 60_000

type NoticedBy = 'scenarios' | 'tests' | 'nothing'

process.exitCode = main()

function main(): number {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help === true) {
    console.log(help)
    return 0
  }
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  for (const each of ['dist', 'specs', 'shell', 'package.json', 'rebarlike.json']) {
    cpSync(each, join(copy, each), { recursive: true })
  }
  const originals = new Map(mutatedFiles.map(file => [file, readFileSync(join(layer, file), 'utf8')]))
  const mutants = [...originals]
    .flatMap(([file, text]) => mutantsOf(file, text))
    .filter(({ what }) => what.includes(values.only ?? ''))
  if (values.list === true) {
    for (const { what } of mutants) console.log(what)
    return 0
  }
  if (notices() !== 'nothing') throw new Error('the scenarios or the tests fail before anything is broken')
  const results = mutants.map(mutant => tried(mutant, originals.get(mutant.file) ?? ''))
  const survivors = results.filter(({ what, noticed }) => noticed === 'nothing' && excuse(what) === undefined)
  writeFileSync(join('coverage', 'mutation.json'), `${JSON.stringify(results, undefined, 2)}\n`)
  const by = (who: NoticedBy): number => results.filter(({ noticed }) => noticed === who).length
  console.log(
    `${results.length} mutants: ${by('scenarios')} noticed by scenarios, ${by('tests')} by tests only, ${by('nothing')} by nothing, ${survivors.length} of them reachable`,
  )
  return survivors.length === 0 ? 0 : 1
}

function tried({ file, what, mutated }: Mutant, original: string): { what: string; noticed: NoticedBy } {
  writeFileSync(join(layer, file), mutated)
  const noticed = notices()
  writeFileSync(join(layer, file), original)
  const why = noticed === 'nothing' ? excuse(what) : undefined
  console.log(
    `${noticed === 'nothing' ? 'SURVIVES ' : noticed.padEnd(9)} ${what}${why === undefined ? '' : `: ${why}`}`,
  )
  return { what, noticed }
}

/** Why nothing can notice it. */
function excuse(what: string): string | undefined {
  return unreached.find(({ file, change }) => what.startsWith(file) && what.includes(change))?.why
}

function notices(): NoticedBy {
  const selections = ['transaction', 'races', 'transport', 'ua'].map(name => `specs/${name}.spec.json`)
  if (fails([join('shell', 'sipwright'), 'spec', ...selections, '--json'])) return 'scenarios'
  const mocha = join('..', '..', 'node_modules', 'mocha', 'bin', 'mocha.js')
  const tests = ['transaction', 'transaction-driver'].map(folder => `dist/test/sip/${folder}/*.test.js`)
  return fails([mocha, '--no-config', '--bail', '--exit', ...tests]) ? 'tests' : 'nothing'
}

function fails(args: readonly string[]): boolean {
  const { status } = spawnSync(process.execPath, args, { cwd: copy, stdio: 'ignore', timeout: PATIENCE })
  return status !== 0
}
