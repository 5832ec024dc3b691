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

describe('sipwright spec', () => {
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

  it('refuses a target that is no address or is not there, and a profile that is none, in one line', () => {
    for (const args of [
      ['--target', 'sip:host.example.com'],
      ['--profile', 'fog'],
      ['--called-at', '5080'],
    ]) {
      const { status, stderr } = spec(file, ...args)
      expect(status).to.equal(2)
      expect(stderr.trim().split('\n')).to.have.length(1)
    }
  })
  it('plays the XML of SIPp, a call for each line of a file of values, and tells how to play it again', () => {
    const lines = [
      'OPTIONS sip:[field0]@[remote_ip]:[remote_port] SIP/2.0',
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    ]
    const more = [
      'From: <sip:a@[local_ip]>;tag=1',
      'To: <sip:b@[remote_ip]>',
      'Call-ID: [call_id]',
      'CSeq: [cseq] OPTIONS',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ]
    const options = `<send><![CDATA[${[...lines, ...more].join('\n')}]]></send>`
    const [xml, values] = [join(folder, 'ask.xml'), join(folder, 'values.csv')]
    writeFileSync(xml, `<scenario name="ask">${options}<recv response="200"/></scenario>`)
    writeFileSync(values, 'SEQUENTIAL\nbob;\ncarol;\n')
    const both = spec('--sipp', xml, '--inf', values, '--transport', 'udp')
    expect(both.status, both.stderr).to.equal(0)
    expect(both.stdout).to.match(/ok {5}udp ask, line 1\nok {5}udp ask, line 2\n2 passed, 0 failed/)
    writeFileSync(xml, `<scenario name="ask">${options}<recv response="404"/></scenario>`)
    const failed = spec('--sipp', xml)
    expect(failed.status).to.equal(1)
    expect(failed.stdout).to.contain(`again: sipwright spec --sipp ${xml} --transport tcp --seed 1\n`)
  })

  it('says in which line of the XML something is not supported, and ends with 2', () => {
    const xml = join(folder, 'odd.xml')
    writeFileSync(xml, '<scenario>\n<sendCmd/></scenario>')
    const { status, stderr } = spec('--sipp', xml)
    expect(status).to.equal(2)
    expect(stderr).to.match(/odd\.xml:2: <sendCmd> is not supported[^\n]*\n$/)
  })
  it('runs the scenario of the guide', () => {
    const [, program = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/guide-scenario.md', 'utf8')) ?? []
    const face = new URL('../../apps/scenario/scenario.js', import.meta.url).href
    const question = join(folder, 'question.mjs')
    writeFileSync(question, program.replace('sipwright/scenario', face))
    const { status, stdout } = spec(question)
    expect(status, stdout).to.equal(0)
    expect(stdout).to.match(/ok {5}udp a question is answered\nok {5}tcp a question is answered\n/)
  })
})
