/** The locator in virtual time: one question for all who ask, the cache, targets that rest. */

import { expect } from 'chai'
import { type ActorRef, Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import {
  type Located,
  type LocatorCount,
  type LocatorMsg,
  locator,
  type Search,
} from '../../../apps/sip/location/locator.js'
import type { Reply } from '../../../apps/sip/location/resolver.js'
import type { Target } from '../../../apps/sip/location/target.js'
import { type Zone, ZoneResolver } from '../../../apps/sip/location/zone-resolver.js'
import { parseUri } from '../../../apps/sip/syntax/uri.js'

const means = { transports: ['UDP', 'TCP'], families: ['A'] } as const

function found(answer: Extract<Reply, { kind: 'found' }>['answer'], ttl: number = 60): Reply {
  return { kind: 'found', answer, ttl, also: [] }
}

const two = {
  'NAPTR two.test': { kind: 'nodata', ttl: 60 },
  'SRV _sip._tcp.two.test': { kind: 'nodata', ttl: 60 },
  'SRV _sip._udp.two.test': found({
    type: 'SRV',
    records: [
      { priority: 0, weight: 1, port: 5060, target: 'a.test' },
      { priority: 1, weight: 1, port: 5061, target: 'b.test' },
    ],
  }),
  'A a.test': found({ type: 'A', addresses: ['192.0.2.1'] }),
  'A b.test': found({ type: 'A', addresses: ['192.0.2.2'] }),
} satisfies Zone

class Bench {
  readonly clock = new VirtualClock()
  readonly kernel = new Kernel({ clock: this.clock })
  readonly resolver: ZoneResolver
  readonly locator: ActorRef<LocatorMsg>
  readonly got: Located[] = []
  readonly me: ActorRef<Located>

  constructor(zone: Zone, delay: number = 10) {
    this.resolver = new ZoneResolver(zone, this.clock, delay)
    this.locator = this.kernel.spawn(locator, { resolver: this.resolver, seed: 1 })
    this.me = this.kernel.spawn<Located>(
      { label: 'asker', init: () => message => void this.got.push(message) },
      undefined,
    )
  }

  /** What has been told, as `address port` or the reason why there is no more. */
  take(): string[] {
    this.clock.settle()
    return this.got.splice(0).map(each => (each.kind === 'target' ? show(each.target) : each.why))
  }

  locate(host: string, seed: number = 7): void {
    const uri = parseUri(`sip:bob@${host}`)
    if (uri === undefined) throw new TypeError(host)
    this.kernel.send(this.locator, { kind: 'locate', uri, means, seed, replyTo: this.me })
  }

  next(search: Search): void {
    this.kernel.send(this.locator, { kind: 'next', search, replyTo: this.me })
  }

  /** All targets, one after the other. */
  all(host: string, seed: number = 7): string[] {
    this.locate(host, seed)
    const targets: string[] = []
    for (let at = 0; at < 20; at++) {
      this.clock.advance(100)
      this.clock.settle()
      const [located] = this.got.splice(0)
      if (located === undefined) throw new Error('nothing came')
      if (located.kind === 'exhausted') return [...targets, located.why]
      targets.push(show(located.target))
      this.next(located.search)
    }
    throw new Error('no end')
  }

  fail(address: string, port: number, retryAfter?: number): void {
    const target: Target = { transport: 'UDP', address, port, name: 'two.test' }
    const rest = retryAfter === undefined ? {} : { retryAfter }
    this.kernel.send(this.locator, { kind: 'failed', target, reason: 'silent', ...rest })
  }

  async count(): Promise<LocatorCount> {
    const answer = this.kernel.ask(this.locator, { kind: 'count' }, 1000)
    this.clock.settle()
    const result = await answer
    if (result.kind !== 'answered') throw new Error(result.kind)
    return result.value
  }
}

function show({ address, port }: Target): string {
  return `${address} ${port}`
}

describe('locator', () => {
  it('RFC 3263 §4.3 tells one target after the other, and asks for no more than it takes', () => {
    const bench = new Bench(two)
    bench.locate('two.test')
    bench.clock.advance(1000)
    expect(bench.take()).to.deep.equal(['192.0.2.1 5060'])
    expect(bench.resolver.asked).to.deep.equal(['NAPTR two.test', 'SRV _sip._udp.two.test', 'A a.test'])
    expect(bench.all('two.test')).to.deep.equal(['192.0.2.1 5060', '192.0.2.2 5061', 'tried'])
    expect(bench.resolver.asked.slice(3)).to.deep.equal(['A b.test', 'SRV _sip._tcp.two.test'])
  })

  it('a burst of 10,000 calls to one domain makes one query of each kind', async () => {
    const bench = new Bench(two)
    for (let call = 0; call < 10_000; call++) bench.locate('two.test', call)
    bench.clock.settle()
    expect(await bench.count()).to.deep.equal({ questions: 1, waiting: 10_000, answers: 0 })
    bench.clock.advance(1000)
    const told = bench.take()
    expect(told).to.have.length(10_000)
    expect(new Set(told).size).to.equal(1)
    expect(bench.resolver.asked).to.deep.equal(['NAPTR two.test', 'SRV _sip._udp.two.test', 'A a.test'])
    expect(await bench.count()).to.deep.equal({ questions: 0, waiting: 0, answers: 3 })
  })

  it('a resolution that is known costs less than 2 µs, messages included', () => {
    const bench = new Bench(two)
    const uri = parseUri('sip:bob@two.test')
    if (uri === undefined) throw new TypeError()
    let got = 0
    const me = bench.kernel.spawn<Located>({ label: 'counter', init: () => () => void got++ }, undefined)
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 12; round++) {
      const before = process.cpuUsage()
      for (let at = 0; at < 20_000; at++) {
        bench.kernel.send(bench.locator, { kind: 'locate', uri, means, seed: at, replyTo: me })
        if (at % 100 === 99) bench.clock.settle()
      }
      bench.clock.advance(100)
      const { user, system } = process.cpuUsage(before)
      best = Math.min(best, (user + system) / 20_000)
    }
    expect(got).to.equal(240_000)
    expect(best, 'µs').to.be.lessThan(2)
  })

  it('forgets what the DNS has said when told to', () => {
    const bench = new Bench(two)
    bench.all('two.test')
    const asked = bench.resolver.asked.length
    bench.kernel.send(bench.locator, { kind: 'flush' })
    bench.all('two.test')
    expect(bench.resolver.asked).to.have.length(2 * asked)
  })

  it('RFC 1035 §7.4 asks again when the answer does not hold any more', () => {
    const bench = new Bench(two)
    bench.all('two.test')
    bench.clock.advance(50_000)
    bench.all('two.test')
    expect(bench.resolver.asked).to.have.length(5)
    bench.clock.advance(61_000)
    bench.all('two.test')
    expect(bench.resolver.asked).to.have.length(10)
  })

  it('RFC 2308 §5 remembers that there is nothing', () => {
    const bench = new Bench({ 'NAPTR x.test': { kind: 'nodata', ttl: 7 } })
    for (let at = 0; at < 3; at++) expect(bench.all('x.test')).to.deep.equal(['unresolved'])
    expect(bench.resolver.asked.filter(each => each.startsWith('NAPTR'))).to.have.length(1)
    bench.clock.advance(7000)
    bench.all('x.test')
    expect(bench.resolver.asked.filter(each => each.startsWith('NAPTR'))).to.have.length(2)
  })

  it('RFC 8767 §4 an old answer is better than none', () => {
    const zone: Record<string, Reply | 'silence'> = { ...two }
    const bench = new Bench(zone)
    bench.all('two.test')
    bench.clock.advance(61_000)
    for (const question of Object.keys(zone)) bench.resolver.set(question, { kind: 'failed', reason: 'SERVFAIL' })
    expect(bench.all('two.test')).to.deep.equal(['192.0.2.1 5060', '192.0.2.2 5061', 'tried'])
  })

  it('LOC-20 a resolver that never answers leaves nothing behind', async () => {
    const bench = new Bench({
      'NAPTR x.test': 'silence',
      'SRV _sip._udp.x.test': 'silence',
      'SRV _sip._tcp.x.test': 'silence',
      'A x.test': 'silence',
    })
    bench.locate('x.test')
    bench.clock.advance(14_000)
    expect(bench.take()).to.deep.equal([])
    bench.clock.advance(60_000)
    expect(bench.take()).to.deep.equal(['failed'])
    expect(await bench.count()).to.include({ questions: 0, waiting: 0 })
  })

  it('L2 all requests of a call meet the same server; the calls spread by weight', () => {
    const records = ['a.test', 'b.test'].map((target, at) => ({
      priority: 0,
      weight: 100 + 200 * at,
      port: 5060,
      target,
    }))
    const bench = new Bench({ ...two, 'SRV _sip._udp.two.test': found({ type: 'SRV', records }) })
    bench.all('two.test')
    bench.all('two.test', 8)
    let first = 0
    for (let call = 0; call < 10_000; call++) {
      bench.locate('two.test', (call * 2654435761) >>> 0)
      bench.locate('two.test', (call * 2654435761) >>> 0)
      const [one, same] = bench.take()
      if (one !== same) throw new Error(`call ${call} went to ${one} and ${same}`)
      if (one === '192.0.2.1 5060') first++
    }
    // A quarter, within four standard deviations.
    expect(first).to.be.within(2500 - 173, 2500 + 173)
  })

  it('LOC-18 a target that failed is tried last for a while, longer each time, and then first again', () => {
    const bench = new Bench(two)
    const [first, last] = [
      ['192.0.2.1 5060', '192.0.2.2 5061', 'tried'],
      ['192.0.2.2 5061', '192.0.2.1 5060', 'tried'],
    ]
    expect(bench.all('two.test')).to.deep.equal(first)
    bench.fail('192.0.2.1', 5060)
    expect(bench.all('two.test')).to.deep.equal(last)
    bench.clock.advance(31_000)
    expect(bench.all('two.test')).to.deep.equal(first)
    bench.fail('192.0.2.1', 5060)
    bench.clock.advance(31_000)
    expect(bench.all('two.test')).to.deep.equal(last)
    bench.clock.advance(31_000)
    expect(bench.all('two.test')).to.deep.equal(first)
  })

  it('§21.5.4 a target rests for as long as its Retry-After asks, and no longer once it works', () => {
    const bench = new Bench(two)
    bench.fail('192.0.2.1', 5060, 600)
    bench.clock.advance(590_000)
    expect(bench.all('two.test')[0]).to.equal('192.0.2.2 5061')
    const target: Target = { transport: 'UDP', address: '192.0.2.1', port: 5060, name: 'other' }
    bench.kernel.send(bench.locator, { kind: 'worked', target })
    expect(bench.all('two.test')[0]).to.equal('192.0.2.1 5060')
  })

  it('shows the targets that failed', async () => {
    const bench = new Bench(two)
    bench.fail('192.0.2.1', 5060)
    bench.clock.advance(10_000)
    const answer = bench.kernel.ask(bench.locator, { kind: 'targets' }, 1000)
    bench.clock.settle()
    expect(await answer).to.deep.equal({
      kind: 'answered',
      value: [
        {
          ...{ transport: 'UDP', address: '192.0.2.1', port: 5060, name: 'two.test' },
          ...{ failures: 1, reason: 'silent', restsFor: 20_000 },
        },
      ],
    })
  })
})
