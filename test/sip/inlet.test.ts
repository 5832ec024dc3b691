import { expect } from 'chai'
import { type ActorRef, type Behavior, Kernel, VirtualClock } from '../../apps/actor/actor.js'
import { SeededRandom } from '../../apps/scenario/seeded-random.js'
import { callIdFor, slotOf } from '../../apps/sip/shard.js'
import { parseMessage } from '../../apps/sip/syntax/parse.js'
import type { FlowMsg, Received, Source } from '../../apps/sip/transport/flow.js'
import { Inlet } from '../../apps/sip/transport/inlet.js'

const shards = { count: 3, mark: 'k2m4x9qa' }

describe('the shard of a call', () => {
  it('is one of the shards for the Call-IDs of others, and all shards get some', () => {
    const spread = Array.from({ length: 300 }, (_, at) => slotOf(shards, `${at}@host`))
    for (const slot of [0, 1, 2]) expect(spread.filter(each => each === slot).length).to.be.greaterThan(60)
    expect(Math.max(...spread)).to.equal(2)
    // Pinned: a change would send the messages of live calls elsewhere when threads of two versions meet.
    expect(spread.slice(0, 8)).to.deep.equal([0, 2, 1, 0, 1, 2, 1, 0])
  })

  it('is the one that placed the call, the thread of the sockets among them', () => {
    const random = new SeededRandom(1)
    for (const slot of [0, 1, 2, 3]) expect(slotOf(shards, callIdFor(shards, slot, random))).to.equal(slot)
  })

  it('is never one that does not exist, whatever follows our mark', () => {
    for (const callId of ['k2m4x9qa', 'k2m4x9qa4.abc', 'k2m4x9qa-1.abc', 'k2m4x9qazz.abc']) {
      expect(slotOf(shards, callId)).to.be.within(0, 2)
    }
    expect(slotOf({ count: 0, mark: 'k2m4x9qa' }, 'k2m4x9qa7.abc')).to.equal(0)
  })
})

describe('the inlet', () => {
  const clock = new VirtualClock()
  let kernel: Kernel
  let got: Received[][]
  let sent: string[]
  let source: Source
  let inlet: Inlet
  let behind: number

  beforeEach(() => {
    kernel = new Kernel({ clock })
    got = [[], []]
    sent = []
    behind = 0
    const reader = (slot: number): Behavior<Received> => ({
      label: 'reader',
      init: () => message => void got[slot]?.push(message),
    })
    const socket: Behavior<FlowMsg> = { label: 'socket', init: () => message => void sent.push(message.text) }
    const readers: ActorRef<Received>[] = [kernel.spawn(reader(0), undefined), kernel.spawn(reader(1), undefined)]
    source = {
      transport: 'UDP',
      address: '127.0.0.1',
      port: 5060,
      flow: kernel.spawn(socket, undefined),
      local: '127.0.0.1:5070',
    }
    inlet = new Inlet(kernel, { slotOf: callId => (callId.startsWith('one') ? 1 : 0), backlog: () => behind })
    for (const [slot, ref] of readers.entries()) inlet.open(slot, ref)
  })

  afterEach(() => {
    kernel.close()
    expect(Object.values(kernel.census()).filter(size => size > 0)).to.deep.equal([])
  })

  function request(method: string, callId: string, toTag = ''): string {
    return `${method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${callId}\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>${toTag}\r\nCall-ID: ${callId}\r\nCSeq: 1 ${method}\r\nMax-Forwards: 70\r\n\r\n`
  }

  function deal(text: string): void {
    inlet.deal(text, source)
    clock.settle()
  }

  it('deals by Call-ID, and what has none to slot 0', () => {
    deal(request('OPTIONS', 'one'))
    deal(request('OPTIONS', 'two'))
    deal('no message at all')
    expect(got.map(each => each.length)).to.deep.equal([2, 1])
  })

  it('counts what comes for a thread that is down', () => {
    inlet.shut(1)
    deal(request('OPTIONS', 'one'))
    deal(request('OPTIONS', 'two'))
    expect(inlet.lost).to.equal(1)
    expect(got.map(each => each.length)).to.deep.equal([1, 0])
  })

  it('§21.5.4 refuses new work for a thread that is behind, with 503, Retry-After and the same tag each time [3261-8.2.7-5]', () => {
    behind = 100_000
    deal(request('INVITE', 'one'))
    const answer = parseMessage(sent[0] ?? '')
    expect(answer.kind === 'ok' && answer.message.kind === 'response' && answer.message.status).to.equal(503)
    expect(answer.kind === 'ok' && answer.message.raw('Retry-After')).to.deep.equal(['2'])
    const tag = answer.kind === 'ok' && answer.message.to.tag
    expect(tag).to.be.a('string')
    deal(request('INVITE', 'one'))
    const again = parseMessage(sent[1] ?? '')
    expect(again.kind === 'ok' && again.message.to.tag).to.equal(tag)
    expect(got.flat()).to.deep.equal([])
  })

  it('§17.2.2 knows what it has dealt: a request that is repeated is none that could be refused', () => {
    deal(request('INVITE', 'one'))
    behind = 100_000
    deal(request('INVITE', 'one'))
    deal(request('INVITE', 'one-else'))
    inlet.draining = true
    behind = 0
    deal(request('INVITE', 'one'))
    expect(got[1]?.length).to.equal(3)
    expect(sent).to.have.lengthOf(1)
    expect(inlet.busy).to.equal(1)
  })

  it('says when a thread is behind, so that streams are not read for a while', () => {
    expect(inlet.deal(request('BYE', 'one', ';tag=2'), source)).to.equal(true)
    behind = 6000
    expect(inlet.deal(request('BYE', 'one', ';tag=2'), source)).to.equal(false)
    clock.settle()
    expect(got[1]?.length).to.equal(2)
  })

  it('lets through what helps calls and transactions to end, however far behind the thread is', () => {
    behind = 100_000
    deal(request('BYE', 'one', ';tag=2'))
    deal(request('ACK', 'one'))
    deal(request('CANCEL', 'one'))
    deal(
      'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: one\r\nCSeq: 1 BYE\r\n\r\n',
    )
    expect(got[1]?.length).to.equal(4)
    expect(sent).to.deep.equal([])
  })
})
