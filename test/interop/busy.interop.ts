/** SIPp calls the busy demo: it rings for ten seconds and then refuses, unless the caller gives up first. */
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { isInstalled } from './program.js'
import { type Served, serve } from './served.js'
import { callWithSipp, expectAllServed, scenario } from './sipp.js'

describe('SIPp (peer: sipp) calls the busy demo', () => {
  let served: Served
  const call = (file: string, calls: number): ReturnType<typeof callWithSipp> =>
    callWithSipp({
      args: ['-sf', scenario(file), '-s', 'busy', `127.0.0.1:${served.port}`, '-r', '50'],
      calls,
      within: 30,
    })

  before(async function () {
    if (!isInstalled('sipp')) this.skip()
    served = await serve(0, 'busy,uas')
  })
  after(() => served?.stop())

  it('§21.4.24 180 at once, 486 after ten seconds (sipp)', async () => {
    const result = await call('busy-refuses.xml', 20)
    expectAllServed(result, 20)
    expect(result.duration).to.be.at.least(9.9)
    if (result.isStarved) return
    expect(result.ringing).to.be.above(0).and.below(1)
    expect(result.duration).to.be.below(11.5)
  })

  it('§9.2 a CANCEL while it rings gets 200, the INVITE 487 (sipp)', async () => {
    const result = await call('busy-cancelled.xml', 20)
    expectAllServed(result, 20)
  })
})
