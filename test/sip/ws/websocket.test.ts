import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { WebSocket, WebSocketServer } from 'ws'
import { type Core, parseMessage, type Response, SipStack, type StackOptions } from '../../../apps/sip/sip.js'
import { authority, pair } from '../tls/certificates.js'

const anybody: Core = { name: 'anybody', match: () => true, MESSAGE: message => message.reply(200) }

describe('RFC 7118 WebSocket', () => {
  const open: { close(): unknown }[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()))
  })

  async function start(options: StackOptions): Promise<SipStack> {
    const logged: string[] = []
    const stack = await SipStack.start({ ...options, log: ({ text }) => logged.push(text) })
    stack.register(anybody)
    open.push(stack, { close: () => expect(logged).to.deep.equal([]) })
    return stack
  }

  function portOf(stack: SipStack): number {
    return Number(stack.listening[0]?.split(':').at(-1))
  }

  /** A browser, more or less; rejects with what the server says to its handshake. */
  function browser(port: number, protocols: readonly string[] = ['sip'], origin?: string): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, [...protocols], origin === undefined ? {} : { origin })
      open.push({ close: () => socket.terminate() })
      socket.on('open', () => resolve(socket))
      socket.on('error', reject)
    })
  }

  function next(socket: WebSocket): Promise<{ readonly text: string; readonly binary: boolean }> {
    return new Promise(resolve =>
      socket.once('message', (data, binary) =>
        resolve({ text: Buffer.from(data as Buffer).toString('latin1'), binary }),
      ),
    )
  }

  async function answer(socket: WebSocket): Promise<Response> {
    const parsed = parseMessage((await next(socket)).text)
    if (parsed.kind !== 'ok' || parsed.message.kind !== 'response') throw new Error('no response came')
    return parsed.message
  }

  let branches = 0
  function request(method: string, { body = '', tag = '' } = {}): string {
    return `${method} sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK${++branches}\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>${tag}\r\nCall-ID: ws${branches}\r\nCSeq: 1 ${method}\r\nMax-Forwards: 70\r\nContact: <sip:alice@df7jal23ls0d.invalid;transport=ws>\r\n${body === '' ? '' : 'Content-Type: text/plain\r\n'}\r\n${body}`
  }

  it('§5 answers on the connection of the request, though its sent-by leads nowhere [7118-5.3-1] [7118-5.3-2] [7118-5.3-3] [TRP-16]', async () => {
    const stack = await start({ listen: ['ws:127.0.0.1:0'] })
    const socket = await browser(portOf(stack))
    expect(socket.protocol).to.equal('sip')
    socket.send(request('OPTIONS'))
    const response = await answer(socket)
    expect(response.status).to.equal(200)
    expect(response.via.host).to.equal('df7jal23ls0d.invalid')
    expect(response.via.params.get('received')).to.equal('127.0.0.1')
    expect((await stack.census()).connections).to.equal(1)
  })

  it('§4.2 takes text and binary frames, without Content-Length [7118-4.2-1] [7118-5-2] [TRP-16]', async () => {
    const socket = await browser(portOf(await start({ listen: ['ws:127.0.0.1:0'] })))
    socket.send(request('MESSAGE', { body: 'gr\u00fc\u00df dich' }))
    expect((await answer(socket)).status).to.equal(200)
    socket.send(Buffer.from(request('MESSAGE', { body: '\u00ff\u0000\u00fe' }), 'latin1'))
    expect((await answer(socket)).status).to.equal(200)
  })

  it('§4.2 sends what is UTF-8 in text frames, and other octets in binary ones [7118-4.2-2]', async () => {
    const stack = await start({ listen: ['ws:127.0.0.1:0'] })
    stack.register({
      name: 'echo',
      priority: 1,
      match: () => true,
      INFO: info => info.reply(200, { body: info.request.body, headers: { 'Content-Type': 'text/plain' } }),
    })
    const socket = await browser(portOf(stack))
    socket.send(request('INFO', { body: 'gr\u00fc\u00df' }))
    expect(await next(socket)).to.include({ binary: false })
    socket.send(Buffer.from(request('INFO', { body: '\xff\xfe' }), 'latin1'))
    const { text, binary } = await next(socket)
    expect([binary, text.endsWith('\xff\xfe')]).to.deep.equal([true, true])
  })

  it('§6 answers a keep-alive', async () => {
    const socket = await browser(portOf(await start({ listen: ['ws:127.0.0.1:0'] })))
    socket.send('\r\n\r\n')
    expect((await next(socket)).text).to.equal('\r\n')
  })

  it('§4.1 refuses who does not offer the sub-protocol sip [7118-4.1-2] [TRP-16]', async () => {
    const port = portOf(await start({ listen: ['ws:127.0.0.1:0'] }))
    for (const protocols of [[], ['chat']]) {
      const failure = await browser(port, protocols).catch((error: unknown) => String(error))
      expect(failure).to.include('400')
    }
    expect((await browser(port, ['chat', 'sip'])).protocol).to.equal('sip')
  })

  it('refuses origins that are not on the list', async () => {
    const listen = [{ at: 'ws:127.0.0.1:0', origins: ['https://phone.example.com'] }]
    const port = portOf(await start({ listen }))
    const failure = await browser(port, ['sip'], 'https://evil.example.com').catch((error: unknown) => String(error))
    expect(failure).to.include('403')
    await browser(port, ['sip'], 'https://phone.example.com')
  })

  it('closes a connection whose frames are too large', async () => {
    const stack = await start({ listen: ['ws:127.0.0.1:0'] })
    const socket = await browser(portOf(stack))
    const code = new Promise(resolve => socket.on('close', resolve))
    socket.send('x'.repeat(1_100_000))
    expect(await code).to.equal(1009)
  })

  it('RFC 6455 §5.4 takes a message in pieces', async () => {
    const socket = await browser(portOf(await start({ listen: ['ws:127.0.0.1:0'] })))
    const text = request('OPTIONS')
    socket.send(text.slice(0, 30), { fin: false })
    socket.ping()
    socket.send(text.slice(30))
    expect((await answer(socket)).status).to.equal(200)
  })

  it('RFC 6455 §5.4 gives up who does not send the last piece of a message, pings answered or not', async () => {
    const stack = await start({ listen: ['ws:127.0.0.1:0'], limits: { message: 300, ping: 100 } })
    const socket = await browser(portOf(stack))
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.send('OPTIONS sip:', { fin: false })
    await closed
    // The same where we have made the connection.
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    open.push({ close: () => server.close() })
    await once(server, 'listening')
    server.on('connection', peer => peer.on('message', () => peer.send('SIP/2.0 200', { fin: false })))
    const { port } = server.address() as AddressInfo
    const outcome = await stack.request('OPTIONS', `sip:bob@127.0.0.1:${port};transport=ws`)
    expect(outcome.kind).to.equal('transportError')
    expect(await stack.census()).to.include({ connections: 0 })
  })

  it('drops a peer that does not answer to pings', async () => {
    const stack = await start({ listen: ['ws:127.0.0.1:0'], limits: { ping: 40 } })
    const lively = await browser(portOf(stack))
    const deaf = new WebSocket(`ws://127.0.0.1:${portOf(stack)}`, ['sip'], { autoPong: false })
    const began = Date.now()
    await new Promise(resolve => deaf.on('close', resolve))
    expect(Date.now() - began).to.be.within(80, 20_000)
    expect(lively.readyState).to.equal(WebSocket.OPEN)
    expect((await stack.census()).connections).to.equal(1)
  })

  it('calls from stack to stack, in both directions of one dialog [7118-4.1-1]', async () => {
    const bob = await start({ listen: ['ws:127.0.0.1:0'] })
    bob.register({
      name: 'short',
      priority: 1,
      match: () => true,
      INVITE: invite => invite.reply(200, { body: 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' }),
    })
    const alice = await start({ listen: ['ws:127.0.0.1:0'] })
    const outcome = await alice.invite(`sip:bob@127.0.0.1:${portOf(bob)};transport=ws`).outcome
    if (outcome.kind !== 'answered') throw new Error(outcome.kind)
    expect((await outcome.dialog.bye()).kind).to.equal('answered')
    expect((await alice.census()).connections).to.equal(1)
  })

  it('goes over TLS, to the domain that the certificate names [7118-9.1-2]', async () => {
    const bob = await start({ listen: ['wss:127.0.0.1:0'], tls: pair('example') })
    const alice = await start({ listen: ['udp:127.0.0.1:0'], tls: { ca: authority } })
    const ask = (host: string): Promise<string> =>
      alice.request('OPTIONS', `sips:bob@${host}:${portOf(bob)};maddr=127.0.0.1;transport=wss`).then(({ kind }) => kind)
    expect(await ask('example.com')).to.equal('answered')
    expect(await ask('example.net')).to.equal('transportError')
  })

  it('is nothing for HTTP', async () => {
    const port = portOf(await start({ listen: ['ws:127.0.0.1:0'] }))
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).to.equal(426)
  })

  it('tells the other end at once that a connection has gone', async () => {
    const bob = await start({ listen: ['ws:127.0.0.1:0'] })
    bob.register({ name: 'silent', priority: 1, match: () => true, OPTIONS: options => options.after(5000, () => {}) })
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    const outcome = alice.request('OPTIONS', `sip:bob@127.0.0.1:${portOf(bob)};transport=ws`)
    while ((await bob.census()).servers === 0) await new Promise(resolve => setTimeout(resolve, 5))
    const began = Date.now()
    await bob.close()
    expect((await outcome).kind).to.equal('transportError')
    // And not at Timer F, 32 s later.
    expect(Date.now() - began).to.be.below(20_000)
  })
})
