import { connect, createServer, type Server, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { expect } from 'chai'
import { SipStack, type StackOptions } from '../../apps/sip/sip.js'
import { authority, pair } from './tls/certificates.js'

describe('connections', () => {
  const open: { close(): unknown }[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()))
  })

  async function start(options: StackOptions = {}): Promise<SipStack> {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], ...options })
    stack.register({ name: 'anybody', match: () => true })
    open.push(stack)
    return stack
  }

  interface Peer {
    readonly uri: string
    readonly port: number
    readonly sockets: Socket[]
    readonly server: Server
    close(): void
  }

  /** A server that does with each chunk what it is told. */
  async function peer(on: (socket: Socket, text: string, chunk: number) => void, port = 0): Promise<Peer> {
    const sockets: Socket[] = []
    let chunks = 0
    const server = createServer(socket => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.on('data', data => on(socket, data.toString('latin1'), ++chunks))
    })
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    const address = server.address()
    const at = typeof address === 'object' && address !== null ? address.port : 0
    const close = (): void => {
      for (const socket of sockets) socket.resetAndDestroy()
      server.close()
    }
    const made = { uri: `sip:bob@127.0.0.1:${at};transport=tcp`, port: at, sockets, server, close }
    open.push(made)
    return made
  }

  /** A 200 to each request in a text. */
  function answer(socket: Socket, text: string): void {
    for (const request of text.split(/(?=OPTIONS sip)/)) {
      const lines = request.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      socket.write(`SIP/2.0 200 OK\r\n${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`)
    }
  }

  it('T4 are made once for all who want to go to the same place', async () => {
    const bob = await peer(answer)
    const alice = await start()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => alice.request('OPTIONS', bob.uri)))
    expect(new Set(outcomes.map(({ kind }) => kind))).to.deep.equal(new Set(['answered']))
    expect(bob.sockets).to.have.lengthOf(1)
  })

  it('T5 that turn out to be dead are made anew for the request that found it out, once', async () => {
    const bob = await peer((socket, text, chunk) => (chunk === 2 ? socket.resetAndDestroy() : answer(socket, text)))
    const alice = await start()
    for (let i = 0; i < 3; i++) expect((await alice.request('OPTIONS', bob.uri)).kind).to.equal('answered')
    expect(bob.sockets).to.have.lengthOf(2)
    const rude = await peer((socket, text, chunk) => (chunk > 1 ? socket.resetAndDestroy() : answer(socket, text)))
    expect((await alice.request('OPTIONS', rude.uri)).kind).to.equal('answered')
    expect((await alice.request('OPTIONS', rude.uri)).kind).to.equal('transportError')
    expect(rude.sockets).to.have.lengthOf(2)
  })

  it('T3 that break fail their client transactions within 50 ms [3261-17.1.4-1]', async () => {
    const alice = await start()
    const took = { cold: Number.POSITIVE_INFINITY, warm: Number.POSITIVE_INFINITY }
    // The quickest of three: the machine may stand still now and then.
    for (const warmth of ['cold', 'warm', 'cold', 'warm', 'cold', 'warm'] as const) {
      let silent = false
      let asked: () => void = () => undefined
      const got = new Promise<void>(resolve => {
        asked = resolve
      })
      const bob = await peer((socket, text) => (silent ? asked() : answer(socket, text)))
      if (warmth === 'warm') await alice.request('OPTIONS', bob.uri)
      silent = true
      const outcome = alice.request('OPTIONS', bob.uri)
      await got
      const began = performance.now()
      bob.close()
      expect((await outcome).kind).to.equal('transportError')
      took[warmth] = Math.min(took[warmth], performance.now() - began)
    }
    expect(took.cold).to.be.below(50)
    expect(took.warm).to.be.below(50)
  })

  it('T6 whose peer never reads are given up, while others go on', async () => {
    const stack = await start({ listen: ['tcp:127.0.0.1:0'], limits: { stalled: 300 } })
    const [place = ''] = stack.listening
    const socket = connect(Number(place.split(':').at(-1)), '127.0.0.1').pause()
    let lives = true
    open.push({ close: () => socket.destroy() })
    socket.on('error', () => undefined)
    const filler = 'x'.repeat(4000)
    for (let i = 0; i < 3000; i++) {
      socket.write(
        `OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK${i}${filler}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: ${i}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`,
      )
    }
    const alice = await start()
    const uri = `sip:b@${place.slice(4)};transport=tcp`
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('answered')
    for (let i = 0; i < 100 && lives; i++) {
      lives = (await stack.census()).connections > 1
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('answered')
    expect((await stack.census()).connections).to.equal(1)
  })

  it('RFC 5923 §5 are used backwards only by who has proven to be its sent-by [TRP-18]', async () => {
    const tls = { ...pair('example'), ca: authority, requestCert: true }
    const stack = await start({ listen: ['tls:127.0.0.1:0'], tls })
    const port = Number(stack.listening[0]?.split(':').at(-1))
    const said: string[] = []
    const dial = async (alias: string, name: 'other' | 'example', back: number): Promise<void> => {
      const socket = tlsConnect({ host: '127.0.0.1', port, ca: authority, servername: 'example.com', ...pair(name) })
      open.push({ close: () => socket.destroy() })
      socket.on('error', () => undefined)
      socket.write(
        `OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TLS other.example.net:${back};branch=z9hG4bK${name}${back};rport${alias}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: ${name}${back}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`,
      )
      await new Promise<void>(resolve => socket.once('data', () => resolve()))
      socket.on('data', data => said.push(`${name}${alias} ${data.toString('latin1').split(' ')[0]}`))
    }
    const uri = (back: number): string => `sips:alice@other.example.net:${back};maddr=127.0.0.1`
    await dial('', 'other', 5997)
    await dial(';alias', 'example', 5998)
    for (const back of [5997, 5998]) {
      expect((await stack.request('OPTIONS', uri(back))).kind).to.equal('transportError')
    }
    await dial(';alias', 'other', 5999)
    void stack.request('OPTIONS', uri(5999))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(said).to.deep.equal(['other;alias OPTIONS'])
  })
})
