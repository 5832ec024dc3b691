import { expect } from 'chai'
import { request, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const instance = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128'

/** An edge that grants registrations for an hour, with these headers, and notes when they come. */
function edge(stage: Stage, times: number[], headers: Record<string, string>): Core {
  return {
    name: 'edge',
    match: () => true,
    supported: ['outbound', 'path'],
    REGISTER: register => {
      times.push(stage.now)
      const contacts = register.request.getAll('Contact').map(contact => `${contact}`)
      register.reply(200, { headers: { Contact: contacts, Expires: 3600, ...headers } })
    },
  }
}

function registrarOf({ place }: StackPeer, transport: string): string {
  return `sip:${place.address}:${place.port};transport=${transport}`
}

describe('outbound', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    it(`EXT-16 RFC 5626 §4.4 a flow over ${transport} that is answered is kept, and needs no further registration before its time`, () =>
      passing(
        async stage => {
          const times: number[] = []
          const server = await stage.stack('server', {
            cores: [edge(stage, times, { Require: 'outbound', 'Flow-Timer': '30' })],
          })
          const { stack } = await stage.stack('alice')
          const registrar = registrarOf(server, transport)
          const registration = stack.keepRegistered('sip:alice@example.com', { registrar, instance })
          await stage.pause(1_000_000)
          expect([times.length, registration.state]).to.deep.equal([1, 'kept'])
          if (transport === 'tcp') expect((await server.stack.counters()).keepalives).to.be.within(33, 45)
          await registration.unregister()
          await stack.close()
          await server.stack.close()
        },
        { transport },
      ))
  }

  it('EXT-16 RFC 5626 §4.4.1 §4.5 who answers registrations and no pings is asked again, twice as late each time [5626-4.5-2]', () =>
    passing(
      async stage => {
        const edges = await stage.raw('edge')
        const { stack } = await stage.stack('alice')
        const registration = stack.keepRegistered('sip:alice@example.com', { registrar: edges.uri(), instance })
        const times: number[] = []
        for (let at = 0; at < 4; at++) {
          const [register] = await edges
            .within(300_000)
            .expect(request('REGISTER', { headers: { Contact: /;reg-id=1$/ } }))
          times.push(stage.now)
          const headers = { Require: 'outbound', Expires: '3600', Contact: register.raw('Contact') }
          edges.send(200, { headers })
        }
        const waits = times.slice(1).map((time, at) => (time - (times[at] ?? 0) - 10_000) / 1000)
        for (const [at, wait] of waits.entries()) expect(wait).to.be.within(30 * 2 ** at, 60 * 2 ** at + 2)
        await stage.pause(100)
        expect(registration.state).to.equal('kept')
        await stack.close()
      },
      { transport: 'tcp' },
    ))

  it('EXT-16 RFC 5626 §4.2.1 §11.6 after 439 it is done without flows, once', () =>
    passing(async stage => {
      const edges = await stage.raw('edge')
      const { stack } = await stage.stack('alice')
      const registration = stack.keepRegistered('sip:alice@example.com', { registrar: edges.uri(), instance })
      await edges.expect(request('REGISTER', { headers: { Supported: 'path, outbound, gruu' } }))
      edges.send(439)
      const plain = { Supported: 'path, gruu', Contact: /;\+sip\.instance="<urn:uuid:[^"]*>"$/ }
      const [second] = await edges.expect(request('REGISTER', { headers: plain }))
      edges.send(439)
      await edges.silence(29_000)
      expect(registration.state).to.equal('failing')
      const [third] = await edges.within(32_000).expect(request('REGISTER', { headers: plain }))
      edges.send(200, { headers: { Contact: third.raw('Contact'), Expires: '600' } })
      expect(third.callId).to.equal(second.callId)
      await edges.silence(100)
      await stack.close()
    }))

  it('EXT-16 RFC 5626 §11.5 a 430 is a refusal as any other: the call goes on, a registration is tried again later', () =>
    passing(async stage => {
      const { alice, bob, dialog } = await established(stage)
      const info = dialog.request('INFO')
      await bob.expect('INFO')
      bob.send(430)
      expect((await info).kind).to.equal('rejected')
      await hungUp(bob, dialog)
      const { stack } = alice
      const registration = stack.keepRegistered('sip:alice@example.com', { registrar: bob.uri(), instance })
      await bob.expect('REGISTER')
      bob.send(430)
      await bob.silence(29_000)
      expect(registration.state).to.equal('failing')
      await bob.within(32_000).expect('REGISTER')
      bob.send(200)
      await bob.silence(100)
      await stack.close()
    }))
})
