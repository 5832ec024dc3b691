/** SIPp calls echo, is called by hang, and takes a load of ours. */
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { Program, sipwright } from '../shell/program.js'
import { freePort, isInstalled, untilHeld } from './program.js'
import { type Served, serve } from './served.js'
import { callWithSipp, expectAllServed, runSipp } from './sipp.js'

describe('the demos and the load generator with SIPp (peer: sipp)', () => {
  let served: Served

  before(async function () {
    if (!isInstalled('sipp')) this.skip()
    served = await serve(1, 'echo')
  })
  after(() => served?.stop())

  it('§13.3.1.4 RFC 3264 §6 echo takes calls, and is hung up on (sipp)', async () => {
    const args = ['-sn', 'uac', '-s', 'echo', `127.0.0.1:${served.port}`, '-r', '20']
    const result = await callWithSipp({ args, calls: 40, within: 30 })
    expect(result, result.story).to.include({ successful: 40, failed: 0 })
  })

  it('§13.2.2.4 §15.1.1 hang calls, and hangs up after five seconds (sipp)', async () => {
    const port = await freePort()
    const peer = runSipp({ args: ['-sn', 'uas', '-p', String(port)], calls: 1, within: 30 })
    await untilHeld(port)
    const shell = new Program(['shell', '--apps', 'hang'])
    shell.type(`hang.call("sip:bob@127.0.0.1:${port}")\n`)
    await shell.printed(/Got .* response on BYE/)
    shell.end()
    const [{ out }, result] = await Promise.all([shell.ended, peer])
    expectAllServed(result, 1)
    expect(out).to.match(
      /Progress from .*: 180 Ringing\n.*success response .*: 200 OK\n.*BYE to .*\n.*Got 200 response on BYE/,
    )
  })

  for (const [transport, mode] of [
    ['udp', 'u1'],
    ['tcp', 't1'],
  ] as const) {
    it(`§13 §15 a load of calls over ${transport} is taken without an error (sipp)`, async () => {
      const port = await freePort()
      const peer = runSipp({ args: ['-sn', 'uas', '-p', String(port), '-t', mode], calls: 100, within: 30 })
      await untilHeld(port, transport)
      const to = `sip:bob@127.0.0.1:${port};transport=${transport}`
      const { out, code } = await sipwright(['load', to, '--method', 'INVITE', '--rate', '50', '--count', '100'])
      const result = await peer
      expect(result, result.story).to.include({ successful: 100, failed: 0 })
      expect(out).to.match(/^ {2}Done +100$/m)
      expect(code).to.equal(0)
    })
  }
})
