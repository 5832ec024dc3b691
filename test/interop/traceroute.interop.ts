/** The way to somebody behind a proxy of others. */
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { SipStack } from '../../apps/sip/sip.js'
import { sipwright } from '../shell/program.js'
import { kamailio } from './kamailio.js'
import { isInstalled } from './program.js'

describe('traceroute through Kamailio (peer: kamailio)', () => {
  before(function () {
    if (!isInstalled('kamailio')) this.skip()
  })

  it('§16.3 names the proxy that answers 483, and who is behind it (kamailio)', async () => {
    const proxy = await kamailio('kamailio-proxy.cfg')
    const bob = await SipStack.start({ listen: ['udp:127.0.0.1:0'], policy: { server: 'bob' } })
    try {
      bob.register({ name: 'phone', match: () => true, OPTIONS: options => options.reply(200) })
      const registration = bob.keepRegistered('sip:bob@kamailio.example', {
        registrar: `sip:127.0.0.1:${proxy.port}`,
        auth: { username: 'bob', password: 'secret' },
      })
      for await (const { kind } of registration.events) {
        expect(kind).to.equal('kept')
        break
      }
      const { code, out } = await sipwright(['traceroute', `sip:bob@127.0.0.1:${proxy.port}`])
      expect(out).to.match(/^ 1 {2}483 Too Many Hops from kamailio .* ms\n 2 {2}200 OK from bob in [\d.]+ ms\n$/)
      expect(code).to.equal(0)
    } finally {
      await bob.close()
      await proxy.stop()
    }
  })
})
