import { expect } from 'chai'
import { Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import { connections } from '../../../apps/sip/transport/connections.js'
import type { FlowMsg, FlowReport } from '../../../apps/sip/transport/flow.js'
import { Inlet } from '../../../apps/sip/transport/inlet.js'
import type { Network, StreamEvents, StreamSocket } from '../../../apps/sip/transport/network.js'
import { defaultStreamLimits } from '../../../apps/sip/transport/stream-limits.js'

interface Made {
  readonly events: StreamEvents
  readonly sent: string[]
  isClosing: boolean
}

describe('§18.1.1 a message for a connection that has ended', () => {
  /** A pool over connections that the test opens and closes. */
  function pool(limits = defaultStreamLimits): {
    readonly kernel: Kernel
    readonly made: Made[]
    readonly settle: () => void
  } & {
    readonly send: (text: string, owned?: boolean, port?: number) => void
    readonly reports: FlowReport[]
  } {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const made: Made[] = []
    const connect = (address: string, port: number, events: StreamEvents): StreamSocket => {
      const socket = { address, port, queued: 0, events, sent: [] as string[], isClosing: false }
      made.push(socket)
      return Object.assign(socket, {
        send: (text: string) => void socket.sent.push(text),
        end: () => undefined,
        destroy: () => undefined,
      })
    }
    const network = { connect } as unknown as Network
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog: () => 0 })
    const arg = { network, inlet, limits, tls: undefined, seed: 1, note: () => undefined }
    const ref = kernel.spawn(connections, arg)
    const reports: FlowReport[] = []
    const owner = kernel.spawn<FlowReport, void>(
      { label: 'owner', init: () => report => void reports.push(report) },
      undefined,
    )
    const send = (text: string, owned = true, port = 5060): void => {
      const message: FlowMsg = { kind: 'transmit', text, address: '192.0.2.1', port }
      kernel.send(ref, owned ? { ...message, owner } : message)
    }
    return { kernel, made, reports, send, settle: () => clock.advance(1) }
  }

  it('and is still known goes by a new one, as does one without an owner', () => {
    const { made, send, settle } = pool()
    send('first', false)
    settle()
    made[0]?.events.connected()
    settle()
    // The end of the connection and these messages cross.
    made[0]?.events.closed()
    send('second')
    send('third', false)
    settle()
    expect(made).to.have.lengthOf(2)
    made[1]?.events.connected()
    settle()
    expect(made.map(({ sent }) => sent)).to.deep.equal([['first'], ['second', 'third']])
  })

  it('is a transport error when the new one cannot be had [3261-18.4-3]', () => {
    const { made, reports, send, settle } = pool()
    send('first')
    settle()
    made[0]?.events.connected()
    settle()
    made[0]?.events.closed()
    send('second')
    settle()
    made[1]?.events.closed(new Error('connect ECONNREFUSED'))
    settle()
    const errors = reports.filter(({ kind }) => kind === 'transportError')
    expect(errors).to.deep.equal([{ kind: 'transportError', reason: 'connect ECONNREFUSED' }])
  })

  it('whose peer has closed its side goes by a new one at once', () => {
    const { made, send, settle } = pool()
    send('first', false)
    settle()
    made[0]?.events.connected()
    settle()
    if (made[0] !== undefined) made[0].isClosing = true
    send('second', false)
    settle()
    expect(made).to.have.lengthOf(2)
  })

  it('T7 is a transport error when there are too many to that address already', () => {
    const { made, reports, send, settle } = pool({ ...defaultStreamLimits, perAddress: 2 })
    for (const port of [5061, 5062, 5063]) send(String(port), true, port)
    settle()
    const reason = 'there are too many connections to 192.0.2.1 already'
    expect(reports).to.deep.equal([{ kind: 'transportError', reason }])
    made[0]?.events.closed()
    settle()
    send('5063', true, 5063)
    settle()
    expect(made).to.have.lengthOf(3)
  })
})
