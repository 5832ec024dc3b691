import { expect } from 'chai'
import callEcho, { table } from '../../apps/call-echo/app.js'
import { checkStates, ServletContainer } from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'

describe('the call echo', () => {
  for (const [status, said] of [
    [200, []],
    [500, ['application call-echo: echo: our request was refused: 500']],
    [408, ['application call-echo: echo: our request timed out']],
  ] as const) {
    it(`K-6 takes a call, hangs up when it is acknowledged, and begins anew (BYE gets ${status})`, () =>
      passing(async stage => {
        const server = await stage.stack('server')
        const log: string[] = []
        const container = new ServletContainer(server.stack, { log: ({ text }) => log.push(text) })
        await container.deploy(callEcho)
        const alice = await stage.raw('alice')
        for (let call = 0; call < 2; call++) {
          alice.send('INVITE', { to: server, user: 'echo' })
          await alice.expect(200)
          alice.send('ACK')
          await alice.expect('BYE')
          alice.send(status)
          await stage.pause(5)
        }
        alice.send('INVITE', { to: server, user: 'other' })
        await alice.expect(404)
        alice.send('ACK')
        expect(log).to.deep.equal([...said, ...said])
        expect(container.census()).to.include({ applicationSessions: 0, sessions: 0 })
      }))
  }

  it('K-7 lacks requests of the other side where it waits for the end of its BYE, and nothing else', () => {
    const { unmatched, incomplete, unreachable } = checkStates(table)
    expect({ unmatched, incomplete, unreachable }).to.deep.equal({
      unmatched: [],
      incomplete: ['bye-sent'],
      unreachable: [],
    })
  })
})
