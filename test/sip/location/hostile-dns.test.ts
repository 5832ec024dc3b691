/** What is left of a name server that lies all day: RFC 5452. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import { SeededRandom } from '../../../apps/scenario/seeded-random.js'
import type { DnsNetwork } from '../../../apps/sip/location/dns-exchange.js'
import { DnsResolver } from '../../../apps/sip/location/dns-resolver.js'
import { type Located, locator } from '../../../apps/sip/location/locator.js'
import { parseUri } from '../../../apps/sip/syntax/uri.js'

/** Answers every query at once, some with octets that are wrong, five times. */
function liar(clock: VirtualClock, random: SeededRandom): DnsNetwork {
  const socket = (answered: (text: string) => void): { send(text: string): void; close(): void } => ({
    send: query =>
      clock.soon(() => {
        for (let time = 0; time < 5; time++) answered(lie(query, random))
      }),
    close: () => undefined,
  })
  return {
    udp: (_address, _port, events) => {
      clock.soon(() => events.bound('0.0.0.0', 1))
      return socket(text => events.datagram(text, '192.0.2.53', 53))
    },
    connect: (_address, _port, events) => {
      clock.soon(() => events.connected())
      return { ...socket(text => events.chunk(text)), destroy: () => undefined }
    },
  }
}

/** The question, with the flags of an answer, records that may be good, and a few octets that are not. */
function lie(query: string, random: SeededRandom): string {
  const end = query.indexOf('\0', 12) + 5
  const rcode = random.uint32() % 4 === 0 ? random.uint32() & 15 : 0
  const record = `\xc0\x0c\0\x01\0\x01\0\0${String.fromCharCode(random.uint32() & 255)}\0\0\x04\x7f\0\0\x01`
  const text = `${query.slice(0, 2)}\x81${String.fromCharCode(rcode)}\0\x01\0\x02\0\0\0\0${query.slice(12, end)}${record}${record}`
  if (random.uint32() % 2 === 0) return text
  const at = 12 + (random.uint32() % (text.length - 12))
  return `${text.slice(0, at)}${String.fromCharCode(random.uint32() & 255)}${text.slice(at + (random.uint32() % 3))}`
}

describe('a hostile name server', () => {
  it('LOC-20 leaves nothing behind with 100,000 answers: the heap stays flat', () => {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    const heap = (): number => {
      if (typeof collect === 'function') collect()
      return process.memoryUsage().heapUsed
    }
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const random = new SeededRandom(5)
    const files = { resolvConf: '', hosts: '' }
    const resolver = new DnsResolver({ network: liar(clock, random), clock, random, servers: ['192.0.2.53'], files })
    const ref = kernel.spawn(locator, { resolver, seed: 1 })
    const counts = { target: 0, exhausted: 0 }
    const replyTo = kernel.spawn<Located>(
      {
        label: 'asker',
        init:
          () =>
          ({ kind }) =>
            void counts[kind]++,
      },
      undefined,
    )
    const run = (from: number, to: number): number => {
      for (let at = from; at < to; at++) {
        const uri = parseUri(`sip:bob@host${at}.test:5060;transport=udp`)
        if (uri === undefined) throw new TypeError('no URI')
        kernel.send(ref, { kind: 'locate', uri, means: { transports: ['UDP'], families: ['A'] }, seed: at, replyTo })
        if (at % 100 === 0) clock.advance(20_000)
      }
      clock.advance(60_000)
      return heap()
    }
    // By then all that is kept for a while is full.
    const early = run(0, 10_000)
    const late = run(10_000, 20_000)
    expect(counts.target + counts.exhausted).to.equal(20_000)
    expect(counts.target).to.be.above(2000)
    expect(counts.exhausted).to.be.above(1000)
    expect(late - early, 'octets').to.be.below(1_000_000)
    kernel.close()
  }).timeout(60_000)
})
