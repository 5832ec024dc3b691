import { expect } from 'chai'
import caller, { greeting, Hang } from '../../apps/hang/hang.js'
import { maybe, response, type Stage } from '../../apps/scenario/scenario.js'
import { passing } from '../scenario/passing.js'

/** Hang, who calls Bob, and the lines that are printed. */
async function calling(stage: Stage) {
  const lines: string[] = []
  const server = await stage.stack('hang', { cores: [caller] })
  const bob = await stage.raw('bob')
  const hang = new Hang(server.stack, line => lines.push(line))
  hang.call(bob.uri())
  const [invite] = await bob.expect('INVITE')
  return { hang, bob, invite, server, lines, whom: bob.uri() }
}

describe('the hang demo', () => {
  it('says what to type', () => {
    expect(greeting('127.0.0.1:5060').split('\n')[0]).to.equal(
      'HANG: Call someone by running hang.call("SIP URI") in the shell, such as hang.call("sip:busy@127.0.0.1:5060")',
    )
  })

  it('§13.2.1 calls as Hang, with an offer, and for five seconds at most', () =>
    passing(async stage => {
      const { bob, invite, server } = await calling(stage)
      expect(String(invite.raw('From')[0])).to.match(
        new RegExp(`^"Hang" <sip:hang@${server.place.address}:${server.place.port}>;tag=`),
      )
      expect(invite.raw('Contact')[0]).to.include('sip:hang@')
      expect(invite.raw('Expires')).to.deep.equal(['5'])
      expect(invite.body).to.match(/^v=0\r\n(.*\r\n)*m=audio 49000 RTP\/AVP .*\r\n(a=.*\r\n)+$/)
      bob.send(486)
      await bob.expect('ACK')
    }))

  it('§15 hangs up five seconds after the answer, neither sooner nor later', () =>
    passing(async stage => {
      const { bob, lines, whom } = await calling(stage)
      bob.send(180, { reason: 'Ringing' })
      await stage.pause(100)
      bob.send(200, { reason: 'OK' })
      await bob.expect('ACK')
      const answered = stage.now
      expect(lines).to.deep.equal([
        `HANG: Calling to ${whom}`,
        `HANG: Progress from ${whom}: 180 Ringing`,
        `HANG: Got success response from ${whom}: 200 OK`,
      ])
      await bob.within(6000).expect('BYE')
      expect(stage.now - answered).to.be.within(4900, 5100)
      bob.send(200)
      await stage.pause(100)
      expect(lines.slice(3)).to.deep.equal([
        `HANG: Sending BYE to ${whom}`,
        `HANG: Got 200 response on BYE from ${whom}`,
      ])
    }))

  it('hangs up at once when it is told to, and only once', () =>
    passing(async stage => {
      const { hang, bob, lines } = await calling(stage)
      bob.send(200)
      await bob.expect('ACK')
      hang.bye()
      hang.bye()
      await bob.expect('BYE')
      bob.send(200)
      await bob.silence(6000)
      expect(lines.filter(line => line.includes('Sending BYE')).length).to.equal(1)
    }))

  it('§15.1.2 says so when the other side hangs up, and does nothing then', () =>
    passing(async stage => {
      const { bob, lines, whom } = await calling(stage)
      bob.send(200)
      await bob.expect('ACK')
      bob.send('BYE')
      await bob.expect(response(200, { of: 'BYE' }))
      await bob.silence(6000)
      expect(lines.at(-1)).to.equal(`HANG: ${whom} has hung up`)
    }))

  it('§13.2.1 §9.1 gives up after five seconds of ringing', () =>
    passing(async stage => {
      const { bob, invite, lines, whom } = await calling(stage)
      bob.send(180)
      const began = stage.now
      await bob.within(6000).expect('CANCEL')
      expect(stage.now - began).to.be.within(4900, 5100)
      bob.send(200)
      bob.send(487, { for: invite, reason: 'Request Terminated' })
      await bob.expect('ACK')
      expect(lines.at(-1)).to.equal(`HANG: Got failure response from ${whom}: 487 Request Terminated`)
    }))

  it('says what it takes when it is given something else', () =>
    passing(async stage => {
      const lines: string[] = []
      const { stack } = await stage.stack('hang', { cores: [caller] })
      new Hang(stack, line => lines.push(line)).call('bob\u001b[2J')
      new Hang(stack, line => lines.push(line)).call()
      const advice = 'is no SIP URI, such as sip:busy@127.0.0.1:5060'
      expect(lines).to.deep.equal([`HANG: "bob\\u{1b}[2J" ${advice}`, `HANG: "" ${advice}`])
    }))

  it('§11.2 says what it can, and is not called', () =>
    passing(async stage => {
      const server = await stage.stack('hang', { cores: [caller] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: server })
      await alice.expect(200)
      alice.send('INVITE', { to: server })
      await alice.expect(405, maybe(100))
      alice.send('ACK')
    }))
})
