import { expect } from 'chai'
import {
  checkStates,
  Dispatch,
  formatCheck,
  Hierarchy,
  StateHandlers,
  sipHierarchy,
} from '../../apps/servlet/servlet.js'

const states = Hierarchy.empty.derive('state', 'init', 'propagated', 'bye-sent', 'baz')

/** The states of the call echo: it answers, hangs up when acknowledged, and begins anew. */
const echo = StateHandlers.of<string, string, 'state' | 'init' | 'propagated' | 'bye-sent' | 'baz'>({
  initial: 'init',
  states,
})
  .request('init', 'invite', 'answer')
  .request('propagated', 'ack', 'hang up')
  .response('bye-sent', 'success-response', 'bye', 'begin anew')
  .response('state', 'request-timeout', 'sip-request', 'warn of the timeout')
  .response('state', 'error-response', 'sip-request', 'warn')

describe('handlers by state and kind of message', () => {
  const dispatch = new Dispatch(echo)

  it('K-1 finds requests by state and method, responses by state, status and method', () => {
    expect(dispatch.request('init', 'INVITE')).to.equal('answer')
    expect(dispatch.request('propagated', 'ACK')).to.equal('hang up')
    expect(dispatch.response('bye-sent', 200, 'BYE')).to.equal('begin anew')
    expect(dispatch.response('bye-sent', 202, 'BYE')).to.equal('begin anew')
  })

  it('K-4 prefers the most specific handler', () => {
    expect(dispatch.response('init', 408, 'INVITE')).to.equal('warn of the timeout')
    expect(dispatch.response('init', 486, 'INVITE')).to.equal('warn')
    expect(dispatch.response('bye-sent', 699, 'BYE')).to.equal('warn')
  })

  it('K-4 finds nothing for what nobody declared, states, methods and responses', () => {
    expect(dispatch.request('bye-sent', 'INVITE')).to.equal(undefined)
    expect(dispatch.request('init', 'invite')).to.equal(undefined)
    expect(dispatch.request('nowhere', 'INVITE')).to.equal(undefined)
    expect(dispatch.response('bye-sent', 100, 'BYE')).to.equal(undefined)
  })

  it('reads methods that nobody derived as requests, never as a class of them', () => {
    const all = new Dispatch(
      echo.request('state', 'sip-request', 'any').request('state', 'subsequent-request', 'later'),
    )
    expect(all.request('init', 'FROBNICATE')).to.equal('any')
    expect(all.request('init', 'SUBSEQUENT-REQUEST')).to.equal('any')
    expect(all.request('init', 'BYE')).to.equal('later')
    expect(all.request('init', 'INVITE')).to.equal('answer')
  })

  it('finds methods that an application derived', () => {
    const messages = sipHierarchy.derive('out-of-dialog-request', 'frobnicate')
    const table = StateHandlers.of<string, string, 'state' | 'init' | 'propagated' | 'bye-sent' | 'baz', 'frobnicate'>({
      initial: 'init',
      states,
      messages,
    }).request('state', 'frobnicate', 'mine')
    expect(new Dispatch(table).request('baz', 'FROBNICATE')).to.equal('mine')
  })

  it('K-4 refuses at the start what would be ambiguous, naming both handlers and the message', () => {
    const torn = echo.request('init', 'sip-request', 'by state').request('state', 'message', 'by method')
    expect(() => new Dispatch(torn)).to.throw(
      TypeError,
      '(init, sip-request) and (state, message) both fit (init, message), and neither is more specific: declare (init, message)',
    )
    expect(new Dispatch(torn.request('init', 'message', 'both')).request('init', 'MESSAGE')).to.equal('both')
  })

  it('refuses names that nobody has derived, and a second handler for the same', () => {
    // As code without types would call it.
    const untyped: { request(state: string, request: string, handler: string): unknown } = echo
    expect(() => untyped.request('nowhere', 'invite', '')).to.throw(TypeError, 'no state is named nowhere')
    expect(() => untyped.request('init', 'ok', '')).to.throw(TypeError, 'ok is no kind of sip-request')
    expect(() => echo.request('init', 'invite', '')).to.throw(TypeError, 'two handlers for (init, invite)')
    expect(() => echo.response('init', 'invite', 'invite', '')).to.throw(TypeError, 'invite is no kind of sip-response')
  })
})

describe('the check of a table of handlers', () => {
  it('K-7 finds exactly bye-sent and baz incomplete in the call echo, and no state unmatched', () => {
    const check = checkStates(echo)
    expect(check).to.deep.equal({
      states: ['init', 'propagated', 'bye-sent', 'baz'],
      unmatched: [],
      incomplete: ['bye-sent', 'baz'],
      unreachable: [],
    })
    expect(formatCheck(check)).to.equal(
      'States: init, propagated, bye-sent, baz\nHandlers are missing in: bye-sent, baz',
    )
  })

  it('names states that nothing matches, and handlers that nothing reaches', () => {
    const table = StateHandlers.of<string, string, 'a' | 'b'>({
      initial: 'a',
      states: Hierarchy.empty.derive('a').derive('b'),
    })
      .request('a', 'acknowledgement', 'in vain')
      .request('a', 'ack', 'first')
      .request('a', 'prack', 'second')
    expect(checkStates(table).unmatched).to.deep.equal(['b'])
    expect(checkStates(table).unreachable).to.deep.equal(['(a, acknowledgement)'])
  })

  it('takes a state as complete when requests, or all three classes of responses, have a handler', () => {
    const table = StateHandlers.of<string, string, 'a'>({ initial: 'a', states: Hierarchy.empty.derive('a') })
    const two = table.response('a', 'ringing', 'invite', '').response('a', 'ok', 'invite', '')
    expect(checkStates(two).incomplete).to.deep.equal(['a'])
    expect(checkStates(two.response('a', 'busy-here', 'invite', '')).incomplete).to.deep.equal([])
    expect(checkStates(table.response('a', 'sip-response', 'invite', '')).incomplete).to.deep.equal([])
  })
})
