import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

/** One that fails, and one for a clean network only. */
const failing = `export default [{
  title: 'failing',
  only: { profiles: ['clean', 'chaos'] },
  async body(stage) {
    const alice = await stage.raw('alice')
    const bob = await stage.raw('bob')
    alice.send('OPTIONS', { to: bob })
    await bob.expect('OPTIONS')
    bob.send(404)
    await alice.expect(200)
  },
}, { title: 'tame', body: async () => {} }]`

describe('sipwright spec', function () {
  this.timeout(30_000)
  let folder: string
  let file: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'spec-'))
    file = join(folder, 'failing.mjs')
    writeFileSync(file, failing)
  })

  after(() => rmSync(folder, { recursive: true }))

  function spec(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, ['shell/sipwright', 'spec', ...args], { encoding: 'utf8' })
  }

  it('prints the command that plays a failing seed again', () => {
    const { status, stdout } = spec(file, '--transport', 'udp', '--seed', '7', '--profile', 'chaos')
    expect(status).to.equal(1)
    expect(stdout).to.match(/again: sipwright spec \S+failing\.mjs --transport udp --seed 7 --profile chaos\n/)
    expect(stdout, 'a scenario for a clean network').not.to.contain('tame')
  })

  it('runs each scenario with so many seeds, and writes JUnit XML', () => {
    const xml = join(folder, 'junit.xml')
    const { status, stdout } = spec('specs/chaos/call.ts', '--profile', 'lossy', '--seeds', '3', '--junit', xml)
    expect(status).to.equal(0)
    expect(stdout).to.match(/^6 passed, 0 failed: /)
    expect(readFileSync(xml, 'utf8')).to.contain('tests="6" failures="0"').and.to.contain('lossy, seed 3)')
  })

  it('refuses a target that is no address, and a profile that is none, in one line', () => {
    for (const args of [
      ['--target', 'sip:host.example.com'],
      ['--profile', 'fog'],
    ]) {
      const { status, stderr } = spec(file, ...args)
      expect(status).to.equal(2)
      expect(stderr.trim().split('\n')).to.have.length(1)
    }
  })
})
