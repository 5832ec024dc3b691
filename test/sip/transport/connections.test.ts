import { expect } from 'chai'
import { Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import { connections } from '../../../apps/sip/transport/connections.js'
import type { FlowReport } from '../../../apps/sip/transport/flow.js'
import { Inlet } from '../../../apps/sip/transport/inlet.js'
import type { Network, StreamEvents } from '../../../apps/sip/transport/network.js'
import { defaultStreamLimits } from '../../../apps/sip/transport/stream-limits.js'

describe('who keeps the connections', () => {
  it('knows the latest by number, and a peer whose connection has ended gets a new one, however many come and go', async () => {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const peers: StreamEvents[] = []
    const nothing = (): undefined => undefined
    const network = {
      connect: (address: string, port: number, events: StreamEvents) => {
        peers.push(events)
        return { address, port, queued: 0, send: nothing, end: nothing, destroy: nothing }
      },
    } as unknown as Network
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog: () => 0 })
    const limits = { ...defaultStreamLimits, perAddress: 1000 }
    const arg = { network, inlet, limits, tls: undefined, seed: 1, note: () => undefined }
    const pool = kernel.spawn(connections, arg)
    const reports: FlowReport[] = []
    const owner = kernel.spawn<FlowReport>(
      { label: 'owner', init: () => report => void reports.push(report) },
      undefined,
    )
    const send = (port: number): void => {
      kernel.send(pool, { kind: 'transmit', text: 'x', transport: 'TCP', address: '192.0.2.1', port, owner })
      clock.settle()
    }
    const open = async (): Promise<number> => {
      const asked = kernel.ask(pool, { kind: 'count' }, 1000)
      clock.settle()
      const count = await asked
      return count.kind === 'answered' ? count.value.open : -1
    }
    const latest = async (most: number): Promise<readonly number[]> => {
      const asked = kernel.ask(pool, { kind: 'list', most }, 1000)
      clock.settle()
      const listed = await asked
      return listed.kind === 'answered' ? listed.value.map(([id]) => id) : []
    }

    for (let port = 1; port <= 1001; port++) send(port)
    expect([peers.length, await open(), reports.length]).to.deep.equal([1000, 1000, 1])
    expect(await latest(3)).to.deep.equal([998, 999, 1000])
    for (let at = 0; at < 1000; at += 2) peers[at]?.closed()
    clock.advance(1000)
    expect([await open(), await latest(2)]).to.deep.equal([500, [998, 1000]])
    // Those of even ports are still open; the others are made anew, and there is room for as many as have ended.
    for (let port = 1; port <= 1001; port++) send(port)
    expect([peers.length, await open()]).to.deep.equal([1500, 1000])
    expect(await latest(3)).to.deep.equal([1498, 1499, 1500])
    for (const each of peers) each.closed()
    clock.advance(1000)
    expect([await open(), await latest(3)]).to.deep.equal([0, []])
    kernel.close()
  })
})
