import { expect } from 'chai'
import { type Core, type Incoming, SipStack, type StackOptions } from '../../apps/sip/sip.js'

describe('§18.1.1 a request that is too large for UDP', () => {
  const open: SipStack[] = []
  const logged: string[] = []
  const seen: string[] = []

  const core: Core = {
    name: 'witness',
    match: () => true,
    MESSAGE: message => answer(message),
    INFO: info => answer(info),
    OPTIONS: options => answer(options),
    INVITE: invite => {
      witness(invite)
      invite.reply(180)
      invite.after(100, () => invite.reply(486))
    },
    CANCEL: cancel => witness(cancel),
  }

  function witness({ request }: Incoming): void {
    seen.push(`${request.method} ${request.via.transport}`)
  }

  function answer(incoming: Incoming): void {
    witness(incoming)
    incoming.reply(200, { headers: { 'X-Filler': 'x'.repeat(1500) } })
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map(stack => stack.close()))
    logged.length = 0
    seen.length = 0
  })

  async function start(options: StackOptions): Promise<SipStack> {
    const stack = await SipStack.start({ ...options, log: ({ text }) => logged.push(text) })
    stack.register(core)
    open.push(stack)
    return stack
  }

  /** A peer over UDP and TCP at one port, or over UDP alone. */
  async function peer(transports: 'both' | 'udp'): Promise<string> {
    const stack = await start({ listen: ['udp:127.0.0.1:0'] })
    const [place = ''] = stack.listening
    if (transports === 'both') await stack.listen(place.replace('udp', 'tcp'))
    return `sip:bob@${place.slice(4)}`
  }

  const large = 'x'.repeat(1300)
  const plain = { headers: { 'Content-Type': 'text/plain' } }

  it('send_request_udp_fallback_tcp: goes over TCP with a Via that says so, and is answered there [3261-18.1.1-1] [3261-18.1.1-2]', async () => {
    const bob = await peer('both')
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    for (const body of [large, 'small']) {
      const outcome = await alice.request('MESSAGE', bob, { body, headers: { 'Content-Type': 'text/plain' } })
      expect(outcome.kind).to.equal('answered')
    }
    expect(seen).to.deep.equal(['MESSAGE TCP', 'MESSAGE UDP'])
    expect(logged.filter(line => line.includes('goes over TCP'))).to.have.lengthOf(1)
  })

  it('takes its CANCEL and its ACK along (§9.1, §17.1.1.3)', async () => {
    const bob = await peer('both')
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    const call = alice.invite(bob, { body: `v=0\r\n${large}` })
    for await (const response of call.responses) if (response.status === 180) call.cancel()
    expect((await call.outcome).kind).to.equal('cancelled')
    expect(seen[0]).to.equal('INVITE TCP')
    expect(seen.filter(each => each.endsWith('UDP'))).to.deep.equal([])
  })

  it('goes over UDP after all where TCP is refused [3261-18.1.1-4]', async () => {
    const bob = await peer('udp')
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    expect((await alice.request('INFO', bob, { ...plain, body: large })).kind).to.equal('answered')
    expect((await alice.invite(bob, { body: `v=0\r\n${large}` }).outcome).kind).to.equal('rejected')
    expect(seen).to.deep.equal(['INFO UDP', 'INVITE UDP'])
  })

  it('EXT-12 RFC 3428 §8 but no MESSAGE does, though the peer is known to refuse TCP [3428-8-2]', async () => {
    const bob = await peer('udp')
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    expect((await alice.request('INFO', bob, { ...plain, body: large })).kind).to.equal('answered')
    for (const attempt of ['first', 'second']) {
      const outcome = await alice.request('MESSAGE', bob, { ...plain, body: large })
      expect([attempt, outcome.kind]).to.deep.equal([attempt, 'transportError'])
    }
    expect((await alice.request('MESSAGE', bob, { ...plain, body: 'small' })).kind).to.equal('answered')
    expect(seen).to.deep.equal(['INFO UDP', 'MESSAGE UDP'])
  })

  it('asks a peer that has refused TCP no more for a while [3261-18.1.1-4]', async () => {
    const bob = await peer('udp')
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    for (let i = 0; i < 3; i++)
      expect((await alice.request('INFO', bob, { ...plain, body: large })).kind).to.equal('answered')
    expect(seen).to.deep.equal(['INFO UDP', 'INFO UDP', 'INFO UDP'])
    expect(logged.filter(line => line.includes('goes over TCP'))).to.have.lengthOf(1)
  })

  it('is one of the size that it was told', async () => {
    const bob = await peer('both')
    const generous = await start({ listen: ['udp:127.0.0.1:0'], largestDatagram: Number.POSITIVE_INFINITY })
    const strict = await start({ listen: ['udp:127.0.0.1:0'], largestDatagram: 100 })
    for (const alice of [generous, strict]) {
      expect((await alice.request('MESSAGE', bob, { ...plain, body: large })).kind).to.equal('answered')
    }
    expect(seen).to.deep.equal(['MESSAGE UDP', 'MESSAGE TCP'])
  })

  it('B-5 is none of those that are sent over UDP back: a response stays on its way', async () => {
    const bob = await peer('udp')
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    const outcome = await alice.request('OPTIONS', bob)
    expect(outcome.kind === 'answered' && outcome.response.via.transport).to.equal('UDP')
  })

  it('§18.1.1 arrives whole up to 65 507 octets [3261-18.1.1-3]', async () => {
    const bob = await peer('udp')
    const alice = await start({ listen: ['udp:127.0.0.1:0'] })
    expect((await alice.request('INFO', bob, { ...plain, body: 'x'.repeat(65_000) })).kind).to.equal('answered')
    const beyond = await alice.request('INFO', bob, { ...plain, body: 'x'.repeat(66_000) })
    expect(beyond.kind).to.equal('transportError')
  })
})
