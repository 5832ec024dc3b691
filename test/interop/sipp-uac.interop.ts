/** SIPp calls us: its built-in UAC scenario over UDP and TCP, on one thread and on several. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { isInstalled } from './program.js'
import { type Served, serve } from './served.js'
import { callWithSipp, expectAllServed } from './sipp.js'

const calls = 2000

for (const threads of [0, 2]) {
  describe(`SIPp (peer: sipp) as UAC against serve --threads ${threads}`, () => {
    let served: Served
    let idle: unknown

    before(async function () {
      if (!isInstalled('sipp')) this.skip()
      served = await serve(threads, 'uas')
      idle = await served.census()
    })
    after(() => served?.stop())

    for (const [transport, flag] of [
      ['UDP', 'u1'],
      ['TCP', 't1'],
    ] as const) {
      it(`§13 §15 ${calls} calls over ${transport} succeed without a retransmission (sipp)`, async () => {
        const args = ['-sn', 'uac', `127.0.0.1:${served.port}`, '-t', flag, '-r', '200']
        const result = await callWithSipp({ args, calls, within: 40 })
        expectAllServed(result, calls)
      })
    }

    // RFC 6026 §8.7: Timer L keeps an answered INVITE for 64*T1 = 32 s; then nothing may be left of any call.
    it('§17.2 RFC 6026 §8.7 nothing is left 40 s after the last call (sipp)', async () => {
      let left = await served.census()
      for (let second = 0; second < 40 && !isSame(left, idle); second++) {
        await sleep(1000)
        left = await served.census()
      }
      expect(left).to.deep.equal(idle)
    })
  })
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
