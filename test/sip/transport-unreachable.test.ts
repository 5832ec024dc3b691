import { createSocket } from 'node:dgram'
import { expect } from 'chai'
import { ListenError, SipStack, type StackOptions } from '../../apps/sip/sip.js'

describe('§18.4 a UDP port where nobody listens', () => {
  const open: SipStack[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(stack => stack.close()))
  })

  async function start(options: StackOptions = {}): Promise<SipStack> {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], ...options })
    if (options.threads === undefined) stack.register({ name: 'anybody', match: () => true })
    open.push(stack)
    return stack
  }

  function portOf(stack: SipStack): string {
    return stack.listening[0]?.split(':').at(-1) ?? ''
  }

  async function closedPort(): Promise<number> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    await new Promise<void>(resolve => socket.close(resolve))
    return port
  }

  it('B-14 is a transport error within 100 ms, for requests and calls [3261-17.1.4-1]', async () => {
    const alice = await start()
    const uri = `sip:bob@127.0.0.1:${await closedPort()}`
    const took: number[] = []
    for (let i = 0; i < 3; i++) {
      const began = Date.now()
      expect((await alice.request('OPTIONS', uri)).kind).to.equal('transportError')
      expect((await alice.invite(uri).outcome).kind).to.equal('transportError')
      took.push(Date.now() - began)
    }
    // The machine may stand still now and then.
    expect(Math.min(...took)).to.be.below(100)
  })

  it('is one with threads, too', async () => {
    const alice = await start({ threads: 1 })
    expect((await alice.request('OPTIONS', `sip:bob@127.0.0.1:${await closedPort()}`)).kind).to.equal('transportError')
  })

  it('is left to Timer F where it is switched off', async () => {
    const alice = await start({ listen: [{ at: 'udp:127.0.0.1:0', watched: 0 }], timers: { T1: 5 } })
    expect((await alice.request('OPTIONS', `sip:bob@127.0.0.1:${await closedPort()}`)).kind).to.equal('timeout')
  })

  it('is one although others ask for answers that are watched, too: those may not take all places', async () => {
    const alice = await start({ listen: [{ at: 'udp:127.0.0.1:0', watched: 4 }], timers: { T1: 100 } })
    for (let caller = 0; caller < 6; caller++) {
      const socket = createSocket('udp4')
      await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
      const answered = new Promise(resolve => socket.once('message', resolve))
      socket.send(
        `INVITE sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bK${caller}\r\nFrom: <sip:c@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: ${caller}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:c@h>\r\n\r\n`,
        Number(portOf(alice)),
        '127.0.0.1',
      )
      await answered
      await new Promise<void>(resolve => socket.close(resolve))
    }
    const uri = `sip:bob@127.0.0.1:${await closedPort()}`
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('transportError')
  })

  it('B-14 costs no other peer anything, whichever way its datagrams come', async () => {
    const [alice, bob, carol] = [await start(), await start(), await start()]
    const ask = async (from: SipStack, to: SipStack): Promise<string> =>
      (await from.request('OPTIONS', `sip:x@127.0.0.1:${portOf(to)}`)).kind
    const nowhere = `sip:bob@127.0.0.1:${await closedPort()}`
    for (let i = 0; i < 5; i++) {
      const kinds = await Promise.all([ask(alice, bob), ask(bob, alice), ask(carol, alice), ask(alice, carol)])
      expect(kinds).to.deep.equal(['answered', 'answered', 'answered', 'answered'])
      expect((await alice.request('OPTIONS', nowhere)).kind).to.equal('transportError')
    }
  })

  it('of ours is still ours alone', async () => {
    const alice = await start()
    const second = SipStack.start({ listen: [`udp:127.0.0.1:${portOf(alice)}`] })
    expect(await second.catch((error: unknown) => error)).to.be.instanceOf(ListenError)
    const { listening } = alice
    await alice.close()
    expect((await start({ listen: listening })).listening).to.deep.equal(listening)
  })
})
