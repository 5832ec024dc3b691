import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { SipStack } from '../../../apps/sip/sip.js'
import { isMulticast } from '../../../apps/sip/transport/multicast.js'
import type { Network } from '../../../apps/sip/transport/network.js'
import { nodeNetwork } from '../../../apps/sip/transport/node-network.js'

/** An address for whatever a site likes: RFC 2365. */
const GROUP = '239.255.50.60'

/** The network of this machine; notes how far each datagram may go. */
function counted(hops: (number | undefined)[]): Network {
  return {
    ...nodeNetwork,
    udp: (...place) => {
      const socket = nodeNetwork.udp(...place)
      return {
        ...socket,
        send: (...datagram) => {
          hops.push(datagram[4])
          socket.send(...datagram)
        },
      }
    },
  }
}

describe('§18.1.1 multicast', () => {
  const open: { close(): unknown }[] = []

  before(async function () {
    const member = await socketAt(0, GROUP)
    const { port } = member.address()
    const sender = await socketAt(0, '127.0.0.1')
    sender.setMulticastInterface('127.0.0.1')
    const came = once(member, 'message', { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    sender.send('hello', port, GROUP, () => undefined)
    const works = (await came) !== undefined
    for (const each of open.splice(0)) each.close()
    // Some containers have no multicast on their loopback interface.
    if (!works) this.skip()
  })

  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()))
  })

  async function socketAt(port: number, address: string): Promise<Socket> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    open.push({ close: () => socket.close() })
    socket.bind(port, address)
    await once(socket, 'listening')
    if (isMulticast(address)) socket.addMembership(address, '127.0.0.1')
    return socket
  }

  async function member(
    groups: readonly string[],
    place = '127.0.0.1:0',
  ): Promise<{ readonly stack: SipStack; readonly port: number; readonly hops: readonly (number | undefined)[] }> {
    const hops: (number | undefined)[] = []
    const stack = await SipStack.start({ listen: [{ at: `udp:${place}`, groups }], network: counted(hops) })
    stack.register({ name: 'anybody', match: () => true })
    open.push(stack)
    return { stack, port: Number(stack.listening[0]?.split(':').at(-1)), hops }
  }

  function options(via: string): string {
    return `OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP ${via};branch=z9hG4bK${via.length}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: ${via}@h\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`
  }

  for (const [says, ttl] of [
    ['', 1],
    [';ttl=4', 4],
    [';ttl=256', 1],
  ] as const) {
    it(`B-1 send_request_udp_multicast: to a group${says} a request goes ${ttl} far, and its Via has maddr and ttl [3261-18.1.1-5] [3261-19.1.1-6] [TRP-10]`, async () => {
      const bob = await socketAt(0, GROUP)
      const came = once(bob, 'message')
      const { stack, hops } = await member([GROUP])
      void stack.request('OPTIONS', `sip:${GROUP}:${bob.address().port}${says}`)
      const [text] = await came
      const via = new RegExp(`^Via: SIP/2\\.0/UDP 127\\.0\\.0\\.1:\\d+;maddr=${GROUP};ttl=${ttl};`, 'm')
      expect(String(text)).to.match(via)
      expect(hops).to.deep.equal([ttl])
    })
  }

  it('a member hears what is sent to its group, and answers to the group [3261-18.1.1-13] [3261-18.2.2-5] [3261-18.2.2-6] [TRP-10]', async () => {
    const [alice, bob] = [await member([GROUP]), await member([GROUP])]
    const outcome = await alice.stack.request('OPTIONS', `sip:${GROUP}:${bob.port}`)
    expect(outcome.kind === 'answered' && outcome.response.via.maddr).to.equal(GROUP)
  })

  it('send_response_udp_maddr: not seen by who has not joined the group, seen by who has; without maddr received gets it [TRP-09] [TRP-10]', async () => {
    const bob = await member([GROUP])
    const outsider = await socketAt(0, '127.0.0.1')
    const { port } = outsider.address()
    const insider = await socketAt(port, GROUP)
    const got: string[] = []
    outsider.on('message', () => got.push('outsider'))
    insider.on('message', () => got.push('insider'))
    outsider.setMulticastInterface('127.0.0.1')
    outsider.send(options(`127.0.0.1:${port};maddr=${GROUP};ttl=4`), bob.port, GROUP)
    await once(insider, 'message')
    outsider.send(options(`client.example.com:${port}`), bob.port, GROUP)
    await once(outsider, 'message')
    expect(got).to.deep.equal(['insider', 'outsider'])
    expect(bob.hops).to.deep.equal([4])
  })

  it('is no storm of answers: each other member answers once, and to answers nobody says anything [TRP-10]', async () => {
    const asked: string[] = []
    const first = await member([GROUP])
    const others = [await member([GROUP], `127.0.0.2:${first.port}`), await member([GROUP], `127.0.0.3:${first.port}`)]
    for (const { stack } of [first, ...others]) {
      stack.register({
        name: 'anybody',
        match: () => true,
        OPTIONS: options => {
          asked.push(stack.listening[0] ?? '')
          options.reply(200)
        },
      })
    }
    const witness = await socketAt(first.port, GROUP)
    const seen: string[] = []
    witness.on('message', text => seen.push(String(text).slice(0, 11)))
    const outcome = await first.stack.request('OPTIONS', `sip:${GROUP}:${first.port}`)
    expect(outcome.kind === 'answered' && outcome.response.status).to.equal(200)
    for (let tries = 0; seen.length < 3 && tries < 500; tries++) await new Promise(resolve => setTimeout(resolve, 20))
    await new Promise(resolve => setTimeout(resolve, 800))
    expect(seen.toSorted()).to.deep.equal(['OPTIONS sip', 'SIP/2.0 200', 'SIP/2.0 200'])
    expect(asked.toSorted()).to.deep.equal(others.map(({ stack }) => stack.listening[0]))
    expect(await first.stack.counters()).to.include({ requests: 0, responses: 2 })
    for (const { stack } of others) expect(await stack.counters()).to.include({ requests: 1, responses: 0 })
    for (const { stack } of others) expect((await stack.counters()).misdirected).to.be.within(1, 2)
  })

  it('§10.2.6 who is no registrar does not answer a REGISTER to the group, a registrar does [TRP-10]', async () => {
    const { stack, port } = await member([GROUP])
    const sender = await socketAt(0, '127.0.0.1')
    sender.setMulticastInterface('127.0.0.1')
    const listener = await socketAt(sender.address().port, GROUP)
    const got: string[] = []
    listener.on('message', text => got.push(String(text).slice(0, 11)))
    async function register(serial: number): Promise<void> {
      const via = `127.0.0.1:${sender.address().port};maddr=${GROUP};x=${'x'.repeat(serial)}`
      sender.send(options(via).replaceAll('OPTIONS', 'REGISTER'), port, GROUP)
      await new Promise(resolve => setTimeout(resolve, 200))
      expect(await stack.census()).to.include({ transactions: 0, servers: 0 })
    }
    await register(1)
    stack.unregister('anybody')
    await register(2)
    expect(got).to.deep.equal([])
    stack.register({ name: 'registrar', match: () => true, REGISTER: request => request.reply(200) })
    await register(3)
    while (got.length === 0) await new Promise(resolve => setTimeout(resolve, 20))
    expect(got).to.deep.equal(['SIP/2.0 200'])
  })

  it('a sent-by that is a group gets no answer, where it came from does [3261-18.2.2-7] [TRP-10]', async () => {
    const bob = await member([GROUP])
    const sender = await socketAt(0, '127.0.0.1')
    const { port } = sender.address()
    const insider = await socketAt(port, GROUP)
    insider.on('message', () => expect.fail('the group got an answer'))
    sender.setMulticastInterface('127.0.0.1')
    for (const to of [GROUP, '127.0.0.1']) {
      const came = once(sender, 'message')
      sender.send(options(`${GROUP}:${port};to=${to}`), bob.port, to)
      expect(String((await came)[0])).to.match(/^SIP\/2\.0 200 .*\r\nVia: .*;received=127\.0\.0\.1/)
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  })

  it('who cannot be a member of a group does not start', async () => {
    const listen = [{ at: 'udp:[::1]:0', groups: ['ff12::5060%nothing'] }]
    const why = await SipStack.start({ listen }).catch((error: unknown) => String(error))
    expect(why).to.match(/cannot listen on udp:\[::1\]:0: (bind|addMembership) E/)
  })

  it('is UDP only, and for groups only', async () => {
    for (const listen of [
      [{ at: 'tcp:127.0.0.1:0', groups: [GROUP] }],
      [{ at: 'udp:127.0.0.1:0', groups: ['192.0.2.1'] }],
    ]) {
      expect(await SipStack.start({ listen }).catch((error: unknown) => error)).to.be.instanceOf(TypeError)
    }
    expect(['224.0.1.75', '239.1.1.1', 'FF02::1', 'ff05::101'].filter(each => !isMulticast(each))).to.deep.equal([])
    expect(
      ['223.255.255.255', '240.0.0.1', '2001:db8::1', 'fe80::1', 'ffeed.example.com'].filter(isMulticast),
    ).to.deep.equal([])
  })
})
