/** Calls through a proxy of others: Kamailio registers, challenges, forks and routes by Record-Route between stacks of ours. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { type Incoming, type Registration, SipStack } from '../../apps/sip/sip.js'
import { type Kamailio, kamailio } from './kamailio.js'
import { isInstalled } from './program.js'

const auth = { username: 'alice', password: 'secret' }
const from = 'sip:alice@kamailio.example'

for (const transport of ['udp', 'tcp']) {
  describe(`calls through Kamailio over ${transport} (peer: kamailio)`, () => {
    let proxy: Kamailio
    let bob: string
    let home: SipStack
    const phones: SipStack[] = []
    const registrations: Registration[] = []
    const heard: string[] = []
    let takes: (phone: number, invite: Incoming) => void

    const phone = async (index: number): Promise<void> => {
      const stack = await SipStack.start({ listen: [`${transport}:127.0.0.1:0`] })
      phones.push(stack)
      const note = ({ request }: Incoming): void => {
        heard.push(`${index} ${request.method}`)
      }
      stack.register({
        name: 'phone',
        match: () => true,
        INVITE: invite => takes(index, invite),
        ACK: note,
        CANCEL: () => void heard.push(`${index} CANCEL`),
        BYE: note,
        MESSAGE: message => {
          note(message)
          message.reply(200)
        },
      })
      const registration = stack.keepRegistered('sip:bob@kamailio.example', {
        registrar: `sip:127.0.0.1:${proxy.port};transport=${transport}`,
        auth: { ...auth, username: 'bob' },
        expires: 300,
      })
      registrations.push(registration)
      for await (const event of registration.events) {
        expect(event.kind).to.equal('kept')
        break
      }
    }

    before(async function () {
      if (!isInstalled('kamailio')) this.skip()
      proxy = await kamailio('kamailio-proxy.cfg')
      bob = `sip:bob@127.0.0.1:${proxy.port};transport=${transport}`
      home = await SipStack.start({ listen: [`${transport}:127.0.0.1:0`] })
      await phone(0)
    })
    after(async () => {
      try {
        await Promise.all(registrations.map(registration => registration.unregister()))
      } finally {
        await Promise.all([...[home, ...phones].map(stack => stack?.close()), proxy?.stop()])
      }
    })

    const heardSoFar = async (count: number): Promise<string[]> => {
      for (let tries = 0; heard.length < count && tries < 1000; tries++) await sleep(20)
      return heard.splice(0)
    }

    it('§22.3 refuses who has no password (kamailio)', async () => {
      const outcome = await home.invite(bob, { from }).outcome
      expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(407)
    })

    it('§12.2.1.1 §16.12 §22.3 a call with its password is answered, and ended by BYE along its Record-Route (kamailio)', async () => {
      takes = (_, invite) => {
        invite.reply(180)
        invite.reply(200)
      }
      const outcome = await home.invite(bob, { from, auth }).outcome
      expect(outcome.kind).to.equal('answered')
      expect(await heardSoFar(1)).to.deep.equal(['0 ACK'])
      const bye = outcome.kind === 'answered' ? await outcome.dialog.bye() : undefined
      expect(bye?.kind === 'answered' && bye.response.status).to.equal(200)
      expect(await heardSoFar(1)).to.deep.equal(['0 BYE'])
    })

    it('§15.1.1 the callee may end it, too (kamailio)', async () => {
      let answered: Incoming | undefined
      takes = (_, invite) => {
        invite.reply(200)
        answered = invite
      }
      let ended = 0
      const BYE = (bye: Incoming): void => {
        ended++
        bye.reply(200)
      }
      const outcome = await home.invite(bob, { from, auth, handlers: { BYE } }).outcome
      expect(outcome.kind).to.equal('answered')
      expect(await heardSoFar(1)).to.deep.equal(['0 ACK'])
      const bye = await answered?.dialog?.bye()
      expect(bye?.kind === 'answered' && bye.response.status).to.equal(200)
      expect(ended).to.equal(1)
    })

    it('§9.1 §16.10 a CANCEL reaches the callee, and 487 the caller (kamailio)', async () => {
      takes = (_, invite) => invite.reply(180)
      const call = home.invite(bob, { from, auth })
      for await (const { status } of call.responses) {
        if (status === 180) call.cancel()
      }
      const outcome = await call.outcome
      expect(outcome.kind).to.equal('cancelled')
      expect(await heardSoFar(1)).to.deep.equal(['0 CANCEL'])
    })

    it('§16.7 of two that ring one answers, and the other is cancelled (kamailio)', async () => {
      await phone(1)
      takes = (index, invite) => {
        invite.reply(180)
        if (index === 1) invite.after(200, () => invite.reply(200))
      }
      const call = home.invite(bob, { from, auth })
      const outcome = await call.outcome
      expect(outcome.kind).to.equal('answered')
      expect((await heardSoFar(2)).sort()).to.deep.equal(['0 CANCEL', '1 ACK'])
      if (outcome.kind === 'answered') await outcome.dialog.bye()
      expect(await heardSoFar(1)).to.deep.equal(['1 BYE'])
    })

    it('RFC 3428 §4 a MESSAGE goes the same way (kamailio)', async () => {
      const headers = { 'Content-Type': 'text/plain' }
      const outcome = await home.request('MESSAGE', bob, { from, auth, headers, body: 'hello' })
      expect(outcome).to.have.nested.property('response.status', 200)
      expect((await heardSoFar(2)).sort()).to.deep.equal(['0 MESSAGE', '1 MESSAGE'])
    })
  })
}
