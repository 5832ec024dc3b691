import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import { SipStack } from '../../../apps/sip/sip.js'
import type { ListenerEvents, ServerKind, StreamEvents, StreamSocket } from '../../../apps/sip/transport/network.js'
import { nodeNetwork } from '../../../apps/sip/transport/node-network.js'
import type { StreamLimits } from '../../../apps/sip/transport/stream-limits.js'
import { authority, pair } from '../tls/certificates.js'

describe('T7 a connection that has not shaken hands', () => {
  const open: { close(): unknown }[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()))
  })

  async function server(
    transport: string,
    limits: Partial<StreamLimits> = {},
  ): Promise<{ readonly stack: SipStack; readonly port: number }> {
    const stack = await SipStack.start({ listen: [`${transport}:127.0.0.1:0`], tls: pair('example'), limits })
    stack.register({ name: 'anybody', match: () => true })
    open.push(stack)
    return { stack, port: Number(stack.listening[0]?.split(':').at(-1)) }
  }

  async function connected(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    open.push({ close: () => socket.destroy() })
    await once(socket, 'connect')
    return socket.resume()
  }

  for (const transport of ['tls', 'ws', 'wss']) {
    it(`over ${transport} ends with its listener, which it would outlive as nobody's`, async () => {
      const { stack, port } = await server(transport, { handshake: 60_000 })
      const socket = await connected(port)
      const closed = once(socket, 'close')
      // The system has accepted it; the listener is still to hear of it.
      await new Promise(resolve => setTimeout(resolve, 100))
      expect(await stack.unlisten(stack.listening[0] ?? '')).to.equal(true)
      await closed
    })

    it(`over ${transport}: so many of one source at once, and not one more`, async () => {
      const { stack, port } = await server(transport, { perAddress: 3, handshake: 60_000 })
      const sockets: Socket[] = []
      for (let at = 0; at < 3; at++) sockets.push(await connected(port))
      const fourth = await connected(port)
      if (!fourth.closed) await once(fourth, 'close')
      expect((await stack.counters()).refusedConnections).to.equal(1)
      const alice = await SipStack.start({ listen: ['udp:127.0.0.1:0'], tls: { ca: authority } })
      open.push(alice)
      const uri = `${transport === 'ws' ? 'sip' : 'sips'}:b@example.com:${port};maddr=127.0.0.1;transport=${transport}`
      expect((await alice.request('OPTIONS', uri)).kind).to.equal('transportError')
      sockets[0]?.destroy()
      let kind = ''
      for (let tries = 0; kind !== 'answered' && tries < 100; tries++) {
        await new Promise(resolve => setTimeout(resolve, 20))
        kind = (await alice.request('OPTIONS', uri)).kind
      }
      expect(kind).to.equal('answered')
    })
  }

  describe('and is gone before it is taken', () => {
    /** Listens, has somebody connect who is gone at once, and gives what is to be taken then. */
    async function gone(
      kind: ServerKind,
      come: (port: number) => Promise<{ destroy(): void }>,
    ): Promise<(events: StreamEvents) => StreamSocket> {
      let take: ((events: StreamEvents) => StreamSocket) | undefined
      const port = await new Promise<number>((resolve, reject) => {
        const accepted: ListenerEvents['accepted'] = each => {
          take = each
        }
        const events = { bound: (_: string, at: number) => resolve(at), accepted, failed: reject }
        open.push(nodeNetwork.listen('127.0.0.1', 0, events, kind))
      })
      const client = await come(port)
      while (take === undefined) await new Promise(resolve => setTimeout(resolve, 10))
      client.destroy()
      await new Promise(resolve => setTimeout(resolve, 200))
      return take
    }

    function taken(take: (events: StreamEvents) => StreamSocket): Promise<StreamSocket> {
      return new Promise(resolve => {
        const socket = take({ connected: () => undefined, chunk: () => undefined, closed: () => resolve(socket) })
      })
    }

    it('over tls harms nobody, though it had a certificate', async () => {
      const tls = { ...pair('example'), ca: authority, requestCert: true }
      const take = await gone({ transport: 'TLS', tls }, async port => {
        const names = { ca: authority, servername: 'example.com' }
        const client = tlsConnect({ port, host: '127.0.0.1', ...names, ...pair('other') }).on('error', () => undefined)
        await once(client, 'secureConnect')
        return client
      })
      expect((await taken(take)).identities).to.deep.equal(['other.example.net'])
    })

    it('over ws has ended', async () => {
      const take = await gone({ transport: 'WS' }, async port => {
        const client = new WebSocket(`ws://127.0.0.1:${port}`, ['sip'])
        await once(client, 'open')
        return { destroy: () => client.terminate() }
      })
      await taken(take)
    })
  })

  it('is nobody to those that have: they live on when their listener goes', async () => {
    const { stack, port } = await server('tls')
    const client = tlsConnect({ port, host: '127.0.0.1', ca: authority, servername: 'example.com' })
    open.push({ close: () => client.destroy() })
    client.write('\r\n\r\n')
    await once(client, 'data')
    await stack.unlisten(stack.listening[0] ?? '')
    client.write('\r\n\r\n')
    expect(String((await once(client, 'data'))[0])).to.equal('\r\n')
  })
})
