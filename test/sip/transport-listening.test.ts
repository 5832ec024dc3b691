import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect } from 'chai'
import { type Core, ListenError, nodeNetwork, SipStack, type StackOptions } from '../../apps/sip/sip.js'
import { placeFor, type Reach, reachOf } from '../../apps/sip/transport/reach.js'

const anybody: Core = {
  name: 'anybody',
  match: () => true,
  INVITE: invite => invite.reply(200, { body: 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' }),
}

describe('listening', () => {
  const open: SipStack[] = []
  const logged: string[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(stack => stack.close()))
    logged.length = 0
  })

  async function start(options: StackOptions): Promise<SipStack> {
    const stack = await SipStack.start({ ...options, log: ({ text }) => logged.push(text) })
    stack.register(anybody)
    open.push(stack)
    return stack
  }

  function portOf(place: string | undefined): number {
    return Number(place?.split(':').at(-1))
  }

  /** What a stack answers to what is said to it. */
  async function answer(port: number, text: string): Promise<string> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    socket.send(text, port, '127.0.0.1')
    const [datagram] = await once(socket, 'message')
    socket.close()
    return datagram.toString('latin1')
  }

  function invite(): string {
    return 'INVITE sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx;rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n'
  }

  it('is added to and taken from while the stack runs', async () => {
    const stack = await start({ listen: ['udp:127.0.0.1:0'] })
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    const place = await stack.listen('tcp:127.0.0.1:0')
    expect(stack.listening).to.have.lengthOf(2).and.include(place)
    const uri = `sip:bob@127.0.0.1:${portOf(place)};transport=tcp`
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('answered')
    expect(await stack.unlisten(place)).to.equal(true)
    expect(await stack.unlisten(place)).to.equal(false)
    expect(stack.listening).to.have.lengthOf(1)
    // The connection lives on; nobody new gets in, and the port is free.
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('answered')
    const carol = await start({ listen: ['udp:127.0.0.1:0'] })
    expect((await carol.request('OPTIONS', uri)).kind).to.equal('transportError')
    expect(await stack.listen(place)).to.equal(place)
  })

  it('says what it cannot have, and goes on with the others', async () => {
    const stack = await start({ listen: ['udp:127.0.0.1:0'] })
    for (const taken of stack.listening) {
      expect(await stack.listen(taken).catch((error: unknown) => error)).to.be.instanceOf(ListenError)
    }
    expect(await stack.listen('tcp:nowhere').catch((error: unknown) => error)).to.be.instanceOf(TypeError)
    expect(stack.listening).to.have.lengthOf(1)
    expect(await answer(portOf(stack.listening[0]), invite())).to.include('200 OK')
  })

  it('T8 may start without what it cannot have, and takes it when it can', async () => {
    const occupant = createServer()
    await new Promise<void>(resolve => occupant.listen(0, '127.0.0.1', resolve))
    const address = occupant.address()
    const port = typeof address === 'object' ? address?.port : 0
    const listen = [`tcp:127.0.0.1:${port}`, 'udp:127.0.0.1:0']
    expect(await SipStack.start({ listen }).catch((error: unknown) => error)).to.be.instanceOf(ListenError)
    const stack = await start({ listen, partial: true })
    expect(stack.listening).to.have.lengthOf(1)
    expect(logged).to.have.lengthOf(1)
    expect(logged[0]).to.include(`tcp:127.0.0.1:${port}`)
    await new Promise(resolve => occupant.close(resolve))
    for (let i = 0; i < 600 && stack.listening.length < 2; i++) await new Promise(resolve => setTimeout(resolve, 50))
    expect(stack.listening).to.include(`tcp:127.0.0.1:${port}`)
  })

  it('N3 never shows a wildcard: peers get the address of the interface they reach', async () => {
    const stack = await start({ listen: ['udp:0.0.0.0:0', 'tcp:0.0.0.0:0'] })
    const port = portOf(stack.listening[0])
    const text = await answer(port, invite())
    expect(text).to.include(`Contact: <sip:bob@127.0.0.1:${port}>`).and.not.include('0.0.0.0')
    const alice = await start({ listen: ['udp:0.0.0.0:0'] })
    const outcome = await alice.invite(`sip:bob@127.0.0.1:${port}`).outcome
    if (outcome.kind !== 'answered') throw new Error(outcome.kind)
    expect(outcome.response.via.host).to.equal('127.0.0.1')
    expect((await outcome.dialog.bye()).kind).to.equal('answered')
  })

  it('N3 shows what is advertised, but to local networks', async () => {
    const advertise = { host: 'sip.example.com', port: 5066 }
    const stack = await start({ listen: [{ at: 'udp:127.0.0.1:0', advertise }] })
    expect(await answer(portOf(stack.listening[0]), invite())).to.include('Contact: <sip:bob@sip.example.com:5066>')
    const near = await start({ listen: [{ at: 'udp:127.0.0.1:0', advertise, localNets: ['127.0.0.0/8'] }] })
    const port = portOf(near.listening[0])
    expect(await answer(port, invite())).to.include(`Contact: <sip:bob@127.0.0.1:${port}>`)
  })

  it('§18.1.2 takes responses to the advertised name for its own', async () => {
    const bob = await start({ listen: ['udp:127.0.0.1:0'] })
    const alice = await start({ listen: [{ at: 'udp:127.0.0.1:0', advertise: { host: 'Alice.example.com' } }] })
    const outcome = await alice.request('OPTIONS', `sip:bob@127.0.0.1:${portOf(bob.listening[0])}`)
    expect(outcome.kind === 'answered' && outcome.response.via.host).to.equal('Alice.example.com')
  })

  it('refuses what makes no sense, at the start', async () => {
    const wrong: readonly StackOptions['listen'][] = [
      [{ at: 'udp:127.0.0.1:5060', advertise: { host: '0.0.0.0' } }],
      [{ at: 'udp:127.0.0.1:5060', advertise: { host: 'two words' } }],
      [{ at: 'udp:[::1]:5060', advertise: { host: 'fe80::1%eth0' } }],
      [{ at: 'udp:127.0.0.1:5060', advertise: { host: 'example.com', port: 70_000 } }],
      [{ at: 'udp:127.0.0.1:5060', localNets: ['127.0.0.1/33'] }],
      ['sctp:127.0.0.1:5060'],
      [],
    ]
    for (const listen of wrong) {
      const started = SipStack.start(listen === undefined ? {} : { listen })
      expect(await started.catch((error: unknown) => error)).to.be.instanceOf(TypeError)
    }
    const network = { ...nodeNetwork, addresses: (_at: string, found: (none: []) => void) => found([]) }
    const lost = SipStack.start({ listen: ['udp:0.0.0.0:0'], network, log: () => undefined })
    expect(String(await lost.catch((error: unknown) => error))).to.include('give the one to advertise')
  })

  it('T7 limits the connections of one address, and of all', async () => {
    const stack = await start({ listen: ['tcp:127.0.0.1:0'], limits: { perAddress: 3 } })
    const sockets = Array.from({ length: 5 }, () => connect(portOf(stack.listening[0]), '127.0.0.1'))
    let closed = 0
    for (const socket of sockets) socket.on('close', () => closed++).on('error', () => undefined)
    while (closed < 2) await new Promise(resolve => setTimeout(resolve, 20))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(closed).to.equal(2)
    expect((await stack.census()).connections).to.equal(3)
    for (const socket of sockets) socket.destroy()
  })

  it('T7 closes who says nothing, who is slow, and who speaks no SIP', async () => {
    const stack = await start({ listen: ['tcp:127.0.0.1:0'], limits: { message: 3000 } })
    const port = portOf(stack.listening[0])
    const lives = await Promise.all(
      ['', 'OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02', 'x'].map(
        async text => {
          const socket = connect(port, '127.0.0.1')
          const began = Date.now()
          const drip = setInterval(() => text.startsWith('OPTIONS') && socket.write('A'), 20)
          socket.on('error', () => undefined).resume()
          socket.write(text)
          await new Promise(resolve => socket.on('close', resolve))
          clearInterval(drip)
          return Date.now() - began
        },
      ),
    )
    expect(lives[0]).to.be.within(2900, 60_000)
    expect(lives[1]).to.be.within(2900, 60_000)
    expect(lives[2]).to.be.below(2900)
    expect(lives[3]).to.be.below(2900)
    expect((await stack.census()).connections).to.equal(0)
  })

  it('T8 outlives peers that connect, register and reset, in loops', async () => {
    const stack = await start({ listen: ['tcp:127.0.0.1:0'] })
    const port = portOf(stack.listening[0])
    const text = invite()
      .replace(/INVITE/g, 'REGISTER')
      .replace('/UDP', '/TCP')
    for (let round = 0; round < 20; round++) {
      const ends = Array.from({ length: 100 }, (_, at) => {
        const socket = connect(port, '127.0.0.1', () => {
          if (at % 3 > 0) socket.write(text.replace('z9hG4bKx', `z9hG4bK${round}x${at}`))
          if (at % 3 === 2) socket.end()
          else socket.resetAndDestroy()
        })
        socket.on('error', () => undefined).resume()
        return new Promise(resolve => socket.on('close', resolve))
      })
      await Promise.all(ends)
    }
    const busy = async (): Promise<number> => {
      const { connections, dialogs, servers, messages } = await stack.census()
      return connections + dialogs + servers + messages
    }
    while ((await busy()) > 0) await new Promise(resolve => setTimeout(resolve, 20))
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    expect((await alice.request('OPTIONS', `sip:x@127.0.0.1:${port};transport=tcp`)).kind).to.equal('answered')
  })
})

describe('what peers are told of where we listen', () => {
  const interfaces = [
    { address: '198.51.100.7', prefix: 24 },
    { address: '10.1.2.3', prefix: 8 },
    { address: '127.0.0.1', prefix: 8 },
  ]
  const told = (reach: Reach | undefined, peer: string): string | undefined => reach && placeFor(reach, peer).host

  it('behind a wildcard depends on the network they are in', () => {
    const reach = reachOf({ address: '0.0.0.0', port: 5060 }, interfaces)
    expect(told(reach, '10.9.9.9')).to.equal('10.1.2.3')
    expect(told(reach, '127.0.0.1')).to.equal('127.0.0.1')
    expect(told(reach, '203.0.113.1')).to.equal('198.51.100.7')
  })

  it('is what is advertised, but in local networks', () => {
    const advertise = { host: 'sip.example.com' }
    const reach = reachOf({ address: '0.0.0.0', port: 5060, advertise, localNets: ['10.0.0.0/8'] }, interfaces)
    expect(told(reach, '10.9.9.9')).to.equal('10.1.2.3')
    expect(told(reach, '127.0.0.1')).to.equal('sip.example.com')
  })

  it('is found over IPv6, too', () => {
    const six = [
      { address: '2001:db8::7', prefix: 64 },
      { address: '::1', prefix: 128 },
    ]
    const reach = reachOf({ address: '::', port: 5060 }, six)
    expect(told(reach, '::1')).to.equal('::1')
    expect(told(reach, '2001:db8:0:0:1::1')).to.equal('2001:db8::7')
  })

  it('is known for each address of this machine', done => {
    const own = Object.values(networkInterfaces()).flatMap(each => each ?? [])
    nodeNetwork.addresses?.('0.0.0.0', found => {
      const expected = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
      expect(found.map(({ address }) => address)).to.have.members(expected)
      done()
    })
  })
})
