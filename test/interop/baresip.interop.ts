/** A telephone made by others calls us and is called by us: no registrar, over UDP and TCP, with and without a password. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { SipStack } from '../../apps/sip/sip.js'
import { baresip } from './baresip.js'
import { freePort, isInstalled, type Running, untilHeld } from './program.js'

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

  for (const transport of ['udp', 'tcp'] as const) {
    it(`§13 §15 answers a call of ours over ${transport}, and takes our BYE`, async () => {
      const theirs = await freePort()
      const { result, output } = await baresip({ port: theirs, account: 'answermode=auto' }, async () => {
        await untilHeld(theirs, transport)
        const call = stack.invite(`sip:bob@127.0.0.1:${theirs};transport=${transport}`, { body: offer })
        const outcome = await call.outcome
        const bye = outcome.kind === 'answered' ? await outcome.dialog.bye() : undefined
        return { outcome, bye }
      })
      expect(result.outcome.kind, output).to.equal('answered')
      expect(result.bye?.kind === 'answered' && result.bye.response.status, output).to.equal(200)
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
      const options = { port: await freePort(), commands: [dial] }
      const { output } = await baresip(options, () => until(() => seen.includes('ACK')))
      await until(() => seen.includes('BYE'))
      expect(seen, output).to.deep.equal([`INVITE ${transport.toUpperCase()}`, 'ACK', 'BYE'])
    })
  }

  it('§22 calls us with its password when it is asked for it, and not without', async () => {
    const users: (string | undefined)[] = []
    let [acks, byes] = [0, 0]
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
      ACK: () => void acks++,
      BYE: () => void byes++,
    })
    const call = async (password: string, meanwhile: (phone: Running) => Promise<unknown>): Promise<void> => {
      const commands = [`/dial sip:guarded@127.0.0.1:${port}`]
      await baresip({ port: await freePort(), account: `auth_user=bob;auth_pass=${password}`, commands }, meanwhile)
    }
    await call('secret', () => until(() => acks > 0))
    await until(() => byes > 0)
    await call('wrong', phone => phone.written(/session closed: 401/))
    expect({ users, byes }).to.deep.equal({ users: ['bob'], byes: 1 })
  })

  it('leaves nothing behind but the INVITEs of ours, which wait for further 2xx (§13.2.2.4)', async () => {
    let left = await stack.census()
    for (let tries = 0; tries < 200 && left.servers + left.dialogs > 0; tries++) {
      await sleep(50)
      left = await stack.census()
    }
    expect(left).to.include({ servers: 0, dialogs: 0 })
    expect(left.calls).to.be.at.most(2)
  })
})

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !isSo(); tries++) await sleep(20)
}
