/** We call SIPp: `sipwright ping` against scenarios that answer one OPTIONS. Any final response proves that it lives. */
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { freePort, isInstalled, run, untilHeld } from './program.js'
import { sipwright } from './served.js'
import { runSipp, scenario } from './sipp.js'

describe('sipwright ping calls SIPp (peer: sipp) as UAS', () => {
  before(function () {
    if (!isInstalled('sipp')) this.skip()
  })

  for (const [file, status] of [
    ['options-answered.xml', '200'],
    ['options-refused.xml', '503'],
  ] as const) {
    it(`§11.1 prints the ${status} that its OPTIONS got and ends with 0 (sipp)`, async () => {
      const port = await freePort()
      const peer = runSipp({ args: ['-sf', scenario(file), '-p', String(port)], calls: 1, within: 15 })
      await untilHeld(port)
      const ping = await run(process.execPath, [sipwright, 'ping', `sip:127.0.0.1:${port}`], 40_000)
      const result = await peer
      expect(result, result.story).to.include({ successful: 1, failed: 0 })
      expect(ping.code, ping.output).to.equal(0)
      expect(ping.output).to.include(status)
    })
  }
})
