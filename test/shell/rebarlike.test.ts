import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { buildHelp, buildPlan } from '../../shell/build-plan.js'
import { UsageError } from '../../shell/command.js'
import { generate } from '../../shell/release.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const build = {
  apps: { actor: {}, sip: {}, busy: {} },
  specs: { ua: 'specs/ua.spec.json', chaos: 'specs/chaos.spec.json' },
}

function lines(...words: readonly string[]): readonly string[] {
  return buildPlan(words, build).map(step =>
    step.kind === 'run' ? [step.program.split('/').at(-1), ...step.args].join(' ') : `${step.kind} ${step.word}`,
  )
}

describe('rebarlike', function () {
  this.timeout(60_000)

  it('runs what stands for the words of rebar, in their order', () => {
    expect(lines('compile', 'xref')).to.deep.equal([
      'npm run --silent build',
      'npx mocha --no-config dist/test/architecture.test.js',
    ])
    expect(lines('clean', 'deps', 'generate')).to.deep.equal(['clean clean', 'npm ci', 'generate generate'])
    expect(lines('eunit', 'ct')).to.deep.equal([
      'npm run mocha',
      'node shell/sipwright spec specs/ua.spec.json specs/chaos.spec.json',
    ])
  })

  it('takes one app and leaves what is installed alone, wherever that is said', () => {
    expect(lines('eunit', 'app=busy')).to.deep.equal([
      'npx mocha --no-config --timeout 30000 dist/test/busy/**/*.test.js',
    ])
    expect(lines('app=busy', 'ct')).to.deep.equal(['skip ct'])
    expect(lines('app=sip', 'ct')).to.deep.equal(lines('ct'))
    expect(lines('deps', 'skip_deps=true')).to.deep.equal(['skip deps'])
    expect(lines('skip_deps=false', 'deps')).to.deep.equal(['npm ci'])
  })

  it('says what was meant where a word is wrong, and runs nothing', () => {
    const wrong = [
      [['compile', 'eunti'], 'unknown word eunti (did you mean eunit?)'],
      [['eunit', 'app=bussy'], 'no app bussy (did you mean busy?)'],
      [['ct', 'skip_deps=maybe'], 'skip_deps=true or skip_deps=false'],
      [['constructor'], 'unknown word constructor'],
      [['eunit', 'app=toString'], 'no app toString'],
      [['app=sip'], 'a word is missing'],
    ] as const
    for (const [words, says] of wrong) expect(() => lines(...words)).to.throw(UsageError, says)
  })

  it('explains each word', () => {
    for (const word of ['deps', 'compile', 'eunit', 'ct', 'xref', 'generate', 'clean', 'app=', 'skip_deps=']) {
      expect(buildHelp()).to.match(new RegExp(`^  ${word}\\S* +\\S`, 'm'))
    }
  })

  it('ends with 2 and one line for what makes no sense', () => {
    const { status, stderr } = spawnSync(process.execPath, ['shell/rebarlike', 'compiel'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stderr).to.match(/^rebarlike: unknown word compiel \(did you mean compile\?\).*\n$/)
    expect(status).to.equal(2)
  })
})

describe('a release', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-release-'))
  let command = ''

  before(() => {
    command = join(generate(root, folder, { name: 'demos', start: 'shell/sipwright serve' }), 'bin', 'demos')
  })

  after(() => {
    control('stop')
    rmSync(folder, { recursive: true, force: true })
  })

  /** Where nothing is found but what the release brings. */
  function control(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
    return typing('', ...args)
  }

  function typing(
    input: string,
    ...args: readonly string[]
  ): { readonly status: number | null; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
      ...{ cwd: folder, env: {}, encoding: 'utf8', input },
    })
    return { status, text: `${stdout}${stderr}` }
  }

  it('starts once, answers, starts anew and stops', () => {
    expect(control('ping')).to.deep.equal({ status: 1, text: 'demos is not running\n' })
    const listen = ['--listen', 'udp:127.0.0.1:0', '--threads', '1']
    const started = control('start', ...listen)
    expect(started.text).to.match(/^demos listens on udp:127\.0\.0\.1:\d+\nlog\/demos\.log says what to dial; .*\n$/)
    expect(started.status).to.equal(0)
    expect(control('start')).to.deep.equal({ status: 1, text: 'demos is running already\n' })
    expect(control('ping')).to.deep.equal({ status: 0, text: 'pong\n' })
    expect(control('restart', ...listen).text).to.match(
      /^demos has ended\ndemos listens on udp:127\.0\.0\.1:\d+\n.*\n$/,
    )
    expect(control('ping').status).to.equal(0)
    const typed = typing('show listeners --json\ntypeof hang.call\nmm\nctl transaction/key\n', 'attach')
    expect(typed.text).to.match(
      /"transport": "UDP".*\nfunction\n {2}none\nthis package was installed without its sources: .*\n$/s,
    )
    expect(typed.status).to.equal(0)
    expect(control('stop')).to.deep.equal({ status: 0, text: 'demos has ended\n' })
    for (const word of ['stop', 'attach', 'ping']) {
      expect(control(word)).to.deep.equal({ status: 1, text: 'demos is not running\n' })
    }
  })

  it('takes no other process for its own, whose number was that of an earlier one', () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
    const pidFile = join(command, '../../log/demos.pid')
    try {
      mkdirSync(join(pidFile, '..'), { recursive: true })
      writeFileSync(pidFile, `${other.pid} 1\n`)
      expect(control('ping').text).to.equal('demos is not running\n')
      expect(existsSync(pidFile)).to.equal(false)
      writeFileSync(pidFile, `${other.pid} 1\n`)
      expect(control('stop').text).to.equal('demos is not running\n')
      expect(other.kill(0)).to.equal(true)
    } finally {
      other.kill()
    }
  })

  it('says why it does not start, and what can be typed', () => {
    const failed = control('start', '--listen', '5060')
    expect(failed.text).to.include('"5060" is no place to listen').and.to.include('demos did not start')
    expect(failed.status).to.equal(3)
    expect(control('strat').text).to.include('did you mean start?')
    expect(control('strat').status).to.equal(2)
  })
})
