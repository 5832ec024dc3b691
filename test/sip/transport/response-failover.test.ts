import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { expect } from 'chai'
import { Kernel, SystemClock, VirtualClock } from '../../../apps/actor/actor.js'
import type { RawPeer, Stage } from '../../../apps/scenario/scenario.js'
import { locator } from '../../../apps/sip/location/locator.js'
import type { Reply } from '../../../apps/sip/location/resolver.js'
import { type Core, SipStack, type Zone, ZoneResolver } from '../../../apps/sip/sip.js'
import { connections } from '../../../apps/sip/transport/connections.js'
import type { FlowReport } from '../../../apps/sip/transport/flow.js'
import { Inlet } from '../../../apps/sip/transport/inlet.js'
import type { Network } from '../../../apps/sip/transport/network.js'
import { nodeNetwork } from '../../../apps/sip/transport/node-network.js'
import { defaultStreamLimits } from '../../../apps/sip/transport/stream-limits.js'
import { transport } from '../../../apps/sip/transport/transport.js'
import { passing } from '../../scenario/passing.js'
import { authority, pair } from '../tls/certificates.js'

const slow: Core = {
  name: 'slow',
  match: () => true,
  OPTIONS: options => options.after(300, () => options.reply(200)),
  INVITE: invite => invite.after(300, () => invite.reply(486)),
}

function addresses(...found: readonly string[]): Reply {
  return { kind: 'found', ttl: 60, also: [], answer: { type: 'A', addresses: found } }
}

/** Sends from alice by TCP, and takes her away with her connection before the answer. */
async function gone(stage: Stage, sentBy: string, zoneOf: (carol: RawPeer) => Zone): Promise<RawPeer> {
  const carol = await stage.raw('carol')
  const resolver = new ZoneResolver(zoneOf(carol), stage.network.clock)
  const bob = await stage.stack('bob', { cores: [slow], resolver })
  const alice = await stage.raw('alice', { port: 6000, sentBy })
  alice.send('OPTIONS', { to: bob })
  await stage.pause(100)
  alice.disconnect()
  return carol
}

describe('RFC 3263 §5 a response whose first way is gone', () => {
  const tcp = { transport: 'tcp' } as const

  it('goes to the addresses of a sent-by with a port, one after the other [LOC-17] [TRP-08]', () =>
    passing(async stage => {
      const zone = (carol: RawPeer): Zone => ({
        'A client.example.test': addresses('192.0.2.200', carol.place.address),
      })
      await (await gone(stage, 'client.example.test:5060', zone)).expect(200)
    }, tcp))

  it('goes to the servers of a sent-by without a port [LOC-17]', () =>
    passing(async stage => {
      const carol = await gone(stage, 'client.example.test', ({ place }) => ({
        'SRV _sip._tcp.client.example.test': {
          ...{ kind: 'found', ttl: 60, also: [] },
          answer: { type: 'SRV', records: [{ priority: 1, weight: 0, port: place.port, target: 'one.test' }] },
        },
        'A one.test': addresses(place.address),
      }))
      await carol.expect(200)
    }, tcp))

  it('goes nowhere when the DNS knows no place for it', () =>
    passing(async stage => {
      const carol = await gone(stage, 'client.example.test', () => ({}))
      await carol.silence(40_000)
    }, tcp))

  it('§17.2.4 that gets nowhere is told of to the transaction that it belongs to [3261-17.2.4-1] [3261-18.2.2-4]', () => {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const tried: string[] = []
    const connect: Network['connect'] = (address, port, events) => {
      tried.push(`${address}:${port}`)
      clock.soon(() => events.closed(new Error('connect ECONNREFUSED')))
      const nothing = (): void => undefined
      return { address, port, queued: 0, send: nothing, end: nothing, destroy: nothing }
    }
    const zone = { 'A client.example.test': addresses('192.0.2.7', '192.0.2.8') }
    const finder = kernel.spawn(locator, { resolver: new ZoneResolver(zone, clock), seed: 1 })
    const inlet = new Inlet(kernel, { slotOf: () => 0, backlog: () => 0 })
    const network = { ...nodeNetwork, connect }
    const pool = kernel.spawn(connections, {
      ...{ network, inlet, limits: defaultStreamLimits, tls: undefined, seed: 1, note: () => undefined },
    })
    const counters = { requests: 0, responses: 0, misdirected: 0, undelivered: 0 }
    const ref = kernel.spawn(transport, { counters, locator: () => finder })
    const reports: FlowReport[] = []
    const owner = kernel.spawn<FlowReport>({ label: 'owner', init: () => each => void reports.push(each) }, undefined)
    const reach = { host: '192.0.2.1', port: 5060, sentBy: '192.0.2.1:5060', nets: [] }
    const listener = { transport: 'TCP', address: '192.0.2.1', port: 5060, flow: pool, reach } as const
    kernel.send(ref, {
      ...{ kind: 'locals', locals: { listeners: [listener], connections: pool, largestDatagram: 1300 } },
    })
    const text =
      'SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/TCP client.example.test:5070;received=192.0.2.6;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n'
    const route = { transport: 'TCP', address: '192.0.2.6', port: 5070, flow: pool } as const
    kernel.send(ref, { kind: 'send', text, route, owner })
    clock.advance(1000)
    expect(tried).to.deep.equal(['192.0.2.6:5070', '192.0.2.7:5070', '192.0.2.8:5070'])
    expect(reports).to.deep.equal([{ kind: 'transportError', reason: 'connect ECONNREFUSED' }])
    expect(counters.undelivered).to.equal(1)
  })

  describe('over real sockets', () => {
    const open: { close(): unknown }[] = []

    afterEach(async () => {
      await Promise.all(open.splice(0).map(each => each.close()))
    })

    async function bound(address: string, port: number): Promise<Socket> {
      const socket = createSocket('udp4')
      socket.bind(port, address)
      await once(socket, 'listening')
      return socket
    }

    function options(via: string): string {
      return `OPTIONS sip:b@h SIP/2.0\r\nVia: ${via};branch=z9hG4bK${via.length}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: ${via.replaceAll(' ', '')}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`
    }

    it('goes on when nobody listens at the UDP port of its client any more [3261-18.2.2-8] [LOC-17]', async () => {
      const zone = { 'A client.example.test': addresses('127.0.0.3') }
      const bob = await SipStack.start({
        listen: ['udp:127.0.0.1:0'],
        resolver: new ZoneResolver(zone, new SystemClock()),
      })
      bob.register(slow)
      open.push(bob)
      const alice = await bound('127.0.0.2', 0)
      const { port } = alice.address()
      const carol = await bound('127.0.0.3', port)
      open.push(carol)
      const came = once(carol, 'message')
      alice.send(
        options(`SIP/2.0/UDP client.example.test:${port}`),
        Number(bob.listening[0]?.split(':').at(-1)),
        '127.0.0.1',
      )
      await new Promise(resolve => setTimeout(resolve, 100))
      alice.close()
      const [text] = await came
      expect(String(text)).to.match(/^SIP\/2\.0 200 /)
    })

    it('is never sent in clear when its request came over TLS, whatever the Via says [TRP-20]', async () => {
      const tls = { ...pair('example'), ca: authority }
      const bob = await SipStack.start({ listen: ['tls:127.0.0.1:0'], tls })
      bob.register(slow)
      open.push(bob)
      const chunks: Buffer[] = []
      let attempts = 0
      const plain = createServer(socket => {
        attempts++
        socket.on('error', () => undefined)
        socket.on('data', data => chunks.push(data))
        setTimeout(() => socket.destroy(), 100)
      })
      plain.listen(0, '127.0.0.1')
      await once(plain, 'listening')
      open.push(plain)
      const { port } = plain.address() as AddressInfo
      const udp = await bound('127.0.0.1', port)
      open.push(udp)
      udp.on('message', data => chunks.push(data))
      for (const transport of ['TLS', 'TCP', 'UDP']) {
        const at = Number(bob.listening[0]?.split(':').at(-1))
        const alice = tlsConnect({ port: at, host: '127.0.0.1', ca: authority, checkServerIdentity: () => undefined })
        await once(alice, 'secureConnect')
        alice.write(options(`SIP/2.0/${transport} 127.0.0.1:${port}`))
        await new Promise(resolve => setTimeout(resolve, 100))
        alice.destroy()
      }
      await new Promise(resolve => setTimeout(resolve, 700))
      while (attempts === 0) await new Promise(resolve => setTimeout(resolve, 20))
      // What comes first over TLS is a handshake record: RFC 8446 §5.1.
      for (const chunk of chunks) expect(chunk[0]).to.equal(22)
    })
  })
})
