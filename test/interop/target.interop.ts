/** `sipwright spec` against programs that are not ours, as callee and as caller, and SIPp's own scenarios against our stack. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { type Kamailio, kamailio } from './kamailio.js'
import { type Ended, freePort, isInstalled, run, untilHeld } from './program.js'
import { sipwright } from './served.js'
import { runSipp, scenario } from './sipp.js'

const external = 'specs/ua/external.ts'

function spec(...args: readonly string[]): Promise<Ended> {
  return run(process.execPath, [sipwright, 'spec', ...args], 60_000)
}

function expectPassed({ code, output }: Ended, count: number): void {
  expect(output).to.include(`${count} passed, 0 failed`)
  expect(code, output).to.equal(0)
}

describe("SIPp's own scenarios (peer: sipp)", () => {
  let folder: string
  const files: string[] = []

  before(async function () {
    if (!isInstalled('sipp')) this.skip()
    folder = await mkdtemp(join(tmpdir(), 'sipwright-scenarios-'))
    for (const name of ['uac', 'uas']) {
      const file = join(folder, `${name}.xml`)
      await writeFile(file, (await run('sipp', ['-sd', name], 30_000)).output, 'latin1')
      files.push('--sipp', file)
    }
  })
  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  it('§13 §15 call our stack, and are called by it, in virtual time (sipp)', async () => {
    expectPassed(await spec(...files), 4)
  })

  it('§13 §15 call our stack, and are called by it, over real sockets (sipp)', async () => {
    expectPassed(await spec(...files, '--real'), 4)
  })

  for (const transport of ['udp', 'tcp'] as const) {
    it(`§13 §15 call SIPp, and the call of our scenario, too, over ${transport} (sipp)`, async () => {
      const port = await freePort()
      const mode = transport === 'udp' ? 'u1' : 't1'
      const peer = runSipp({ args: ['-sn', 'uas', '-p', String(port), '-t', mode], calls: 2, within: 30 })
      await untilHeld(port, transport)
      const target = ['--transport', transport, '--target', `sip:service@127.0.0.1:${port}`]
      expectPassed(await spec(...files, external, ...target), 2)
      const result = await peer
      expect(result, result.story).to.include({ successful: 2, failed: 0 })
    })
  }

  it('§13 §15 are called by SIPp (sipp)', async () => {
    const [at, port] = [await freePort(), await freePort()]
    const where = ['--transport', 'udp', '--target', `sip:127.0.0.1:${port}`, '--called-at', String(at)]
    const heard = spec('--sipp', files[3] ?? '', ...where)
    await untilHeld(at)
    const caller = ['-sn', 'uac', `127.0.0.1:${at}`, '-p', String(port), '-d', '100']
    const result = await runSipp({ args: caller, calls: 1, within: 30 })
    expect(result, result.story).to.include({ successful: 1, failed: 0 })
    expectPassed(await heard, 1)
  })

  it('§13 §15 §17.1.1.3 our scenarios are called by SIPp, one after the other (sipp)', async () => {
    const [at, port] = [await freePort(), await freePort()]
    const where = ['--transport', 'udp', '--target', `sip:127.0.0.1:${port}`, '--called-at', String(at)]
    const heard = spec(external, ...where)
    const results = []
    for (const args of [
      ['-sn', 'uac'],
      ['-sf', scenario('busy-refuses.xml')],
    ]) {
      // The scenario before this one listens a little longer than its call lasts.
      await sleep(500)
      await untilHeld(at)
      const caller = [...args, `127.0.0.1:${at}`, '-p', String(port), '-d', '100']
      results.push(await runSipp({ args: caller, calls: 1, within: 30 }))
    }
    expectPassed(await heard, 2)
    for (const result of results) expect(result, result.story).to.include({ successful: 1, failed: 0 })
  })
})

describe('a call to Kamailio (peer: kamailio)', () => {
  let callee: Kamailio | undefined

  before(async function () {
    if (!isInstalled('kamailio')) this.skip()
    callee = await kamailio('kamailio.cfg')
  })
  after(() => callee?.stop())

  it('§13 §15 is answered and ended over UDP and TCP (kamailio)', async () => {
    expectPassed(await spec(external, '--target', `sip:service@127.0.0.1:${callee?.port}`), 2)
  })
})
