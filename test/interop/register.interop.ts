/** We register with other people's registrars: `sipwright register` against Kamailio and against a scenario of SIPp. */
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { type Kamailio, kamailio } from './kamailio.js'
import { type Ended, freePort, isInstalled, run, untilHeld } from './program.js'
import { sipwright } from './served.js'
import { runSipp, scenario } from './sipp.js'

function register(port: number, ...args: readonly string[]): Promise<Ended> {
  const auth = ['--auth', 'alice:secret']
  return run(process.execPath, [sipwright, 'register', `sip:alice@127.0.0.1:${port}`, ...auth, ...args], 20_000)
}

describe('sipwright register with Kamailio (peer: kamailio)', () => {
  let registrar: Kamailio | undefined

  before(async function () {
    if (!isInstalled('kamailio')) this.skip()
    registrar = await kamailio('kamailio-registrar.cfg')
  })
  after(() => registrar?.stop())

  for (const transport of ['udp', 'tcp']) {
    it(`§10.2 registers, lists and removes over ${transport}, with Digest (kamailio)`, async () => {
      const port = registrar?.port ?? 0
      const by = ['--transport', transport]
      const contacts = ['--contact', 'sip:alice@192.0.2.1', '--contact', 'sip:alice@192.0.2.2']
      const registered = await register(port, '--once', '--expires', '300', ...contacts, ...by)
      expect(registered.code, registered.output).to.equal(0)
      const listed = await register(port, '--list', ...by)
      expect(listed.output).to.match(/sip:alice@192\.0\.2\.1 for (300|29\d) s/)
      expect(listed.output).to.match(/sip:alice@192\.0\.2\.2 for (300|29\d) s/)
      const removed = await register(port, '--remove-all', ...by)
      expect(removed.code, removed.output).to.equal(0)
      const empty = await register(port, '--list', ...by)
      expect(empty.output).to.equal('registered  200 OK\n            no address\n')
    })
  }

  it('§22.2 ends with 1 when the password is wrong (kamailio)', async () => {
    const { code, output } = await register(registrar?.port ?? 0, '--once', '--auth', 'alice:guess')
    expect(output).to.equal('failed      401 Unauthorized\n')
    expect(code).to.equal(1)
  })
})

describe('sipwright register with SIPp (peer: sipp)', () => {
  before(function () {
    if (!isInstalled('sipp')) this.skip()
  })

  it('§10.2.8 §22.2 answers its challenge, and asks for as long as it wants (sipp)', async () => {
    const port = await freePort()
    const args = ['-sf', scenario('register-challenged.xml'), '-p', String(port)]
    const peer = runSipp({ args, calls: 1, within: 15 })
    await untilHeld(port)
    const registered = await register(port, '--once', '--expires', '60')
    const result = await peer
    expect(result, result.story).to.include({ successful: 1, failed: 0 })
    expect(registered.output).to.match(/^registered {2}200 OK\n.*for 900 s\n$/)
    expect(registered.code).to.equal(0)
  })
})
