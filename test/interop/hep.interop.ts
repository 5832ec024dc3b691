/** A capture server of others reads what the trace is sent as HEP3. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { SipStack } from '../../apps/sip/sip.js'
import { authority, pair } from '../sip/tls/certificates.js'
import { type Kamailio, kamailio } from './kamailio.js'
import { isInstalled } from './program.js'

/** A packet as the capture server has read it. */
interface Captured {
  /** Version of HEP, family, protocol, and the kind of what is inside. */
  readonly kinds: readonly (string | undefined)[]
  readonly from: string
  readonly to: string
  /** Seconds since 1970. */
  readonly at: number
  readonly agent: string | undefined
  readonly password: string | undefined
  readonly correlation: string | undefined
  readonly message: string
}

describe('the trace as HEP3 (peer: kamailio, module sipcapture)', () => {
  let server: Kamailio | undefined

  before(async function () {
    if (!isInstalled('kamailio')) this.skip()
    server = await kamailio('kamailio-capture.cfg')
  })
  after(() => server?.stop())

  function captured(agent: number): Captured[] {
    const lines = (server?.log() ?? '').matchAll(/HEP(\d .*)$/gm)
    const packets = [...lines].map(([, line = '']): Captured => {
      const [version, family, protocol, from, fromPort, to, toPort, seconds, micros, kind, ...rest] = line.split(' ')
      const [by, password, correlation, message = ''] = rest
      return {
        kinds: [version, family, protocol, kind],
        from: `${from} ${fromPort}`,
        to: `${to} ${toPort}`,
        at: Number(seconds) + Number(micros) / 1e6,
        agent: by,
        password,
        correlation,
        message: Buffer.from(message, 'hex').toString('latin1'),
      }
    })
    return packets.filter(each => each.agent === String(agent))
  }

  for (const [agent, place, kinds] of [
    [4, 'udp:127.0.0.1:0', ['3', '2', '17', '1']],
    [6, 'udp:[::1]:0', ['3', '10', '17', '1']],
    [7, 'tcp:[::1]:0', ['3', '10', '6', '1']],
    [8, 'tls:127.0.0.1:0', ['3', '2', '6', '1']],
  ] as const) {
    it(`reads a call over ${place.slice(0, -2)}: addresses, ports, times, Call-ID and messages (kamailio)`, async () => {
      const hep = { to: `127.0.0.1:${server?.port}`, agent, password: 'secret' }
      const tls = { ...pair('example'), ca: authority, verify: false }
      const alice = await SipStack.start({ listen: [`udp:${place.slice(place.indexOf(':') + 1)}`], tls })
      const bob = await SipStack.start({ listen: [place], tls, trace: { hep } })
      bob.register({
        name: 'phone',
        match: () => true,
        INVITE: invite => invite.reply(200, { body: 'ünï', headers: { 'Content-Type': 'text/plain' } }),
      })
      const [, transport = '', at = ''] = /^(\w+):(.*)$/.exec(bob.listening[0] ?? '') ?? []
      const began = Date.now() / 1000
      const outcome = await alice.invite(`sip:bob@${at};transport=${transport}`).outcome
      if (outcome.kind !== 'answered') throw new Error(`the call ended as ${outcome.kind}`)
      const { callId } = outcome.response
      await outcome.dialog.bye()
      for (let tries = 0; tries < 200 && captured(agent).length < 5; tries++) await sleep(50)
      const ended = Date.now() / 1000
      const entries = bob.trace?.entries({ callId }) ?? []
      const wanted = entries.flatMap(entry => (entry.kind === 'message' ? entry.text : []))
      await Promise.all([alice.close(), bob.close()])
      const packets = captured(agent)
      const own = at.replace(/[[\]]/g, '').replace(/:(\d+)$/, ' $1')
      expect(packets.map(({ message }) => message)).to.deep.equal(wanted)
      expect(packets.map(({ from, to }) => (from === own ? 'out' : to === own ? 'in' : 'neither'))).to.deep.equal([
        ...['in', 'out', 'in', 'in', 'out'],
      ])
      for (const packet of packets) {
        expect(packet).to.deep.include({ kinds, password: 'secret', correlation: callId })
        expect(packet.at).to.be.within(began - 1, ended + 1)
      }
    })
  }
})
