import { expect } from 'chai'
import {
  type InviteServerEffect,
  type InviteServerEvent,
  type InviteServerState,
  type InviteServerTimer,
  inviteServer,
  inviteServerDormant,
  inviteServerInitial,
} from '../../../apps/sip/transaction/invite-server.js'
import { defaultTimers } from '../../../apps/sip/transaction/timers.js'
import { type Column, type Row, type Table, testTable } from './machine-table.js'
import { TimedRun } from './timed-run.js'

type State = InviteServerState
type Event = InviteServerEvent

const machine = inviteServer(defaultTimers)
const reply = (status: number, wire = `${status}`): Event => ({ kind: 'respond', status, wire })
const fired = (timer: InviteServerTimer): Event => ({ kind: 'timer', timer })
const request: Event = { kind: 'request' }
const ack: Event = { kind: 'ack' }
const transportError: Event = { kind: 'transportError' }

const states: Record<Row<State>, State> = {
  'Proceeding udp': { name: 'Proceeding', reliable: false, wire: 'ringing', waiting: false },
  'Proceeding tcp': { name: 'Proceeding', reliable: true, wire: '', waiting: true },
  'Completed udp': { name: 'Completed', reliable: false, wire: 'busy', interval: 500 },
  'Completed tcp': { name: 'Completed', reliable: true, wire: 'busy', interval: 500 },
  Accepted: { name: 'Accepted' },
  Confirmed: { name: 'Confirmed' },
  Terminated: { name: 'Terminated' },
}

const events: Record<Column<Event>, Event> = {
  start: { kind: 'start' },
  request,
  ack,
  '1xx': reply(180),
  '2xx': reply(200),
  '300-699': reply(486),
  'Timer G': fired('G'),
  'Timer H': fired('H'),
  'Timer I': fired('I'),
  'Timer L': fired('L'),
  'Timer Trying': fired('Trying'),
  transportError,
}

const table: Table<State, Event> = {
  'Proceeding udp': {
    start: 'throws',
    request: 'Proceeding, sendResponse ringing',
    ack: 'same',
    '1xx': 'Proceeding, sendResponse 180',
    '2xx': 'Accepted, sendResponse 200, start L 32000',
    '300-699': 'Completed, sendResponse 486, start G 500, start H 32000',
    'Timer G': 'same',
    'Timer H': 'same',
    'Timer I': 'same',
    'Timer L': 'same',
    'Timer Trying': 'same',
    transportError: 'Proceeding, inform transportError',
  },
  'Proceeding tcp': {
    start: 'throws',
    request: 'Proceeding, stop Trying, sendTrying',
    ack: 'same',
    '1xx': 'Proceeding, stop Trying, sendResponse 180',
    '2xx': 'Accepted, stop Trying, sendResponse 200, start L 32000',
    '300-699': 'Completed, stop Trying, sendResponse 486, start H 32000',
    'Timer G': 'same',
    'Timer H': 'same',
    'Timer I': 'same',
    'Timer L': 'same',
    'Timer Trying': 'Proceeding, sendTrying',
    transportError: 'Proceeding, inform transportError',
  },
  'Completed udp': {
    start: 'throws',
    request: 'Completed, sendResponse busy',
    ack: 'Confirmed, stop G, stop H, start I 5000',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer G': 'Completed, sendResponse busy, start G 1000',
    'Timer H': 'Terminated, stop G, inform timeout',
    'Timer I': 'same',
    'Timer L': 'same',
    'Timer Trying': 'same',
    transportError: 'Completed, inform transportError',
  },
  'Completed tcp': {
    start: 'throws',
    request: 'Completed, sendResponse busy',
    ack: 'Terminated, stop H',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer G': 'same',
    'Timer H': 'Terminated, inform timeout',
    'Timer I': 'same',
    'Timer L': 'same',
    'Timer Trying': 'same',
    transportError: 'Completed, inform transportError',
  },
  Accepted: {
    start: 'throws',
    request: 'same',
    ack: 'Accepted, inform ack',
    '1xx': 'same',
    '2xx': 'Accepted, sendResponse 200',
    '300-699': 'same',
    'Timer G': 'same',
    'Timer H': 'same',
    'Timer I': 'same',
    'Timer L': 'Terminated',
    'Timer Trying': 'same',
    transportError: 'Accepted, inform transportError',
  },
  Confirmed: {
    start: 'throws',
    request: 'same',
    ack: 'same',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer G': 'same',
    'Timer H': 'same',
    'Timer I': 'Terminated',
    'Timer L': 'same',
    'Timer Trying': 'same',
    transportError: 'same',
  },
  Terminated: {
    start: 'throws',
    request: 'same',
    ack: 'same',
    '1xx': 'same',
    '2xx': 'same',
    '300-699': 'same',
    'Timer G': 'same',
    'Timer H': 'same',
    'Timer I': 'same',
    'Timer L': 'same',
    'Timer Trying': 'same',
    transportError: 'same',
  },
}

function receive(reliable: boolean): TimedRun<State, Event, InviteServerEffect> {
  const timer = (name: string): Event => ({ kind: 'timer', timer: name as InviteServerTimer })
  return new TimedRun(machine, inviteServerInitial(reliable), timer)
}

describe('INVITE server transaction, figure 7 of RFC 6026', () => {
  describe('every state x event', () => testTable<State, Event, InviteServerEffect>(machine, states, events, table))

  describe('Proceeding', () => {
    it('§17.2.1 TSI-01 a TU that is silent for 200 ms gets its client a 100, once [3261-17.2.1-1]', () => {
      const call = receive(false).feed({ kind: 'start' }).pass(199)
      expect(call.log).to.deep.equal([])
      expect(call.pass(100_000).log).to.deep.equal(['200 sendTrying'])
    })

    it('§17.2.1 TSI-01 no 100 goes out once the TU has answered', () => {
      for (const status of [180, 200, 486]) {
        const call = receive(true).feed({ kind: 'start' }).pass(150).feed(reply(status)).pass(1000)
        expect(call.log).to.deep.equal([`150 sendResponse ${status}`])
      }
    })

    it('§17.2.1 every provisional response of the TU goes out and the state stays [3261-17.2.1-4]', () => {
      const call = receive(false).feed(reply(180)).feed(reply(183)).feed(reply(199))
      expect(call.log).to.deep.equal(['0 sendResponse 180', '0 sendResponse 183', '0 sendResponse 199'])
      expect(call.state.name).to.equal('Proceeding')
      expect(call.pass(100_000).log).to.have.lengthOf(3)
    })

    it('§17.2.1 TSI-02 a repeated INVITE gets the last provisional response, the TU hears nothing [3261-17.2.1-5]', () => {
      const call = receive(false).feed(reply(180)).feed(reply(183)).feed(request).feed(request)
      expect(call.log.slice(2)).to.deep.equal(['0 sendResponse 183', '0 sendResponse 183'])
    })

    it('§17.2.1 TSI-02 before any response of the TU a repeated INVITE gets the 100', () => {
      const call = receive(false).feed({ kind: 'start' }).pass(100).feed(request).pass(900).feed(request)
      expect(call.log).to.deep.equal(['100 sendTrying', '1000 sendTrying'])
    })

    it('an answer at hand needs no start', () => {
      const call = receive(false).feed(reply(486))
      expect(call.log).to.deep.equal(['0 sendResponse 486'])
    })
  })

  describe('300-699', () => {
    for (const status of [300, 404, 486, 503, 699]) {
      it(`§17.2.1 TSI-03 ${status} goes out and Completed runs Timers G and H [3261-17.2.1-8] [3261-17.2.1-9]`, () => {
        const call = receive(false).feed(reply(status))
        expect(call.log).to.deep.equal([`0 sendResponse ${status}`])
        expect(call.state.name).to.equal('Completed')
        expect([...call.running]).to.deep.equal([
          ['G', 500],
          ['H', 32_000],
        ])
      })
    }

    it('§17.2.1 TSI-03 TSI-05 Timer G doubles up to T2; Timer H reports the lost ACK and ends it [3261-17.2.1-12] [3261-17.2.1-14]', () => {
      const call = receive(false).feed(reply(486)).pass(100_000)
      const times = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
      expect(call.log).to.deep.equal([...times.map(time => `${time} sendResponse 486`), '32000 inform timeout'])
      expect(call.state.name).to.equal('Terminated')
      expect(call.running.size).to.equal(0)
    })

    it('§17.2.1 TSI-03 a repeated INVITE in Completed gets the final response, Timer G keeps its pace [3261-17.2.1-10]', () => {
      const call = receive(false).feed(reply(486)).pass(700).feed(request).pass(800)
      expect(call.log).to.deep.equal([
        '0 sendResponse 486',
        '500 sendResponse 486',
        '700 sendResponse 486',
        '1500 sendResponse 486',
      ])
    })

    it('§17.2.1 TSI-03 TSI-04 the ACK stops Timers G and H; more ACKs are absorbed until Timer I [3261-17.2.1-11] [3261-17.2.1-13]', () => {
      const call = receive(false).feed(reply(486)).pass(600).feed(ack)
      expect(call.state.name).to.equal('Confirmed')
      expect([...call.running]).to.deep.equal([['I', 5600]])
      call.feed(ack).feed(request).pass(4999).feed(ack)
      expect(call.log).to.deep.equal(['0 sendResponse 486', '500 sendResponse 486'])
      expect(call.state.name).to.equal('Confirmed')
      expect(call.pass(1).state.name).to.equal('Terminated')
    })

    it('§17.2.1 TSI-03 TSI-04 over a reliable transport nothing is repeated and the ACK ends it: Timer I is zero [3261-17.2.1-9]', () => {
      const call = receive(true).feed(reply(486)).pass(10_000)
      expect([...call.running]).to.deep.equal([['H', 32_000]])
      call.feed(ack)
      expect(call.log).to.deep.equal(['0 sendResponse 486'])
      expect(call.state.name).to.equal('Terminated')
      expect(call.running.size).to.equal(0)
    })

    it('§17.2.1 TSI-05 Timer H runs over a reliable transport too [3261-17.2.1-9] [3261-17.2.1-12]', () => {
      expect(receive(true).feed(reply(486)).pass(32_000).log).to.deep.equal([
        '0 sendResponse 486',
        '32000 inform timeout',
      ])
    })

    it('a TU that answers twice changes nothing', () => {
      const call = receive(false).feed(reply(486))
      const before = call.state
      expect(call.feed(reply(200)).feed(reply(180)).feed(reply(603)).state).to.equal(before)
      expect(call.feed(request).log.at(-1)).to.equal('0 sendResponse 486')
    })
  })

  describe('2xx', () => {
    for (const reliable of [false, true]) {
      it(`RFC 6026 §7.1 ACC-01 2xx leads to Accepted, which absorbs INVITEs for 64*T1, reliable ${reliable} [3261-17.2.1-6] [6026-6-1] [6026-7.1-1] [6026-7.1-2] [6026-7.1-5] [6026-7.1-6] [6026-7.3-18] [6026-7.3-19] [6026-7.3-21] [6026-7.3-22] [6026-7.3-23]`, () => {
        const call = receive(reliable).feed(reply(200)).pass(500).feed(request).pass(31_499).feed(request)
        expect(call.log).to.deep.equal(['0 sendResponse 200'])
        expect(call.state.name).to.equal('Accepted')
        expect(call.pass(1).state.name).to.equal('Terminated')
      })
    }

    it('RFC 6026 §7.1 ACC-02 a 2xx that the TU repeats goes out [6026-7.1-3] [6026-7.3-20]', () => {
      const call = receive(false).feed(reply(200, 'first')).pass(500).feed(reply(200, 'second'))
      expect(call.log).to.deep.equal(['0 sendResponse first', '500 sendResponse second'])
      expect(call.running.get('L')).to.equal(32_000)
    })

    it('RFC 6026 §7.1 ACC-03 each ACK in Accepted goes to the TU [6026-7.1-4] [6026-6-5]', () => {
      expect(receive(false).feed(reply(200)).feed(ack).feed(ack).log.slice(1)).to.deep.equal([
        '0 inform ack',
        '0 inform ack',
      ])
    })

    it('RFC 6026 §7.1 after a 2xx only 2xx may follow', () => {
      expect(receive(false).feed(reply(200)).feed(reply(486)).feed(reply(180)).log).to.deep.equal([
        '0 sendResponse 200',
      ])
    })
  })

  it('RFC 6026 §7.1 ACC-04 a transport error is reported and never ends a state [6026-6-2] [6026-7.1-7] [6026-7.1-8] [6026-7.3-24]', () => {
    for (const status of [180, 200, 486]) {
      const call = receive(false).feed(reply(status))
      const before = call.state
      expect(call.feed(transportError).log.at(-1)).to.equal('0 inform transportError')
      expect(call.state).to.equal(before)
    }
  })

  it('§17.2.1 each class of response ends where the next begins', () => {
    const next = [199, 299, 300].map(status => machine(states['Proceeding udp'], reply(status)).state.name)
    expect(next).to.deep.equal(['Proceeding', 'Accepted', 'Completed'])
    expect([199, 299, 300].map(status => machine(states.Accepted, reply(status)).effects.length)).to.deep.equal([
      0, 1, 0,
    ])
  })

  it('neither the clock of the 100 nor a provisional response makes the transport forgotten', () => {
    for (const reliable of [false, true]) {
      const silent = receive(reliable).feed({ kind: 'start' })
      expect(silent.state).to.deep.equal({ name: 'Proceeding', reliable, wire: '', waiting: true })
      expect(silent.pass(200).state).to.equal(inviteServerInitial(reliable))
      const ringing = silent.feed(reply(180)).state
      expect(ringing).to.deep.equal({ name: 'Proceeding', reliable, wire: '180', waiting: false })
    }
  })

  it('a dormant state is rebuilt from its name and ended by its timer', () => {
    for (const [name, timer] of [
      ['Accepted', inviteServerDormant.Accepted],
      ['Confirmed', inviteServerDormant.Confirmed],
    ] as const) {
      expect(machine({ name }, fired(timer)).state.name).to.equal('Terminated')
    }
  })
})
