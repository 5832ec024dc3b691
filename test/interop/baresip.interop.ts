/** A telephone made by others calls us and is called by us: no registrar, over UDP and TCP, with and without a password. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { SipStack } from '../../apps/sip/sip.js'
import { baresip } from './baresip.js'
import { freePort, isInstalled, untilHeld } from './program.js'

const offer = [
  'v=0',
  'o=sipwright 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 49170 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n')

describe('baresip (peer: baresip)', () => {
  let stack: SipStack
  let port: number

  before(async function () {
    if (!isInstalled('baresip')) this.skip()
    port = await freePort()
    stack = await SipStack.start({ listen: [`udp:127.0.0.1:${port}`, `tcp:127.0.0.1:${port}`] })
  })
  after(() => stack?.close())

  for (const transport of ['udp', 'tcp']) {
    it(`§13 §15 answers a call of ours over ${transport}, and takes our BYE`, async () => {
      const theirs = await freePort()
      const running = baresip({ port: theirs, account: 'answermode=auto', seconds: 4 })
      await untilHeld(theirs)
      const call = stack.invite(`sip:bob@127.0.0.1:${theirs};transport=${transport}`, { body: offer })
      const outcome = await call.outcome
      const bye = outcome.kind === 'answered' ? await outcome.dialog.bye() : undefined
      const { output } = await running
      expect(outcome.kind, output).to.equal('answered')
      expect(bye?.kind === 'answered' && bye.response.status, output).to.equal(200)
      expect(output).to.match(/Call established/)
    })

    it(`§13.3 §15.1.2 calls us over ${transport}, and hangs up with BYE`, async () => {
      const seen: string[] = []
      stack.register({
        name: 'alice',
        match: request => request.uri.user === 'alice',
        INVITE: invite => {
          seen.push(`INVITE ${invite.source.transport}`)
          invite.reply(180)
          invite.reply(200, { body: offer })
        },
        ACK: () => seen.push('ACK'),
        BYE: () => seen.push('BYE'),
      })
      const dial = `/dial sip:alice@127.0.0.1:${port};transport=${transport}`
      const { output } = await baresip({ port: await freePort(), commands: [dial], seconds: 2 })
      await sleep(100)
      expect(seen, output).to.deep.equal([`INVITE ${transport.toUpperCase()}`, 'ACK', 'BYE'])
    })
  }

  it('§22 calls us with its password when it is asked for it, and not without', async () => {
    const users: (string | undefined)[] = []
    let byes = 0
    stack.register({
      name: 'guarded',
      match: request => request.uri.user === 'guarded',
      // This peer gives up at a challenge for any other hash, though one for MD5 follows it.
      authenticate: {
        realm: 'sipwright',
        algorithms: ['MD5'],
        lookup: user => (user === 'bob' ? 'secret' : undefined),
      },
      INVITE: invite => {
        users.push(invite.user)
        invite.reply(200, { body: offer })
      },
      BYE: () => {
        byes++
      },
    })
    for (const password of ['secret', 'wrong']) {
      const commands = [`/dial sip:guarded@127.0.0.1:${port}`]
      await baresip({ port: await freePort(), account: `auth_user=bob;auth_pass=${password}`, commands, seconds: 2 })
    }
    await sleep(100)
    expect({ users, byes }).to.deep.equal({ users: ['bob'], byes: 1 })
  })

  it('leaves nothing behind but the INVITEs of ours, which wait for further 2xx (§13.2.2.4)', async () => {
    const { servers, calls, dialogs } = await stack.census()
    expect({ servers, calls, dialogs }).to.deep.equal({ servers: 0, calls: 2, dialogs: 0 })
  })
})
