import { expect } from 'chai'
import fc from 'fast-check'
import { type Dormant, DormantLog } from '../../../apps/sip/transaction/dormant.js'

const HOLD = 100

function dormant(wire: string): Dormant {
  return { code: 2, transport: 1, flow: 12_345_678_901, user: 98_765_432_109, port: 5060, address: '192.0.2.1', wire }
}

/** Few values or neighbouring ones make keys collide in the table. */
function hashOf(key: number, spread: number): number {
  return (key % 20) * spread
}

/** What is done to the log, and to a Map that it must agree with. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('sleep' as const),
    key: fc.nat(50),
    length: fc.oneof({ weight: 9, arbitrary: fc.nat(2000) }, { weight: 1, arbitrary: fc.constant(400_000) }),
  }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(60) }),
)

describe('sleeping transactions', () => {
  it('come back as they were laid down', () => {
    const log = new DormantLog(HOLD)
    const record = { ...dormant('SIP/2.0 200 OK\r\n\xff\0'), address: '2001:db8::1' }
    expect(log.sleep('a key', 7, record, 0)).to.equal(true)
    expect(log.find('a key', 7)).to.deep.equal(record)
    expect(log.find('another', 7)).to.equal(undefined)
  })

  it('are forgotten when they are due, not before, oldest first', () => {
    const log = new DormantLog(HOLD)
    log.sleep('first', 1, dormant('1'), 0)
    log.sleep('second', 2, dormant('2'), 10)
    log.expire(99)
    expect(log.size).to.equal(2)
    log.expire(100)
    expect([log.find('first', 1), log.find('second', 2)?.wire, log.size, log.due]).to.deep.equal([
      undefined,
      '2',
      1,
      110,
    ])
    log.expire(110)
    expect([log.size, log.due]).to.deep.equal([0, undefined])
  })

  it('are refused when one is larger than a chunk', () => {
    const log = new DormantLog(HOLD)
    expect(log.sleep('key', 1, dormant('x'.repeat(1 << 20)), 0)).to.equal(false)
    expect([log.size, log.find('key', 1)]).to.deep.equal([0, undefined])
  })

  it('give back their memory', () => {
    const log = new DormantLog(HOLD)
    for (let i = 0; i < 10_000; i++) log.sleep(`key ${i}`, i, dormant('x'.repeat(1000)), i / 100)
    const full = log.octets
    log.expire(1000)
    expect(log.size).to.equal(0)
    expect(log.octets).to.be.below(full / 4)
  })

  it('are found and forgotten as in a Map, whatever the order and the sizes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.constantFrom(1, 7, 2 ** 22), (steps, spread) => {
        const log = new DormantLog(HOLD)
        const model = new Map<string, { readonly due: number; readonly wire: string }>()
        let now = 0
        for (const [at, each] of steps.entries()) {
          if (each.kind === 'sleep') {
            const key = `z9hG4bK${each.key} INVITE`
            // A transaction that sleeps is matched, so its key never goes to sleep twice.
            if (model.has(key)) continue
            const wire = `${at}`.padEnd(each.length, '.')
            expect(log.sleep(key, hashOf(each.key, spread), dormant(wire), now)).to.equal(true)
            model.set(key, { due: now + HOLD, wire })
          } else {
            now += each.ms
            log.expire(now)
            for (const [key, { due }] of model) if (due <= now) model.delete(key)
          }
          expect(log.size).to.equal(model.size)
        }
        for (let key = 0; key <= 50; key++) {
          const name = `z9hG4bK${key} INVITE`
          expect(log.find(name, hashOf(key, spread))?.wire).to.equal(model.get(name)?.wire)
        }
        const dues = [...model.values()].map(({ due }) => due)
        expect(log.due).to.equal(dues.length === 0 ? undefined : Math.min(...dues))
      }),
      { numRuns: 200 },
    )
  })
})
