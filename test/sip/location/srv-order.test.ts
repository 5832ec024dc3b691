import { expect } from 'chai'
import fc from 'fast-check'
import { orderServers, type SrvRecord } from '../../../apps/sip/location/srv-order.js'

function record(priority: number, weight: number, target: string): SrvRecord {
  return { priority, weight, port: 5060, target }
}

/** A small generator of known quality, so that the draws are the same each time. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (limit + 1))
  }
}

/** How often each target comes first in 10,000 orders. */
function shares(records: readonly SrvRecord[]): Record<string, number> {
  const random = seeded(1)
  const counts: Record<string, number> = {}
  for (let draws = 0; draws < 10_000; draws++) {
    const target = orderServers(records, random)[0]?.target ?? 'none'
    counts[target] = (counts[target] ?? 0) + 1
  }
  return counts
}

describe('SRV order', () => {
  it('RFC 2782 LOC-10 the lowest priority comes first, whatever the weights', () => {
    const records = [record(20, 65_535, 'c'), record(0, 0, 'a'), record(10, 1, 'b')]
    for (const random of [undefined, seeded(1)]) {
      expect(orderServers(records, random).map(each => each.target)).to.deep.equal(['a', 'b', 'c'])
    }
  })

  it('RFC 2782 LOC-10 10,000 draws follow the weights', () => {
    const counts = shares([record(0, 10, 'a'), record(0, 30, 'b'), record(0, 60, 'c')])
    // A draw is one of 101 numbers and 0 belongs to the heaviest, so 61, 30 and 10 of 101. Four standard deviations.
    for (const [target, share] of [
      ['a', 10 / 101],
      ['b', 30 / 101],
      ['c', 61 / 101],
    ] as const) {
      const tolerance = 4 * Math.sqrt(10_000 * share * (1 - share))
      expect(counts[target], `${target} near ${10_000 * share}`).to.be.closeTo(10_000 * share, tolerance)
    }
  })

  it('RFC 2782 LOC-10 weight 0 beside other weights comes first rarely, but does', () => {
    const counts = shares([record(0, 100, 'heavy'), record(0, 0, 'zero')])
    expect(counts['zero']).to.be.within(50, 160)
    expect((counts['zero'] ?? 0) + (counts['heavy'] ?? 0)).to.equal(10_000)
  })

  it('RFC 2782 a draw of 0 takes a weightless server, the sum the last', () => {
    const records = [record(0, 5, 'a'), record(0, 0, 'zero'), record(0, 7, 'b')]
    expect(orderServers(records, () => 0)[0]?.target).to.equal('zero')
    expect(orderServers(records, limit => limit).map(each => each.target)).to.have.members(['a', 'b', 'zero'])
    expect(orderServers(records, limit => limit).at(-1)?.target).to.equal('zero')
  })

  it('RFC 2782 the draw covers the running sum, both ends included', () => {
    const limits: number[] = []
    orderServers([record(0, 5, 'a'), record(0, 7, 'b'), record(1, 9, 'c')], limit => {
      limits.push(limit)
      return limit
    })
    expect(limits[0]).to.equal(12)
    expect(limits).to.have.lengthOf(3)
    expect(limits.at(-1)).to.equal(9)
  })

  it('RFC 3263 §4.4 LOC-16 without random numbers the order depends on the records only [3263-4.4-2]', () => {
    const records = fc.array(
      fc.record({
        priority: fc.nat(2),
        weight: fc.nat(2),
        port: fc.constantFrom(5060, 5070),
        target: fc.constantFrom('a', 'B', 'c'),
      }),
    )
    fc.assert(
      fc.property(records, fc.infiniteStream(fc.nat(1000)), (set, keys) => {
        const shuffled = set
          .map(each => [keys.next().value ?? 0, each] as const)
          .sort((one, other) => one[0] - other[0])
        expect(orderServers(shuffled.map(([, each]) => each))).to.deep.equal(orderServers(set))
      }),
    )
  })

  it('every record comes out once, by priority, for any draw', () => {
    const records = fc.array(
      fc.record({ priority: fc.nat(3), weight: fc.nat(65_535), port: fc.nat(65_535), target: fc.string() }),
    )
    fc.assert(
      fc.property(records, fc.integer(), (set, seed) => {
        const ordered = orderServers(set, seeded(seed))
        expect(ordered).to.have.members(set)
        expect(ordered).to.have.lengthOf(set.length)
        const priorities = ordered.map(each => each.priority)
        expect(priorities).to.deep.equal(priorities.toSorted((one, other) => one - other))
      }),
    )
  })
})
