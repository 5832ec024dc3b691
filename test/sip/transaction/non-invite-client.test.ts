import { expect } from 'chai'
import {
  type NonInviteClientEffect,
  type NonInviteClientEvent,
  type NonInviteClientState,
  type NonInviteClientTimer,
  nonInviteClient,
  nonInviteClientDormant,
  nonInviteClientInitial,
} from '../../../apps/sip/transaction/non-invite-client.js'
import { defaultTimers } from '../../../apps/sip/transaction/timers.js'
import { type Column, type Row, type Table, testTable } from './machine-table.js'
import { TimedRun } from './timed-run.js'

type State = NonInviteClientState
type Event = NonInviteClientEvent<object>

const machine = nonInviteClient<object>(defaultTimers)
const answer = (status: number): Event => ({ kind: 'response', status, response: { status } })
const fired = (timer: NonInviteClientTimer): Event => ({ kind: 'timer', timer })

const states: Record<Row<State>, State> = {
  'Trying udp': { name: 'Trying', reliable: false, interval: 500 },
  'Trying tcp': { name: 'Trying', reliable: true, interval: 500 },
  'Proceeding udp': { name: 'Proceeding', reliable: false },
  'Proceeding tcp': { name: 'Proceeding', reliable: true },
  Completed: { name: 'Completed' },
  Terminated: { name: 'Terminated' },
}

const events: Record<Column<Event>, Event> = {
  start: { kind: 'start' },
  '1xx': answer(100),
  '2xx': answer(200),
  '300-699': answer(404),
  'Timer E': fired('E'),
  'Timer F': fired('F'),
  'Timer K': fired('K'),
  transportError: { kind: 'transportError' },
}

const table: Table<State, Event> = {
  'Trying udp': {
    start: 'throws',
    '1xx': 'Proceeding, inform response 100',
    '2xx': 'Completed, stop E, stop F, start K 5000, inform response 200',
    '300-699': 'Completed, stop E, stop F, start K 5000, inform response 404',
    'Timer E': 'Trying, sendRequest, start E 1000',
    'Timer F': 'Terminated, stop E, inform timeout',
    'Timer K': 'same',
    transportError: 'Terminated, stop E, stop F, inform transportError',
  },
  'Trying tcp': {
    start: 'throws',
    '1xx': 'Proceeding, inform response 100',
    '2xx': 'Terminated, stop F, inform response 200',
    '300-699': 'Terminated, stop F, inform response 404',
    'Timer E': 'same',
    'Timer F': 'Terminated, inform timeout',
    'Timer K': 'same',
    transportError: 'Terminated, stop F, inform transportError',
  },
  'Proceeding udp': {
    start: 'throws',
    '1xx': 'Proceeding, inform response 100',
    '2xx': 'Completed, stop E, stop F, start K 5000, inform response 200',
    '300-699': 'Completed, stop E, stop F, start K 5000, inform response 404',
    'Timer E': 'Proceeding, sendRequest, start E 4000',
    'Timer F': 'Terminated, stop E, inform timeout',
    'Timer K': 'same',
    transportError: 'Terminated, stop E, stop F, inform transportError',
  },
  'Proceeding tcp': {
    start: 'throws',
    '1xx': 'Proceeding, inform response 100',
    '2xx': 'Terminated, stop F, inform response 200',
    '300-699': 'Terminated, stop F, inform response 404',
    'Timer E': 'same',
    'Timer F': 'Terminated, inform timeout',
    'Timer K': 'same',
    transportError: 'Terminated, stop F, inform transportError',
  },
  Completed: {
    start: 'throws',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer E': 'same',
    'Timer F': 'same',
    'Timer K': 'Terminated',
    transportError: 'same',
  },
  Terminated: {
    start: 'throws',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer E': 'same',
    'Timer F': 'same',
    'Timer K': 'same',
    transportError: 'same',
  },
}

function begin(reliable: boolean, config = defaultTimers): TimedRun<State, Event, NonInviteClientEffect<object>> {
  const timer = (name: string): Event => ({ kind: 'timer', timer: name as NonInviteClientTimer })
  return new TimedRun(nonInviteClient<object>(config), nonInviteClientInitial(reliable), timer).feed({ kind: 'start' })
}

describe('non-INVITE client transaction, figure 6', () => {
  describe('every state x event', () =>
    testTable<State, Event, NonInviteClientEffect<object>>(machine, states, events, table))

  it('§17.1.2.2 enters Trying, sends the request and runs Timers E and F [3261-17.1.2.2-1] [3261-17.1.2.2-2] [3261-17.1.2.2-3]', () => {
    const call = begin(false)
    expect(call.state.name).to.equal('Trying')
    expect(call.log).to.deep.equal(['0 sendRequest'])
    expect([...call.running]).to.deep.equal([
      ['E', 500],
      ['F', 32_000],
    ])
  })

  it('§17.1.2.2 TCN-01 TCN-03 Timer E doubles up to T2 until Timer F [3261-17.1.2.2-4]', () => {
    const call = begin(false).pass(100_000)
    const times = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect(call.log).to.deep.equal([...times.map(time => `${time} sendRequest`), '32000 inform timeout'])
    expect(call.state.name).to.equal('Terminated')
    expect(call.running.size).to.equal(0)
  })

  it('§17.1.2.2 the cap is T2 even where it is no power of two times T1', () => {
    const call = begin(false, { T1: 500, T2: 1500, T4: 5000 }).pass(5000)
    expect(call.log).to.deep.equal([
      '0 sendRequest',
      '500 sendRequest',
      '1500 sendRequest',
      '3000 sendRequest',
      '4500 sendRequest',
    ])
  })

  it('§17.1.2.2 TCN-02 after a provisional response Timer E runs on, then with T2 [3261-17.1.2.2-5] [3261-17.1.2.2-7]', () => {
    const call = begin(false).pass(600).feed(answer(100)).pass(9000)
    expect(call.log).to.deep.equal([
      '0 sendRequest',
      '500 sendRequest',
      '600 inform response 100',
      '1500 sendRequest',
      '5500 sendRequest',
      '9500 sendRequest',
    ])
  })

  it('§17.1.2.2 TCN-03 Timer F ends Proceeding too, with one report [3261-17.1.2.2-8] [3261-17.1.2.2-12]', () => {
    for (const reliable of [false, true]) {
      const call = begin(reliable).feed(answer(100)).pass(32_000)
      expect(call.log.at(-1)).to.equal('32000 inform timeout')
      expect(call.state.name).to.equal('Terminated')
      expect(call.running.size).to.equal(0)
    }
  })

  it('§17.1.2.2 every provisional response reaches the TU', () => {
    expect(begin(false).feed(answer(100)).feed(answer(100)).log.slice(1)).to.deep.equal(
      Array(2).fill('0 inform response 100'),
    )
  })

  for (const status of [200, 302, 404, 503, 603]) {
    it(`§17.1.2.2 TCN-04 ${status} is reported once, repetitions are absorbed until Timer K [3261-17.1.2.2-6] [3261-17.1.2.2-9] [3261-17.1.2.2-10] [3261-17.1.2.2-11]`, () => {
      for (const early of [[], [answer(100)]]) {
        const call = begin(false)
        for (const event of early) call.feed(event)
        call.feed(answer(status)).feed(answer(status)).pass(4999).feed(answer(200))
        expect(call.log.filter(line => line.includes('inform'))).to.have.lengthOf(early.length + 1)
        expect(call.log.at(-1)).to.equal(`0 inform response ${status}`)
        expect(call.state.name).to.equal('Completed')
        expect(call.pass(1).state.name).to.equal('Terminated')
      }
    })
  }

  it('§17.1.2.2 TCN-04 TCN-05 over a reliable transport nothing is repeated and Timer K is zero [3261-17.1.2.2-10]', () => {
    const call = begin(true).pass(20_000).feed(answer(200))
    expect(call.log).to.deep.equal(['0 sendRequest', '20000 inform response 200'])
    expect(call.state.name).to.equal('Terminated')
    expect(call.running.size).to.equal(0)
  })

  it('§17.1.4 a transport error ends the transaction and is reported [3261-17.1.4-1]', () => {
    for (const early of [[], [answer(100)]]) {
      const call = begin(false)
      for (const event of [...early, { kind: 'transportError' } as const]) call.feed(event)
      expect(call.pass(100_000).log.at(-1)).to.equal('0 inform transportError')
      expect(call.state.name).to.equal('Terminated')
    }
  })

  it('a provisional response does not make the transport forgotten', () => {
    expect(begin(false).feed(answer(100)).feed(answer(199)).feed(answer(200)).state.name).to.equal('Completed')
    expect(begin(true).feed(answer(100)).feed(answer(199)).feed(answer(200)).state.name).to.equal('Terminated')
  })

  it('the dormant state is rebuilt from its name and ended by its timer', () => {
    expect(machine({ name: 'Completed' }, fired(nonInviteClientDormant.Completed)).state.name).to.equal('Terminated')
  })
})
