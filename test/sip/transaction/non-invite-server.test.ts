import { expect } from 'chai'
import {
  type NonInviteServerEffect,
  type NonInviteServerEvent,
  type NonInviteServerState,
  type NonInviteServerTimer,
  nonInviteServer,
  nonInviteServerDormant,
  nonInviteServerInitial,
} from '../../../apps/sip/transaction/non-invite-server.js'
import { defaultTimers } from '../../../apps/sip/transaction/timers.js'
import { type Column, type Row, type Table, testTable } from './machine-table.js'
import { TimedRun } from './timed-run.js'

type State = NonInviteServerState
type Event = NonInviteServerEvent

const machine = nonInviteServer(defaultTimers)
const reply = (status: number, wire = `${status}`): Event => ({ kind: 'respond', status, wire })
const fired = (timer: NonInviteServerTimer): Event => ({ kind: 'timer', timer })
const request: Event = { kind: 'request' }
const transportError: Event = { kind: 'transportError' }

const states: Record<Row<State>, State> = {
  'Trying udp': { name: 'Trying', reliable: false, running: 'LateTrying' },
  'Trying tcp': { name: 'Trying', reliable: true, running: 'LateTrying' },
  'Proceeding udp': { name: 'Proceeding', reliable: false, running: 'Expiry', wire: '' },
  'Proceeding tcp': { name: 'Proceeding', reliable: true, running: 'LateTrying', wire: 'trying' },
  Completed: { name: 'Completed', wire: 'done' },
  Terminated: { name: 'Terminated' },
}

const events: Record<Column<Event>, Event> = {
  start: { kind: 'start' },
  request,
  '1xx': reply(100),
  '2xx': reply(200),
  '300-699': reply(404),
  'Timer J': fired('J'),
  'Timer LateTrying': fired('LateTrying'),
  'Timer Expiry': fired('Expiry'),
  transportError,
}

const table: Table<State, Event> = {
  'Trying udp': {
    start: 'throws',
    request: 'same',
    '1xx': 'same',
    '2xx': 'Completed, stop LateTrying, sendResponse 200, start J 32000',
    '300-699': 'Completed, stop LateTrying, sendResponse 404, start J 32000',
    'Timer J': 'same',
    'Timer LateTrying': 'Proceeding, sendTrying, start Expiry 28500',
    'Timer Expiry': 'same',
    transportError: 'same',
  },
  'Trying tcp': {
    start: 'throws',
    request: 'same',
    '1xx': 'Proceeding, sendResponse 100',
    '2xx': 'Terminated, stop LateTrying, sendResponse 200',
    '300-699': 'Terminated, stop LateTrying, sendResponse 404',
    'Timer J': 'same',
    'Timer LateTrying': 'Proceeding, sendTrying, start Expiry 28500',
    'Timer Expiry': 'same',
    transportError: 'same',
  },
  'Proceeding udp': {
    start: 'throws',
    request: 'Proceeding, sendTrying',
    '1xx': 'Proceeding, sendResponse 100',
    '2xx': 'Completed, stop Expiry, sendResponse 200, start J 32000',
    '300-699': 'Completed, stop Expiry, sendResponse 404, start J 32000',
    'Timer J': 'same',
    'Timer LateTrying': 'same',
    'Timer Expiry': 'Terminated, inform timeout',
    transportError: 'Proceeding, inform transportError',
  },
  'Proceeding tcp': {
    start: 'throws',
    request: 'Proceeding, sendResponse trying',
    '1xx': 'Proceeding, sendResponse 100',
    '2xx': 'Terminated, stop LateTrying, sendResponse 200',
    '300-699': 'Terminated, stop LateTrying, sendResponse 404',
    'Timer J': 'same',
    'Timer LateTrying': 'Proceeding, start Expiry 28500',
    'Timer Expiry': 'same',
    transportError: 'Proceeding, inform transportError',
  },
  Completed: {
    start: 'throws',
    request: 'Completed, sendResponse done',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer J': 'Terminated',
    'Timer LateTrying': 'same',
    'Timer Expiry': 'same',
    transportError: 'Completed, inform transportError',
  },
  Terminated: {
    start: 'throws',
    request: 'same',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer J': 'same',
    'Timer LateTrying': 'same',
    'Timer Expiry': 'same',
    transportError: 'same',
  },
}

function receive(reliable: boolean): TimedRun<State, Event, NonInviteServerEffect> {
  const timer = (name: string): Event => ({ kind: 'timer', timer: name as NonInviteServerTimer })
  return new TimedRun(machine, nonInviteServerInitial(reliable), timer)
}

describe('non-INVITE server transaction, figure 8', () => {
  describe('every state x event', () => testTable<State, Event, NonInviteServerEffect>(machine, states, events, table))

  it('§17.2.2 TSN-01 in Trying a repeated request is discarded', () => {
    const call = receive(false).feed({ kind: 'start' }).pass(500).feed(request)
    expect(call.log).to.deep.equal([])
    expect(call.state.name).to.equal('Trying')
  })

  for (const status of [200, 302, 404, 503, 603]) {
    it(`§17.2.2 TSN-01 TSN-02 ${status} straight from Trying: Completed, each repetition gets it again, until Timer J [3261-17.2.2-6] [3261-17.2.2-7] [3261-17.2.2-9] [3261-17.2.2-10]`, () => {
      const call = receive(false).feed(reply(status)).pass(500).feed(request).pass(31_499).feed(request)
      expect(call.log).to.deep.equal([
        `0 sendResponse ${status}`,
        `500 sendResponse ${status}`,
        `31999 sendResponse ${status}`,
      ])
      expect(call.state.name).to.equal('Completed')
      expect(call.pass(1).state.name).to.equal('Terminated')
    })
  }

  it('§17.2.2 TSN-02 over a reliable transport the final response ends it: Timer J is zero [3261-17.2.2-6] [3261-17.2.2-10]', () => {
    const call = receive(true).feed({ kind: 'start' }).feed(reply(200))
    expect(call.log).to.deep.equal(['0 sendResponse 200'])
    expect(call.state.name).to.equal('Terminated')
    expect(call.running.size).to.equal(0)
  })

  it('§17.2.2 TSN-03 other finals of the TU are discarded [3261-17.2.2-8]', () => {
    const call = receive(false).feed(reply(200))
    const before = call.state
    expect(call.feed(reply(404)).feed(reply(100)).state).to.equal(before)
    expect(call.feed(request).log).to.deep.equal(['0 sendResponse 200', '0 sendResponse 200'])
  })

  it('§17.2.2 a 100 of the TU leads to Proceeding, and the most recent one answers repetitions [3261-17.2.2-1] [3261-17.2.2-2] [3261-17.2.2-3] [3261-17.2.2-4]', () => {
    const call = receive(true).feed(reply(100, 'one'))
    expect(call.state.name).to.equal('Proceeding')
    expect(call.feed(reply(100, 'two')).feed(request).log).to.deep.equal([
      '0 sendResponse one',
      '0 sendResponse two',
      '0 sendResponse two',
    ])
  })

  it('§17.2.2 a final in Proceeding leads to Completed [3261-17.2.2-5]', () => {
    const call = receive(false).feed({ kind: 'start' }).pass(4000).feed(reply(200))
    expect(call.log).to.deep.equal(['3500 sendTrying', '4000 sendResponse 200'])
    expect(call.state.name).to.equal('Completed')
    expect([...call.running]).to.deep.equal([['J', 36_000]])
  })

  describe('RFC 4320', () => {
    it('RFC 4320 §4.1 TSN-04 a silent TU gets its client a 100 when Timer E would be T2, over any transport [4320-3-3]', () => {
      for (const reliable of [false, true]) {
        const call = receive(reliable).feed({ kind: 'start' }).pass(3499)
        expect(call.log).to.deep.equal([])
        expect(call.pass(1).log).to.deep.equal(['3500 sendTrying'])
        expect(call.feed(request).log.at(-1)).to.equal('3500 sendTrying')
        expect(call.log).to.have.lengthOf(2)
      }
    })

    it('RFC 4320 §4.1 TSN-04 over an unreliable transport no 100 of the TU goes out before that, afterwards it does [4320-3-2]', () => {
      const call = receive(false).feed({ kind: 'start' }).pass(3000).feed(reply(100)).pass(1000).feed(reply(100))
      expect(call.log).to.deep.equal(['3500 sendTrying', '4000 sendResponse 100'])
    })

    it('RFC 4320 §4.1 TSN-04 over a reliable transport it goes out at once, and counts as the response', () => {
      const call = receive(true).feed({ kind: 'start' }).feed(reply(100)).pass(10_000)
      expect(call.log).to.deep.equal(['0 sendResponse 100'])
    })

    it('RFC 4320 §4.1 no provisional response but 100 ever goes out [4320-3-1]', () => {
      for (const reliable of [false, true]) {
        const call = receive(reliable).feed({ kind: 'start' }).feed(reply(180)).pass(4000).feed(reply(183))
        expect(call.log).to.deep.equal(['3500 sendTrying'])
      }
    })

    it('RFC 4320 §4.2 TSN-05 408 never goes out, and repetitions stay unanswered until Timer J [4320-3-4]', () => {
      const call = receive(false).feed({ kind: 'start' }).feed(reply(408)).feed(request).feed(reply(200)).pass(31_999)
      expect(call.log).to.deep.equal([])
      expect(call.state.name).to.equal('Completed')
      expect(call.pass(1).state.name).to.equal('Terminated')
      expect(receive(true).feed(reply(408)).log).to.deep.equal([])
      expect(receive(true).feed(reply(408)).state.name).to.equal('Terminated')
    })

    it('RFC 4320 §4.2 when the client has given up the TU is told, and its late response goes nowhere [4320-3-5]', () => {
      for (const reliable of [false, true]) {
        for (const early of [[], [reply(100)]]) {
          const call = receive(reliable).feed({ kind: 'start' })
          for (const event of early) call.feed(event)
          call.pass(31_999)
          expect(call.state.name).to.equal('Proceeding')
          call.pass(1).feed(reply(200))
          expect(call.log.at(-1)).to.equal('32000 inform timeout')
          expect(call.state.name).to.equal('Terminated')
        }
      }
    })
  })

  it('§17.2.4 as of RFC 6026 §8.8 a transport error is reported and never ends a state [6026-7.3-24]', () => {
    for (const call of [receive(true).feed(reply(100)), receive(false).feed(reply(200))]) {
      const before = call.state
      expect(call.feed(transportError).log.at(-1)).to.equal('0 inform transportError')
      expect(call.state).to.equal(before)
    }
  })

  it('the automatic 100 does not make the transport forgotten', () => {
    expect(receive(false).feed({ kind: 'start' }).pass(4000).feed(reply(200)).state.name).to.equal('Completed')
    expect(receive(true).feed({ kind: 'start' }).pass(4000).feed(reply(200)).state.name).to.equal('Terminated')
  })

  it('the dormant state is rebuilt from its name and last response, and ended by its timer', () => {
    const woken: State = { name: 'Completed', wire: 'kept' }
    expect(machine(woken, request).effects).to.deep.equal([{ kind: 'sendResponse', wire: 'kept' }])
    expect(machine(woken, fired(nonInviteServerDormant.Completed)).state.name).to.equal('Terminated')
  })
})
