import { createSocket } from 'node:dgram'
import { expect } from 'chai'
import { parseMessage, SipStack, type StackOptions } from '../../apps/sip/sip.js'
import { Admission } from '../../apps/sip/transport/admission.js'
import { sourceOf } from '../../apps/sip/transport/source-net.js'

describe('admission', () => {
  let now = 0
  const admission = (options: Partial<ConstructorParameters<typeof Admission>[0]> = {}): Admission =>
    new Admission({ rate: 10, burst: 5, ban: 1000, ...options }, () => now)
  const count = (subject: Admission, times: number, address = '192.0.2.1'): number =>
    Array.from({ length: times }, () => subject.admits(address, 0)).filter(Boolean).length

  beforeEach(() => {
    now = 0
  })

  it('lets a source say so much at once, and then so much a second', () => {
    const subject = admission()
    expect(count(subject, 7)).to.equal(5)
    now = 300
    expect(count(subject, 4)).to.equal(3)
    expect(subject.refused).to.equal(3)
  })

  it('counts each source apart, and those we trust not at all', () => {
    const subject = admission({ trusted: ['198.51.100.0/24', '2001:db8::/32'] })
    expect(count(subject, 9, '192.0.2.1')).to.equal(5)
    expect(count(subject, 9, '192.0.2.2')).to.equal(5)
    expect(count(subject, 99, '198.51.100.77')).to.equal(99)
    expect(count(subject, 99, '2001:db8::1')).to.equal(99)
  })

  it('takes a /64 of IPv6 for one source, as who has one address there has them all', () => {
    const subject = admission({ trusted: ['2001:db8::77/128'] })
    let heard = 0
    for (let host = 0; host < 20; host++) heard += count(subject, 1, `2001:db8::${host.toString(16)}`)
    expect(heard).to.equal(5)
    expect(subject.bans.map(({ address }) => address)).to.deep.equal(['2001:db8:0:0::/64'])
    expect(count(subject, 9, '2001:db8::77'), 'trusted').to.equal(9)
    expect(count(subject, 9, '2001:db8:0:1::1'), 'another network').to.equal(5)
    subject.pardon('2001:db8:0:0::/64')
    expect(count(subject, 9, '2001:db8::5')).to.equal(5)
    subject.pardon('2001:db8::9')
    expect(count(subject, 9, '2001:db8::5')).to.equal(5)
    const sources = ['192.0.2.1', '::1', 'fe80::1%eth0', '1::2:3:4:5:6', '2001:db8::', '1:2:3:4:5:6:7:8']
    expect(sources.map(sourceOf)).to.deep.equal([
      ...['192.0.2.1', '::1', 'fe80::1%eth0', '1:0:0:2::/64', '2001:db8:0:0::/64', '1:2:3:4::/64'],
    ])
  })

  it('bans who goes on nevertheless, says why, and forgives', () => {
    const subject = admission()
    expect(count(subject, 10)).to.equal(5)
    expect(subject.bans).to.deep.equal([
      { address: '192.0.2.1', reason: 'more than 10 messages a second, 5 at once, and as many again', left: 1000 },
    ])
    now = 900
    expect(count(subject, 1)).to.equal(0)
    now = 1001
    expect(subject.bans).to.deep.equal([])
    expect(count(subject, 1)).to.equal(1)
    count(subject, 20)
    subject.pardon('192.0.2.1')
    expect(count(subject, 5)).to.equal(5)
  })

  it('knows no more sources than it has room for', () => {
    const subject = admission({ burst: 1 })
    for (let i = 0; i < 30_000; i++) count(subject, 1, `2001:db8:${i.toString(16)}::1`)
    now = 10_000
    expect(count(subject, 3, '192.0.2.9')).to.equal(1)
  })

  it('gives so many octets over UDP for those that a source has sent, and to those we trust as many as there are', () => {
    const subject = admission({ amplification: 3, trusted: ['198.51.100.0/24'] })
    for (const address of ['192.0.2.1', '198.51.100.1']) subject.admits(address, 400)
    const answers = (address: string): boolean[] => [1000, 300, 200].map(octets => subject.deserves(address, octets))
    expect(answers('192.0.2.1')).to.deep.equal([true, false, true])
    expect(answers('198.51.100.1')).to.deep.equal([true, true, true])
    expect(subject.deserves('203.0.113.9', 10), 'who has sent nothing').to.equal(false)
    expect(subject.withheld).to.equal(2)
    subject.admits('192.0.2.1', 100)
    expect(subject.deserves('192.0.2.1', 300)).to.equal(true)
    expect(admission().deserves('192.0.2.1', 1e6)).to.equal(true)
  })

  it('refuses numbers and networks that make no sense', () => {
    for (const options of [
      { rate: 0 },
      { burst: 0 },
      { ban: -1 },
      { trusted: ['nowhere'] },
      { rate: Number.NaN },
      { amplification: 0 },
    ]) {
      expect(() => admission(options)).to.throw(TypeError)
    }
  })
})

describe('a stack that has had enough', () => {
  const open: SipStack[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(stack => stack.close()))
  })

  async function start(options: StackOptions = {}): Promise<SipStack> {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], ...options })
    stack.register({
      name: 'short',
      match: () => true,
      INVITE: invite => invite.reply(200, { body: 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' }),
    })
    open.push(stack)
    return stack
  }

  it('does not hear a source that says too much', async () => {
    const stack = await start({ admission: { rate: 1, burst: 10, ban: 60_000 } })
    const alice = await start({ timers: { T1: 10 } })
    const uri = `sip:bob@${stack.listening[0]?.slice(4)}`
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('answered')
    await Promise.all(Array.from({ length: 20 }, () => alice.request('OPTIONS', uri)))
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('timeout')
    expect(stack.bans().map(({ address }) => address)).to.deep.equal(['127.0.0.1'])
    stack.pardon('127.0.0.1')
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('answered')
  })

  it('Z1 drains: new work gets 503, a call goes on until it is over, and the port is free', async () => {
    const [bob, alice, carol] = [await start(), await start(), await start()]
    const { listening } = bob
    const uri = `sip:bob@${listening[0]?.slice(4)}`
    const call = await alice.invite(uri).outcome
    if (call.kind !== 'answered') throw new Error(call.kind)
    const drained = bob.drain(60_000)
    const refused = await carol.request('OPTIONS', uri)
    expect(refused.kind === 'rejected' && refused.response.status).to.equal(503)
    expect(refused.kind === 'rejected' && refused.response.has('Retry-After')).to.equal(true)
    expect((await call.dialog.bye()).kind).to.equal('answered')
    expect(await drained).to.include({ dialogs: 0, calls: 0, servers: 0, transactions: 0 })
    expect((await start({ listen: listening })).listening).to.deep.equal(listening)
  })

  it('Z1 ends at the deadline, and says what was left', async () => {
    const [bob, alice] = [await start(), await start()]
    const call = await alice.invite(`sip:bob@${bob.listening[0]?.slice(4)}`).outcome
    expect(call.kind).to.equal('answered')
    const began = Date.now()
    expect(await bob.drain(150)).to.include({ dialogs: 1 })
    expect(Date.now() - began).to.be.within(150, 20_000)
  })

  it('Z1 ends with BYE what goes on at the deadline, and begins nothing of its own before', async () => {
    const ended: string[] = []
    const far = await start()
    far.register({
      ...{ name: 'witness', priority: 1, match: () => true },
      INVITE: invite => void invite.reply(200, { body: 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' }),
      BYE: ({ request }) => void ended.push(request.method),
    })
    const uri = `sip:bob@${far.listening[0]?.slice(4)}`
    const alice = await start()
    expect((await alice.invite(uri).outcome).kind).to.equal('answered')
    const drained = alice.drain(2000)
    expect((await alice.request('OPTIONS', uri)).kind).to.equal('transportError')
    expect((await alice.invite(uri).outcome).kind).to.equal('transportError')
    expect(ended).to.deep.equal([])
    expect(await drained).to.include({ dialogs: 1 })
    expect(ended).to.deep.equal(['BYE'])
  })

  it('Z1 ends the calls of its threads, too', async () => {
    const bob = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads: 1 })
    open.push(bob)
    await bob.load(new URL('../../apps/uas/uas.js', import.meta.url))
    const alice = await start()
    const call = await alice.invite(`sip:bob@${bob.listening[0]?.slice(4)}`).outcome
    expect(call.kind).to.equal('answered')
    expect(await bob.drain(300)).to.include({ dialogs: 1 })
    expect(await alice.census()).to.include({ dialogs: 0 })
  })

  it('still answers the ACK of what it refused with silence', async () => {
    const bob = await start()
    void bob.drain(60_000)
    const socket = createSocket('udp4')
    const got: string[] = []
    socket.on('message', datagram => got.push(datagram.toString('latin1')))
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    const say = (method: string): void =>
      socket.send(
        `${method} sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKd;rport\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: d\r\nCSeq: 1 ${method}\r\nMax-Forwards: 70\r\nContact: <sip:a@h>\r\n\r\n`,
        Number(bob.listening[0]?.split(':').at(-1)),
        '127.0.0.1',
      )
    say('INVITE')
    while (got.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
    say('ACK')
    await new Promise(resolve => setTimeout(resolve, 50))
    socket.close()
    const statuses = got
      .map(text => parseMessage(text))
      .map(each => each.kind === 'ok' && each.message.kind === 'response' && each.message.status)
    expect(statuses).to.deep.equal([503])
  })
})
