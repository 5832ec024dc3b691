/** SIPp over IPv6, as caller and as callee. */
import { networkInterfaces } from 'node:os'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { SipStack } from '../../apps/sip/sip.js'
import { freePort, isInstalled, untilHeld } from './program.js'
import { type Served, serve } from './served.js'
import { callWithSipp, expectAllServed, runSipp } from './sipp.js'

const calls = 200
const address = '[::1]'
const hasSix = Object.values(networkInterfaces()).some(all => all?.some(each => each.address === '::1'))

for (const [transport, flag] of [
  ['udp', 'u1'],
  ['tcp', 't1'],
] as const) {
  describe(`SIPp (peer: sipp) over ${transport} and IPv6`, () => {
    let served: Served | undefined
    let alice: SipStack | undefined
    let port = 0

    before(async function () {
      if (!isInstalled('sipp') || !hasSix) this.skip()
      port = await freePort()
      served = await serve(0, 'uas', [`${transport}:${address}:${port}`])
    })
    after(async () => {
      await Promise.allSettled([alice?.close(), served?.stop()])
    })

    it(`§13 §15 ${calls} of its calls succeed (sipp)`, async () => {
      const args = ['-sn', 'uac', `${address}:${port}`, '-t', flag, '-r', '100']
      const result = await callWithSipp({ args, calls, within: 30, address })
      expectAllServed(result, calls)
    })

    it('§13 §15 it takes our calls (sipp)', async () => {
      const at = await freePort()
      const peer = runSipp({ args: ['-sn', 'uas', '-p', String(at), '-t', flag], calls: 5, within: 30, address })
      await untilHeld(at, transport)
      alice = await SipStack.start({ listen: [`${transport}:${address}:0`] })
      for (let call = 0; call < 5; call++) {
        const { outcome } = alice.invite(`sip:bob@${address}:${at};transport=${transport}`)
        const answered = await outcome
        if (answered.kind !== 'answered') throw new Error(`the call ended as ${answered.kind}`)
        expect((await answered.dialog.bye()).kind).to.equal('answered')
      }
      const result = await peer
      expect(result, result.story).to.include({ successful: 5, failed: 0 })
    })
  })
}
