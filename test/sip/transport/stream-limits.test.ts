import { expect } from 'chai'
import { type ActorRef, Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import type { FlowMsg, FlowReport } from '../../../apps/sip/transport/flow.js'
import { Inlet } from '../../../apps/sip/transport/inlet.js'
import type { StreamEvents, StreamSocket } from '../../../apps/sip/transport/network.js'
import { type StreamConnectionMsg, streamConnection } from '../../../apps/sip/transport/stream-connection.js'
import { defaultStreamLimits } from '../../../apps/sip/transport/stream-limits.js'

const message =
  'OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n'

describe('T6 what a peer that takes nothing costs us', () => {
  interface Rig {
    readonly ref: ActorRef<StreamConnectionMsg>
    readonly kernel: Kernel
    readonly clock: VirtualClock
    readonly sent: string[]
    readonly again: FlowMsg[]
    readonly reports: FlowReport[]
    peer(): StreamEvents
    isDestroyed(): boolean
    transmit(text: string): void
  }

  /** A connection over a socket from which nothing is ever taken. */
  function rig(accepted: boolean, web = false): Rig {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const sent: string[] = []
    const again: FlowMsg[] = []
    const reports: FlowReport[] = []
    let peer: StreamEvents | undefined
    let isDestroyed = false
    const nothing = (): void => undefined
    const open = (events: StreamEvents): StreamSocket => {
      peer = events
      return {
        ...{ address: '192.0.2.1', port: 5060, end: nothing, ...(web && { ping: nothing }) },
        get queued() {
          return sent.reduce((sum, text) => sum + text.length, 0)
        },
        send: text => void sent.push(text),
        destroy: () => {
          isDestroyed = true
        },
      }
    }
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog: () => 0 })
    const limits = { ...defaultStreamLimits, queued: 10_000 }
    const ref = kernel.spawn(streamConnection, {
      ...{ open, transport: web ? 'WS' : 'TCP', accepted, reach: undefined, inlet, limits },
      ...{ again: message => void again.push(message), leaving: nothing, ticket: nothing },
    })
    const owner = kernel.spawn<FlowReport, void>(
      { label: 'owner', init: () => report => void reports.push(report) },
      undefined,
    )
    const transmit = (text: string): void =>
      kernel.send(ref, { kind: 'transmit', text, address: '192.0.2.1', port: 5060, owner })
    clock.advance(0)
    return {
      ...{ ref, kernel, clock, sent, again, reports, transmit },
      peer: () => peer ?? expect.fail('nothing was opened'),
      isDestroyed: () => isDestroyed,
    }
  }

  for (const [name, web] of [
    ['TCP', false],
    ['WebSocket', true],
  ] as const) {
    it(`who pings over ${name} and does not read the answers is given up [5626-4.4.1-2]`, () => {
      const { peer, sent, clock, kernel, isDestroyed } = rig(true, web)
      for (let pings = 0; pings < 20_000; pings++) peer().chunk('\r\n\r\n')
      clock.advance(1)
      expect(isDestroyed()).to.equal(true)
      expect(sent).to.have.length.within(5000, 5002)
      kernel.close()
    })
  }

  it('what would wait for a connection to be made is refused at once when it is too much', () => {
    const { transmit, clock, reports, peer, sent, kernel } = rig(false)
    for (let request = 0; request < 15; request++) transmit(`${request} `.padEnd(1000, 'x'))
    clock.advance(1)
    const reason = 'too much waits for the connection to be made'
    expect(reports).to.deep.equal(new Array(5).fill({ kind: 'transportError', reason }))
    peer().connected()
    clock.advance(1)
    expect(sent.map(text => text.split(' ')[0])).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    kernel.close()
  })

  it('of many requests that it does not answer the first 1000 go by another connection, the others fail with it', () => {
    const { transmit, clock, reports, peer, again, sent, kernel, ref } = rig(false)
    peer().connected()
    clock.advance(1)
    for (let request = 0; request < 1200; request++) transmit(String(request))
    clock.advance(1)
    expect(sent).to.have.lengthOf(1200)
    expect(reports).to.deep.equal(new Array(200).fill({ kind: 'onFlow', flow: ref }))
    peer().closed()
    clock.advance(1)
    expect(again.map(({ text }) => text)).to.deep.equal(Array.from({ length: 1000 }, (_, request) => String(request)))
    kernel.close()
  })

  for (const [name, web] of [
    ['TCP', false],
    ['WebSocket', true],
  ] as const) {
    it(`who begins a message over ${name} and does not end it is given up 30 s later, whatever else it sends`, () => {
      const { peer, clock, kernel, isDestroyed } = rig(true, web)
      const begin = (): void => (web ? peer().half?.(true) : peer().chunk(`${message}OPTIONS`))
      begin()
      clock.advance(20_000)
      peer().half?.(false)
      // The end of one, and another begins at once.
      if (web) peer().chunk(message)
      begin()
      for (let at = 0; at < 29; at++) {
        if (web) peer().pong?.()
        else peer().chunk('x')
        clock.advance(1000)
        expect(isDestroyed(), `${at} s`).to.equal(false)
      }
      clock.advance(1000)
      expect(isDestroyed()).to.equal(true)
      kernel.close()
    })
  }

  it('a stream of which every piece ends within a message may go on for ever', () => {
    const { peer, clock, kernel, isDestroyed } = rig(true)
    peer().chunk(message.slice(0, 20))
    for (let at = 0; at < 100; at++) {
      clock.advance(1000)
      peer().chunk(message.slice(20) + message.slice(0, 20))
    }
    clock.advance(29_000)
    expect(isDestroyed()).to.equal(false)
    clock.advance(1000)
    expect(isDestroyed()).to.equal(true)
    kernel.close()
  })
})
