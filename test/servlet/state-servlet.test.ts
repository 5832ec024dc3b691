/** Servlets made of a table of handlers by state. */

import { expect } from 'chai'
import { Hierarchy, type OnRequest, type OnResponse, StateHandlers, stateServlet } from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { running } from './container.js'

type State = 'state' | 'idle' | 'noted'
const states = Hierarchy.empty.derive('state', 'idle', 'noted')
const empty = StateHandlers.of<OnRequest<State>, OnResponse<State>, State, string>({ initial: 'idle', states })

describe('a servlet of states', () => {
  it('K-3 begins in the initial state, which the application session keeps as its attribute', () =>
    passing(async stage => {
      const seen: unknown[] = []
      const table = empty
        .request('idle', 'invite', (invite, { state, become }) => {
          seen.push(state, invite.applicationSession.attributes.get('state'))
          become('noted')
          seen.push(invite.applicationSession.attributes.get('state'))
          invite.createResponse(200).send()
        })
        .request('noted', 'info', (info, { state, servlet }) => {
          seen.push(state, servlet.servletName)
          info.createResponse(200).send()
        })
      const { alice, peer } = await running(stage, stateServlet(table))
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('INFO')
      await alice.expect(200)
      alice.send('BYE')
      await alice.expect(200)
      expect(seen).to.deep.equal(['idle', 'idle', 'noted', 'noted', 'main'])
    }))

  it('K-2 K-5 serves what has no handler as a servlet does that overrides nothing', () =>
    passing(async stage => {
      const { alice, peer } = await running(stage, stateServlet(empty.request('noted', 'message', () => undefined)))
      alice.send('MESSAGE', { to: peer })
      await alice.expect(501)
      alice.send('OPTIONS', { to: peer })
      await alice.expect(500)
    }))

  it('K-4 is refused when it is made where a message would fit two handlers equally', () => {
    const torn = empty.request('idle', 'sip-request', () => 1).request('state', 'message', () => 2)
    expect(() => stateServlet(torn)).to.throw(TypeError, 'neither is more specific')
  })
})
