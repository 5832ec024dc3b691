/** sipsak pings us with OPTIONS. */
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { isInstalled, run } from './program.js'
import { type Served, serve } from './served.js'

describe('sipsak (peer: sipsak) against serve', () => {
  let served: Served

  before(async function () {
    if (!isInstalled('sipsak')) this.skip()
    served = await serve(0, 'uas')
  })
  after(() => served?.stop())

  for (const transport of ['udp', 'tcp']) {
    it(`§11.2 an OPTIONS ping over ${transport} gets 200 (sipsak)`, async () => {
      const { code, output } = await run(
        'sipsak',
        ['-E', transport, '-vv', '-s', `sip:ping@127.0.0.1:${served.port}`],
        10_000,
      )
      expect(output).to.match(/^SIP\/2\.0 200 /m)
      expect(code, output).to.equal(0)
    })
  }
})
