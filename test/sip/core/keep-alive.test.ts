import { expect } from 'chai'
import { type ActorRef, type Behavior, Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import { KeepAlive, type KeepAliveMsg } from '../../../apps/sip/core/keep-alive.js'
import { toAddress } from '../../../apps/sip/syntax/address.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import type { FlowMsg } from '../../../apps/sip/transport/flow.js'
import { bindingId } from '../../../apps/sip/transport/stun.js'

const register = createRequest('REGISTER', 'sip:example.com', {
  ...{ from: toAddress('<sip:a@example.com>;tag=a'), to: toAddress('sip:a@example.com'), callId: 'a', cseq: 1 },
})

/** A keep-alive whose timers fire at the end of their spans, by a flow that a test answers for. */
class Bench {
  readonly clock = new VirtualClock()
  readonly kernel = new Kernel({ clock: this.clock })
  /** What has gone out, with the ms at which it did. */
  readonly sent: FlowMsg[] = []
  readonly times: number[] = []
  readonly told: string[] = []
  readonly flow: ActorRef<FlowMsg>
  readonly ref: ActorRef<KeepAliveMsg | { readonly kind: 'begin' }>
  /** The next registration goes to that address. */
  goes: (address: string) => void = () => undefined
  #alive: KeepAlive | undefined

  constructor(transport: 'UDP' | 'TCP', headers: Record<string, string>) {
    const flow: Behavior<FlowMsg> = {
      label: 'flow',
      init: () => message => {
        this.sent.push(message)
        this.times.push(this.clock.now())
        if (message.again) this.kernel.send(this.ref, { kind: 'onFlow', flow: this.flow })
      },
    }
    this.flow = this.kernel.spawn(flow, undefined)
    const owner: Behavior<KeepAliveMsg | { readonly kind: 'begin' }> = {
      label: 'owner',
      init: (_, self) => {
        const alive = new KeepAlive(self, {
          random: { uint32: () => 0x01020304 },
          between: (_least, most) => most,
          failed: isTrial => this.told.push(isTrial ? 'failed on trial' : 'failed'),
          proven: () => this.told.push('proven'),
        })
        this.#alive = alive
        this.goes = address => alive.goes({ transport, address, port: 5060, flow: this.flow })
        this.goes('192.0.2.9')
        return message =>
          message.kind === 'begin' ? alive.begin(createResponse(register, 200, { headers })) : alive.receive(message)
      },
    }
    this.ref = this.kernel.spawn(owner, undefined)
    this.begin()
  }

  get isTrial(): boolean | undefined {
    return this.#alive?.isTrial
  }

  begin(): void {
    this.kernel.send(this.ref, { kind: 'begin' })
    this.clock.advance(0)
  }

  /** Answers the latest binding request. */
  bound(mapped: string | undefined, id = bindingId(this.sent.at(-1)?.text ?? '')): void {
    this.kernel.send(this.ref, { kind: 'bound', id, mapped })
    this.clock.advance(0)
  }

  pong(): void {
    this.kernel.send(this.ref, { kind: 'onFlow', flow: this.flow })
    this.clock.advance(0)
  }

  /** When the next ones went out, in ms from now. */
  after(ms: number): readonly number[] {
    const now = this.clock.now()
    const from = this.times.length
    this.clock.advance(ms)
    return this.times.slice(from).map(time => time - now)
  }
}

const outbound = { Require: 'outbound' }

describe('a flow that is kept open', () => {
  it('EXT-16 RFC 5626 §4.4.2 over UDP by binding requests, each 24 to 29 s after an answer, or as often as Flow-Timer says [5626-4.4.2-1] [5626-4.4.2-3] [5626-4.4-1]', () => {
    for (const [headers, most] of [
      [outbound, 29_000],
      [{ 'Flow-Timer': '60' }, 60_000],
    ] as const) {
      const bench = new Bench('UDP', headers)
      expect([bench.sent.length, bench.sent[0]?.text.length, bench.isTrial]).to.deep.equal([1, 20, true])
      bench.bound('here')
      expect(bench.told).to.deep.equal(['proven'])
      for (let at = 0; at < 3; at++) {
        expect(bench.after(most)).to.deep.equal([most])
        bench.bound('here')
      }
      expect(bench.told).to.deep.equal(['proven'])
      bench.kernel.close()
    }
  })

  it('EXT-16 RFC 5626 §4.4.2, RFC 8489 §6.2.1 seven binding requests without an answer are a failure, after 39.5 s', () => {
    const bench = new Bench('UDP', outbound)
    expect(bench.after(31_500)).to.deep.equal([500, 1500, 3500, 7500, 15_500, 31_500])
    expect(new Set(bench.sent.map(({ text }) => text)).size).to.equal(1)
    expect(bench.after(7999)).to.deep.equal([])
    expect(bench.told).to.deep.equal([])
    expect(bench.after(60_000)).to.deep.equal([])
    expect(bench.told).to.deep.equal(['failed on trial'])
    bench.kernel.close()
  })

  it('EXT-16 RFC 5626 §4.4 no seconds at all are no time to wait: it is kept open as often as without them', () => {
    const bench = new Bench('UDP', { ...outbound, 'Flow-Timer': '0' })
    bench.bound('here')
    expect(bench.after(28_999)).to.deep.equal([])
    expect(bench.after(1)).to.deep.equal([1])
    bench.kernel.close()
  })

  it('EXT-16 RFC 5626 §4.4.2 another address, or an error, is a failure; an answer to another request is none [5626-4.4.2-4]', () => {
    for (const mapped of ['there', undefined]) {
      const bench = new Bench('UDP', outbound)
      bench.bound('here')
      bench.after(29_000)
      bench.bound(mapped, 'another id..')
      expect(bench.told).to.deep.equal(['proven'])
      bench.bound(mapped)
      expect(bench.told).to.deep.equal(['proven', 'failed'])
      // The next registration has another way, and another address is no failure of that.
      bench.begin()
      expect(bench.isTrial).to.equal(true)
      bench.bound('there')
      expect(bench.told).to.deep.equal(['proven', 'failed', 'proven'])
      bench.kernel.close()
    }
  })

  it('EXT-16 RFC 5626 §4.4.2 another server may see us at another address', () => {
    const bench = new Bench('UDP', outbound)
    bench.bound('here')
    bench.goes('192.0.2.10')
    bench.begin()
    bench.bound('there')
    expect(bench.told).to.deep.equal(['proven'])
    bench.kernel.close()
  })

  it('EXT-16 RFC 5626 §4.4.2 what the server before says no more, or too late, is nothing against the next one', () => {
    const bench = new Bench('UDP', outbound)
    const late = bindingId(bench.sent.at(-1)?.text ?? '')
    bench.goes('192.0.2.10')
    bench.bound('here', late)
    expect([bench.after(28_999), bench.told]).to.deep.equal([[], []])
    // Whether the next one has taken the registration or not, its flow is kept open.
    expect(bench.after(1)).to.deep.equal([1])
    bench.begin()
    bench.bound('there')
    expect(bench.told).to.deep.equal(['proven'])
    bench.kernel.close()
  })

  it('EXT-16 RFC 5626 §4.4 over UDP nobody is asked who has not said that he answers', () => {
    const bench = new Bench('UDP', {})
    expect(bench.after(200_000)).to.deep.equal([])
    expect(bench.isTrial).to.equal(false)
    bench.kernel.close()
  })

  it('EXT-16 RFC 5626 §4.4.1 §4.5 over a stream by line ends, whose first answer proves the flow [5626-4.4.1-1] [5626-4.4.1-2] [5626-4.4.1-3]', () => {
    const bench = new Bench('TCP', outbound)
    expect(bench.sent[0]?.text).to.equal('\r\n\r\n')
    // On trial it is asked soon.
    expect(bench.after(1000)).to.deep.equal([1000])
    expect(bench.told).to.deep.equal([])
    bench.pong()
    expect(bench.told).to.deep.equal(['proven'])
    expect(bench.after(120_000)).to.deep.equal([119_000 + 1000])
    bench.after(9_999)
    expect(bench.told).to.deep.equal(['proven'])
    bench.after(1)
    expect(bench.told).to.deep.equal(['proven', 'failed'])
    bench.kernel.close()
  })

  it('EXT-16 RFC 5626 §4.4.1 a ping has 10 s for its answer, however soon the next ones follow', () => {
    const bench = new Bench('TCP', { 'Flow-Timer': '4' })
    expect(bench.after(10_999)).to.deep.equal([1000, 5000, 9000])
    expect(bench.told).to.deep.equal([])
    bench.after(1)
    expect(bench.told).to.deep.equal(['failed on trial'])
    bench.begin()
    for (let at = 0; at < 10; at++) {
      bench.after(4000)
      bench.pong()
    }
    expect(bench.told).to.deep.equal(['failed on trial', 'proven'])
    bench.kernel.close()
  })

  it('EXT-16 RFC 5626 §4.5 a connection that promises no answers is on trial for 10 s after one that was lost', () => {
    const bench = new Bench('TCP', {})
    expect(bench.isTrial).to.equal(false)
    const lose = (): void => {
      bench.kernel.send(bench.ref, { kind: 'lost', flow: bench.flow })
      bench.clock.advance(0)
    }
    lose()
    bench.begin()
    bench.after(9_999)
    lose()
    bench.begin()
    expect(bench.isTrial).to.equal(true)
    bench.after(10_000)
    expect(bench.isTrial).to.equal(false)
    lose()
    expect(bench.told).to.deep.equal(['failed', 'failed on trial', 'proven', 'failed'])
    bench.kernel.close()
  })
})
