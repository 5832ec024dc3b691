import { expect } from 'chai'
import { Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import type { Received } from '../../../apps/sip/transport/flow.js'
import { Inlet } from '../../../apps/sip/transport/inlet.js'
import type { StreamEvents, StreamSocket } from '../../../apps/sip/transport/network.js'
import { streamConnection } from '../../../apps/sip/transport/stream-connection.js'
import { defaultStreamLimits } from '../../../apps/sip/transport/stream-limits.js'

const ping =
  'OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n'

describe('a stream whose thread is behind', () => {
  it('is not read for 50 ms at a time, until the thread has caught up', () => {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    let behind = 6000
    const got: Received[] = []
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog: () => behind })
    inlet.open(0, kernel.spawn<Received>({ label: 'reader', init: () => each => void got.push(each) }, undefined))
    const said: string[] = []
    let peer: StreamEvents | undefined
    const nothing = (): void => undefined
    const open = (events: StreamEvents): StreamSocket => {
      peer = events
      const own = { pause: () => void said.push('pause'), resume: () => void said.push('resume') }
      return { address: '192.0.2.1', port: 5060, queued: 0, send: nothing, end: nothing, destroy: nothing, ...own }
    }
    kernel.spawn(streamConnection, {
      ...{ open, transport: 'TCP', accepted: true, reach: undefined, inlet, limits: defaultStreamLimits },
      ...{ again: nothing, leaving: nothing, ticket: nothing },
    })
    peer?.chunk(ping)
    clock.advance(49)
    expect(said).to.deep.equal(['pause'])
    clock.advance(1)
    peer?.chunk(ping)
    clock.advance(50)
    expect(said).to.deep.equal(['pause', 'resume', 'pause', 'resume'])
    behind = 0
    peer?.chunk(ping)
    clock.advance(100)
    expect(said).to.have.lengthOf(4)
    expect([got.length, inlet.paused]).to.deep.equal([3, 2])
    kernel.close()
  })
})
