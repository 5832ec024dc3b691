/** A day at the shell, in a terminal (tmux): a call is watched, the code of its application changed, a module tested. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { freePort, isInstalled, run } from './program.js'
import { expectAllServed, runSipp, type SippResult, scenario } from './sipp.js'
import { Terminal } from './terminal.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

describe('the shell in a terminal (peers: tmux, sipp)', () => {
  let checkout: string
  let port: number
  let server: Terminal
  let attached: Terminal
  let call: Promise<SippResult>
  let began: number

  before(async function () {
    if (!isInstalled('tmux') || !isInstalled('sipp')) return this.skip()
    // What is changed here is a copy.
    checkout = mkdtempSync(join(tmpdir(), 'sipwright-checkout-'))
    for (const path of ['apps', 'shell', 'specs', 'test', 'dist', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, path), join(checkout, path), { recursive: true, preserveTimestamps: true })
    }
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
    port = await freePort()
    const place = join(checkout, 'control.sock')
    const env = `XDG_STATE_HOME=${checkout} NO_COLOR=1`
    server = new Terminal(
      `${env} node shell/sipwright serve --listen udp:127.0.0.1:${port} --apps busy --threads 1 --control ${place}`,
      checkout,
    )
    await server.shows(/sipwright>\s*$/)
    attached = new Terminal(`${env} node shell/sipwright attach ${place}`, checkout)
    await attached.shows(/sipwright>\s*$/)
  })

  after(async () => {
    try {
      await Promise.all([attached?.close(), server?.close()])
    } finally {
      if (checkout !== undefined) rmSync(checkout, { recursive: true, force: true })
    }
  })

  it('shows a call as it goes, here and to those who attach', async () => {
    attached.type('ladder --follow')
    await attached.shows(/waiting for the first/)
    began = performance.now()
    call = runSipp({
      args: ['-sf', scenario('busy-refuses.xml'), '-s', 'busy', `127.0.0.1:${port}`],
      calls: 1,
      within: 30,
    })
    await server.shows(/BUSY: .* is calling/)
    await attached.shows(/<-+ 180 Ringing -/)
    server.type('ladder')
    await server.shows(/- INVITE -+>.*\n.*<-+ 180 Ringing -/)
    attached.press('C-c')
    expect(await attached.shows(/sipwright>\s*$/)).not.to.include('Uncaught')
    attached.type('show transactions')
    await attached.shows(/INVITE server +INVITE +Proceeding/)
    attached.type('ladder --follow')
    await attached.shows(/180 Ringing/)
  })

  it('completes words, and words that follow', async () => {
    server.clear()
    server.press('show')
    server.press('Space')
    server.press('conn')
    server.press('Tab')
    await server.shows(/sipwright> show connections/)
    server.press('C-u')
  })

  it('loads the changed demo while the call is up', async () => {
    const file = join(checkout, 'apps/busy/busy.ts')
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text.replace('RINGING = 10_000', 'RINGING = 1000').replace('BUSY: Telling', 'BUSY: Quickly telling'),
    )
    server.clear()
    server.type('mm')
    await server.shows(/busy\/busy +lm/)
    server.type('lm')
    await server.shows(/^loaded busy$/m)
  })

  it('serves the next call with the new code', async () => {
    const { output } = await run(
      process.execPath,
      [join(root, 'shell/sipwright'), 'call', `sip:busy@127.0.0.1:${port}`],
      60_000,
    )
    const [, ms] = /(\d+) ms {2}rejected +486/.exec(output) ?? []
    expect(Number(ms), output).to.be.within(1000, 9900)
    await server.shows(/BUSY: Quickly telling/)
  })

  it('and the call before with what it began with: it rings on, and is busy', async () => {
    const result = await call
    expectAllServed(result, 1)
    expect(performance.now() - began).to.be.greaterThan(9900)
    // The ladder of the other terminal has grown meanwhile, without a key.
    await attached.shows(/486 Busy Here/)
  })

  it('lets go of the ladder with Ctrl-C, and of the server with Ctrl-D', async () => {
    attached.press('C-c')
    expect(await attached.shows(/sipwright>\s*$/)).not.to.include('Uncaught')
    attached.press('C-d')
    await attached.shows(/ended with 0/)
    server.clear()
    server.type('show cores')
    await server.shows(/busy +0 +\d/)
  })

  it('runs the tests of a module, and names the lines that they do not reach', async () => {
    server.clear()
    server.type("ctl('transaction/invite-server')")
    const screen = await server.shows(/\d+ passing[\s\S]*in all/)
    expect(screen).to.match(/ {2}Line {2}Text\n +\d+ {2}default:\n +\d+ {2}return never\(state\)\n/)
  })
})
