import { expect } from 'chai'
import {
  type InviteClientEffect,
  type InviteClientEvent,
  type InviteClientState,
  type InviteClientTimer,
  inviteClient,
  inviteClientDormant,
  inviteClientInitial,
} from '../../../apps/sip/transaction/invite-client.js'
import { defaultTimers } from '../../../apps/sip/transaction/timers.js'
import { type Column, type Row, type Table, testTable } from './machine-table.js'
import { TimedRun } from './timed-run.js'

type State = InviteClientState
type Event = InviteClientEvent<object>

const machine = inviteClient<object>(defaultTimers)
const answer = (status: number): Event => ({ kind: 'response', status, response: { status } })
const fired = (timer: InviteClientTimer): Event => ({ kind: 'timer', timer })

const states: Record<Row<State>, State> = {
  'Calling udp': { name: 'Calling', reliable: false, interval: 500 },
  'Calling tcp': { name: 'Calling', reliable: true, interval: 500 },
  'Proceeding udp': { name: 'Proceeding', reliable: false },
  'Proceeding tcp': { name: 'Proceeding', reliable: true },
  Completed: { name: 'Completed' },
  Accepted: { name: 'Accepted' },
  Terminated: { name: 'Terminated' },
}

const events: Record<Column<Event>, Event> = {
  start: { kind: 'start' },
  '1xx': answer(180),
  '2xx': answer(200),
  '300-699': answer(486),
  'Timer A': fired('A'),
  'Timer B': fired('B'),
  'Timer D': fired('D'),
  'Timer M': fired('M'),
  transportError: { kind: 'transportError' },
}

const table: Table<State, Event> = {
  'Calling udp': {
    start: 'throws',
    '1xx': 'Proceeding, stop A, stop B, inform response 180',
    '2xx': 'Accepted, stop A, stop B, start M 32000, inform response 200',
    '300-699': 'Completed, stop A, stop B, sendAck, start D 32000, inform response 486',
    'Timer A': 'Calling, sendRequest, start A 1000',
    'Timer B': 'Terminated, stop A, inform timeout',
    'Timer D': 'same',
    'Timer M': 'same',
    transportError: 'Terminated, stop A, stop B, inform transportError',
  },
  'Calling tcp': {
    start: 'throws',
    '1xx': 'Proceeding, stop B, inform response 180',
    '2xx': 'Accepted, stop B, start M 32000, inform response 200',
    '300-699': 'Terminated, stop B, sendAck, inform response 486',
    'Timer A': 'same',
    'Timer B': 'Terminated, inform timeout',
    'Timer D': 'same',
    'Timer M': 'same',
    transportError: 'Terminated, stop B, inform transportError',
  },
  'Proceeding udp': {
    start: 'throws',
    '1xx': 'Proceeding, inform response 180',
    '2xx': 'Accepted, start M 32000, inform response 200',
    '300-699': 'Completed, sendAck, start D 32000, inform response 486',
    'Timer A': 'same',
    'Timer B': 'same',
    'Timer D': 'same',
    'Timer M': 'same',
    transportError: 'same',
  },
  'Proceeding tcp': {
    start: 'throws',
    '1xx': 'Proceeding, inform response 180',
    '2xx': 'Accepted, start M 32000, inform response 200',
    '300-699': 'Terminated, sendAck, inform response 486',
    'Timer A': 'same',
    'Timer B': 'same',
    'Timer D': 'same',
    'Timer M': 'same',
    transportError: 'same',
  },
  Completed: {
    start: 'throws',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'Completed, repeatAck',
    'Timer A': 'same',
    'Timer B': 'same',
    'Timer D': 'Terminated',
    'Timer M': 'same',
    transportError: 'Terminated, stop D, inform transportError',
  },
  Accepted: {
    start: 'throws',
    '1xx': 'same',
    '2xx': 'Accepted, inform response 200',
    '300-699': 'same',
    'Timer A': 'same',
    'Timer B': 'same',
    'Timer D': 'same',
    'Timer M': 'Terminated',
    transportError: 'same',
  },
  Terminated: {
    start: 'throws',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer A': 'same',
    'Timer B': 'same',
    'Timer D': 'same',
    'Timer M': 'same',
    transportError: 'same',
  },
}

function begin(reliable: boolean, config = defaultTimers): TimedRun<State, Event, InviteClientEffect<object>> {
  const timer = (name: string): Event => ({ kind: 'timer', timer: name as InviteClientTimer })
  return new TimedRun(inviteClient<object>(config), inviteClientInitial(reliable), timer).feed({ kind: 'start' })
}

describe('INVITE client transaction, figure 5 of RFC 6026', () => {
  describe('every state x event', () =>
    testTable<State, Event, InviteClientEffect<object>>(machine, states, events, table))

  describe('retransmission and timeout', () => {
    it('§17.1.1.2 enters Calling, sends the INVITE and runs Timers A and B [3261-17.1.1.2-1] [3261-17.1.1.2-2] [3261-17.1.1.2-3] [3261-17.1.1.2-5]', () => {
      const call = begin(false)
      expect(call.state.name).to.equal('Calling')
      expect(call.log).to.deep.equal(['0 sendRequest'])
      expect([...call.running]).to.deep.equal([
        ['A', 500],
        ['B', 32_000],
      ])
    })

    it('§17.1.1.2 TCI-01 TCI-02 Timer A doubles without a cap until Timer B, and no ACK is made [3261-17.1.1.2-6] [3261-17.1.1.2-7] [3261-17.1.1.2-8] [3261-17.1.1.2-12] [3261-17.1.1.2-13] [3261-17.1.1.2-14]', () => {
      const call = begin(false).pass(100_000)
      expect(call.log).to.deep.equal([
        '0 sendRequest',
        '500 sendRequest',
        '1500 sendRequest',
        '3500 sendRequest',
        '7500 sendRequest',
        '15500 sendRequest',
        '31500 sendRequest',
        '32000 inform timeout',
      ])
      expect(call.state.name).to.equal('Terminated')
      expect(call.running.size).to.equal(0)
    })

    it('§17.1.1.2 TCI-03 Timer A does not run over a reliable transport, Timer B does [3261-17.1.1.2-4] [3261-17.1.1.2-5]', () => {
      const call = begin(true)
      expect([...call.running]).to.deep.equal([['B', 32_000]])
      expect(call.pass(32_000).log).to.deep.equal(['0 sendRequest', '32000 inform timeout'])
    })

    it('§17.1.1.2 TCI-08 the back-off holds for any T1 [3261-17.1.1.2-11] [3261-17.1.1.2-12]', () => {
      const call = begin(false, { ...defaultTimers, T1: 1000 }).pass(64_000)
      expect(call.log.slice(0, 4)).to.deep.equal([
        '0 sendRequest',
        '1000 sendRequest',
        '3000 sendRequest',
        '7000 sendRequest',
      ])
      expect(call.log.at(-1)).to.equal('64000 inform timeout')
    })

    it('§17.1.1.2 TCI-04 a provisional response ends retransmission and Timer B; Proceeding may last for ever [3261-17.1.1.2-9] [3261-17.1.1.2-15] [3261-17.1.1.2-16] [3261-17.1.1.2-17]', () => {
      const call = begin(false).feed(answer(100)).pass(1_000_000).feed(answer(180))
      expect(call.log).to.deep.equal(['0 sendRequest', '0 inform response 100', '1000000 inform response 180'])
      expect(call.state.name).to.equal('Proceeding')
    })
  })

  describe('final responses', () => {
    for (const status of [300, 401, 486, 503, 699]) {
      it(`§17.1.1.2 TCI-05 ${status}: ACK, one report, Timer D of 32 s [3261-17.1.1.2-18] [3261-17.1.1.2-19] [3261-17.1.1.2-21] [6026-7.3-5] [6026-7.3-6] [6026-7.3-8]`, () => {
        const call = begin(false).feed(answer(status))
        expect(call.log).to.deep.equal(['0 sendRequest', '0 sendAck', `0 inform response ${status}`])
        expect([...call.running]).to.deep.equal([['D', 32_000]])
      })
    }

    it('§17.1.1.2 TCI-05 each repeated final gets the same ACK and is not reported, until Timer D [3261-17.1.1.2-22] [3261-17.1.1.2-23] [6026-7.3-9] [6026-7.3-10]', () => {
      const call = begin(false).feed(answer(486)).pass(500).feed(answer(486)).pass(1000).feed(answer(486))
      expect(call.log.slice(3)).to.deep.equal(['500 repeatAck', '1500 repeatAck'])
      expect(call.pass(30_499).state.name).to.equal('Completed')
      expect(call.pass(1).state.name).to.equal('Terminated')
    })

    it('§17.1.1.3 TCI-09 a final with another status or To tag repeats the first ACK, it does not get its own', () => {
      expect(begin(false).feed(answer(486)).feed(answer(603)).log.at(-1)).to.equal('0 repeatAck')
    })

    it('§17.1.1.2 the ACK is made from the response it acknowledges [3261-17.1.1.2-19]', () => {
      const response = { status: 404 }
      const step = machine(states['Proceeding udp'], { kind: 'response', status: 404, response })
      const acks = step.effects.flatMap(effect => (effect.kind === 'sendAck' ? [effect.response] : []))
      expect(acks).to.have.lengthOf(1)
      expect(acks[0]).to.equal(response)
    })

    it('§17.1.1.2 TCI-05 over a reliable transport the ACK ends the transaction: Timer D is zero [3261-17.1.1.2-21] [3261-17.1.1.2-25]', () => {
      const call = begin(true).feed(answer(486))
      expect(call.log).to.deep.equal(['0 sendRequest', '0 sendAck', '0 inform response 486'])
      expect(call.state.name).to.equal('Terminated')
      expect(call.running.size).to.equal(0)
    })

    it('§17.1.1.2 Timer D is at least 32 s however small T1 is, and grows with it [6026-7.3-8]', () => {
      expect(
        begin(false, { ...defaultTimers, T1: 10 })
          .feed(answer(486))
          .running.get('D'),
      ).to.equal(32_000)
      expect(
        begin(false, { ...defaultTimers, T1: 1000 })
          .feed(answer(486))
          .running.get('D'),
      ).to.equal(64_000)
    })
  })

  describe('2xx', () => {
    for (const reliable of [false, true]) {
      it(`RFC 6026 §7.2 ACC-05 2xx leads to Accepted for 64*T1, reliable ${reliable} [6026-6-1] [6026-7.2-1] [6026-7.2-4] [6026-7.2-5] [6026-7.3-11] [6026-7.3-12] [6026-7.3-16] [6026-7.3-17]`, () => {
        const call = begin(reliable).feed(answer(200))
        expect(call.log).to.deep.equal(['0 sendRequest', '0 inform response 200'])
        expect(call.pass(31_999).state.name).to.equal('Accepted')
        expect(call.pass(1).state.name).to.equal('Terminated')
      })
    }

    it('RFC 6026 §7.2 ACC-05 ACC-06 every further 2xx reaches the TU and none gets an ACK here [6026-7.2-2] [6026-7.2-3] [6026-7.3-13] [6026-7.3-14] [6026-7.3-15]', () => {
      const call = begin(false).feed(answer(180)).feed(answer(200)).pass(500).feed(answer(200)).feed(answer(202))
      expect(call.log.slice(2)).to.deep.equal([
        '0 inform response 200',
        '500 inform response 200',
        '500 inform response 202',
      ])
    })

    it('RFC 6026 §7.2 ACC-07 a 2xx after Timer M changes nothing', () => {
      const call = begin(false).feed(answer(200)).pass(32_000).feed(answer(200))
      expect(call.log).to.have.lengthOf(2)
    })
  })

  describe('transport errors', () => {
    it('§17.1.4 TCI-06 in Calling or Completed the TU is told and the transaction ends [3261-17.1.4-1]', () => {
      expect(begin(false).feed({ kind: 'transportError' }).pass(100_000).log).to.deep.equal([
        '0 sendRequest',
        '0 inform transportError',
      ])
      const completed = begin(false).feed(answer(486)).feed({ kind: 'transportError' })
      expect(completed.log.at(-1)).to.equal('0 inform transportError')
      expect(completed.state.name).to.equal('Terminated')
      expect(completed.running.size).to.equal(0)
    })

    it('figure 5: an error that comes after the first response concerns nothing any more', () => {
      expect(begin(false).feed(answer(100)).feed({ kind: 'transportError' }).state.name).to.equal('Proceeding')
      expect(begin(false).feed(answer(200)).feed({ kind: 'transportError' }).state.name).to.equal('Accepted')
    })
  })

  it('§17.1.1.2 each class of response ends where the next begins', () => {
    const accepted = machine(states.Accepted, answer(299)).effects
    expect(accepted).to.have.lengthOf(1)
    expect(machine(states.Accepted, answer(199)).effects).to.have.lengthOf(0)
    expect(machine(states.Accepted, answer(300)).effects).to.have.lengthOf(0)
    expect(machine(states.Completed, answer(300)).effects).to.deep.equal([{ kind: 'repeatAck' }])
    expect(machine(states.Completed, answer(299)).effects).to.have.lengthOf(0)
    const next = [199, 299, 300].map(status => machine(states['Calling udp'], answer(status)).state.name)
    expect(next).to.deep.equal(['Proceeding', 'Accepted', 'Completed'])
  })

  it('a provisional response does not make the transport forgotten', () => {
    expect(begin(false).feed(answer(180)).feed(answer(486)).state.name).to.equal('Completed')
    expect(begin(true).feed(answer(180)).feed(answer(486)).state.name).to.equal('Terminated')
  })

  it('a dormant state is rebuilt from its name and ended by its timer', () => {
    for (const [name, timer] of [
      ['Completed', inviteClientDormant.Completed],
      ['Accepted', inviteClientDormant.Accepted],
    ] as const) {
      expect(machine({ name }, fired(timer)).state.name).to.equal('Terminated')
    }
  })
})
