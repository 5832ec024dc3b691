/** All scenarios over the sockets of this machine: what passes in virtual time has to pass in real time as well. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { run } from './program.js'
import { sipwright } from './served.js'

describe('the scenarios over real sockets', () => {
  for (const transport of ['udp', 'tcp']) {
    it(`all pass over ${transport}`, async () => {
      const words = [sipwright, 'spec', 'specs', '--real', '--transport', transport]
      const { code, output } = await run(process.execPath, words, 120_000)
      expect(output).to.match(/\d+ passed, 0 failed/)
      expect(code).to.equal(0)
    })
  }
})
