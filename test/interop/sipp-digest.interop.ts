/** SIPp with Digest: a caller of ours answers its challenge, and it answers ours. */
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { SipStack } from '../../apps/sip/sip.js'
import { freePort, isInstalled, untilHeld } from './program.js'
import { callWithSipp, expectAllServed, runSipp, scenario } from './sipp.js'

describe('SIPp with Digest (peer: sipp)', () => {
  let stack: SipStack
  let port: number

  before(async function () {
    if (!isInstalled('sipp')) this.skip()
    port = await freePort()
    stack = await SipStack.start({ listen: [`udp:127.0.0.1:${port}`, `tcp:127.0.0.1:${port}`] })
    stack.register({
      name: 'guarded',
      match: request => request.uri.user === 'guarded',
      authenticate: {
        realm: 'sipwright.example',
        algorithms: ['MD5'],
        lookup: user => (user === 'alice' ? 'secret' : undefined),
      },
      INVITE: invite => invite.reply(200),
    })
  })
  after(() => stack?.close())

  for (const mode of ['u1', 't1']) {
    it(`§22.2 20 of its calls, -t ${mode}, are let in with their password (sipp)`, async () => {
      const args = ['-sf', scenario('invite-authenticated.xml'), '-s', 'guarded', '-t', mode, '-r', '20']
      const result = await callWithSipp({ args: [...args, `127.0.0.1:${port}`], calls: 20, within: 15 })
      expectAllServed(result, 20)
    })
  }

  it('§22.2 §12.2 it checks the password of our calls (sipp)', async () => {
    const theirs = await freePort()
    const args = ['-sf', scenario('invite-challenged.xml'), '-p', String(theirs)]
    const peer = runSipp({ args, calls: 20, within: 15 })
    await untilHeld(theirs)
    const auth = { username: 'alice', password: 'secret' }
    const kinds = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const outcome = await stack.invite(`sip:service@127.0.0.1:${theirs}`, { auth }).outcome
        return outcome.kind === 'answered' ? (await outcome.dialog.bye()).kind : outcome.kind
      }),
    )
    const result = await peer
    expect(result, result.story).to.include({ successful: 20, failed: 0 })
    expect(kinds).to.deep.equal(Array.from({ length: 20 }, () => 'answered'))
  })
})
