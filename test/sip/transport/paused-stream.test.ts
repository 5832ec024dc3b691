import { connect } from 'node:net'
import { expect } from 'chai'
import { Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import { SipStack } from '../../../apps/sip/sip.js'
import type { Received } from '../../../apps/sip/transport/flow.js'
import { Inlet } from '../../../apps/sip/transport/inlet.js'
import type { StreamEvents, StreamSocket } from '../../../apps/sip/transport/network.js'
import { streamConnection } from '../../../apps/sip/transport/stream-connection.js'
import { defaultStreamLimits } from '../../../apps/sip/transport/stream-limits.js'

const ping =
  'OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n'

describe('a stream whose thread is behind', () => {
  interface Rig {
    readonly clock: VirtualClock
    /** What the socket was told. */
    readonly said: string[]
    readonly dealt: Received[]
    readonly inlet: Inlet
    chunk(text: string): void
    close(): void
  }

  /** A connection whose thread has `backlog()` messages to work on. */
  function rig(backlog: () => number): Rig {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog })
    const dealt: Received[] = []
    inlet.open(0, kernel.spawn<Received>({ label: 'reader', init: () => each => void dealt.push(each) }, undefined))
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
    return { clock, said, dealt, inlet, chunk: text => peer?.chunk(text), close: () => kernel.close() }
  }

  it('is not read further than 128 KB before what was read has been looked at', () => {
    const { clock, said, dealt, chunk, close } = rig(() => 0)
    const much = ping.repeat(300)
    for (let chunks = 0; chunks < 2; chunks++) chunk(much)
    expect(said).to.deep.equal([])
    for (let chunks = 0; chunks < 2; chunks++) chunk(much)
    expect([said, dealt.length]).to.deep.equal([['pause'], 0])
    clock.advance(1)
    expect([said, dealt.length]).to.deep.equal([['pause', 'resume'], 1200])
    close()
  })

  it('costs little memory, however much comes at once, and nothing is lost', async () => {
    const stack = await SipStack.start({ listen: ['tcp:127.0.0.1:0'], trace: false })
    let most = 0
    const look = (): void => {
      most = Math.max(most, stack.kernel.backlog)
    }
    stack.register({ name: 'anybody', match: () => true, OPTIONS: options => [look(), options.reply(200)] })
    const socket = connect(Number(stack.listening[0]?.split(':').at(-1)), '127.0.0.1')
    const count = 6000
    let answers = 0
    let rest = ''
    const answered = new Promise<void>(resolve => {
      socket.on('data', data => {
        const all = (rest + data.toString('latin1')).split('SIP/2.0 200')
        answers += all.length - 1
        rest = (all.at(-1) ?? '').slice(-10)
        if (answers === count) resolve()
      })
    })
    const requests = Array.from({ length: count }, (_, at) =>
      ping.replace('z9hG4bK1', `z9hG4bK${at}`).replace('ID: 1', `ID: ${at}`),
    )
    socket.write(requests.join(''))
    await answered
    expect(most).to.be.within(1, 25_000)
    socket.destroy()
    await stack.close()
  })

  it('is not read for 50 ms at a time, until the thread has caught up', () => {
    let behind = 6000
    const { clock, said, dealt, inlet, chunk, close } = rig(() => behind)
    chunk(ping)
    clock.advance(49)
    expect(said).to.deep.equal(['pause'])
    clock.advance(1)
    chunk(ping)
    clock.advance(50)
    expect(said).to.deep.equal(['pause', 'resume', 'pause', 'resume'])
    behind = 0
    chunk(ping)
    clock.advance(100)
    expect(said).to.have.lengthOf(4)
    expect([dealt.length, inlet.paused]).to.deep.equal([3, 2])
    close()
  })
})
